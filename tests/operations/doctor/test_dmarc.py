"""DMARC: the record that counts, found up the tree, and whether From belongs to SPF's or DKIM's domain."""

from __future__ import annotations

import pytest

from funnel.adapters.dkim import new_key
from funnel.operations.doctor.dmarc import check_alignment, check_dmarc
from funnel.operations.doctor.dmarc_record import organisational, tree_walk
from funnel.operations.doctor.findings import Finding, Health

from .name_server import NameServer, txt
from .senders import DOMAIN, smtp_sender

GOOD = "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org"


def judged(*records: str, at: str = DOMAIN) -> Finding:
    with NameServer({(f"_dmarc.{at}", "TXT"): txt(*records)} if records else {}) as server:
        return check_dmarc(server.names, smtp_sender())


@pytest.mark.parametrize("at", [DOMAIN, "example.org"])
def test_a_record_here_or_above_counts(at: str) -> None:
    found = judged(GOOD, at=at)
    assert found.health is Health.OK
    assert f"_dmarc.{at} asks for quarantine" in found.says


@pytest.mark.parametrize(
    ("records", "health", "words"),
    [
        ([], Health.WARN, "no DMARC record"),
        ([GOOD, GOOD.replace("quarantine", "none")], Health.BAD, "2 records"),
        (["v=DMARC1; p=reject"], Health.WARN, "no reports"),
        (["v=DMARC1; rua=mailto:x@example.org"], Health.BAD, "not there"),
        (["v=DMARC1; p=rejekt"], Health.BAD, "rejekt"),
    ],
)
def test_a_record_that_is_missing_or_wrong_is_said(records: list[str], health: Health, words: str) -> None:
    found = judged(*records)
    assert found.health is health
    assert words in found.says


def test_the_policy_for_subdomains_counts_below() -> None:
    assert "asks for reject" in judged(GOOD + "; sp=reject", at="example.org").says


@pytest.mark.parametrize(
    ("records", "home"),
    [
        ({"example.org": GOOD}, "example.org"),
        ({"a.example.org": GOOD, "example.org": GOOD}, "example.org"),
        ({"a.example.org": GOOD + "; psd=n", "example.org": GOOD}, "a.example.org"),
        ({"org": GOOD + "; psd=y"}, "example.org"),
        ({}, "b.a.example.org"),
    ],
)
def test_the_walk_up_the_tree_finds_the_domain_one_belongs_to(records: dict[str, str], home: str) -> None:
    with NameServer({(f"_dmarc.{name}", "TXT"): txt(text) for name, text in records.items()}) as server:
        assert organisational(tree_walk(server.names, "b.a.example.org"), "b.a.example.org") == home


def test_a_name_with_many_labels_is_cut_short() -> None:
    with NameServer({}) as server:
        assert tree_walk(server.names, ".".join("abcdefghijkl") + ".example.org") == []
        assert len(server.asked) == 8


@pytest.mark.parametrize(("mode", "health"), [("r", Health.OK), ("s", Health.BAD)])
def test_a_signature_of_the_domain_above_aligns_unless_strict(mode: str, health: Health) -> None:
    sender = smtp_sender(keys=(new_key("funnel1", "example.org"),))
    zone = {("_dmarc.example.org", "TXT"): txt(f"{GOOD}; adkim={mode}")}
    with NameServer(zone) as server:
        assert check_alignment(server.names, sender).health is health


def test_neither_of_both_is_bad_and_spf_alone_a_warning() -> None:
    with NameServer({("_dmarc.example.org", "TXT"): txt(GOOD)}) as server:
        assert check_alignment(server.names, smtp_sender(keys=(), envelope="other.example")).health is Health.BAD
        assert check_alignment(server.names, smtp_sender(keys=())).health is Health.WARN
