"""SPF: who may send, what a record costs, and records that nobody can use."""

from __future__ import annotations

import pytest

from funnel.operations.doctor.findings import Finding, Health
from funnel.operations.doctor.spf import check_spf

from .name_server import NameServer, Zone, txt
from .senders import DOMAIN, smtp_sender

SERVER = {("mail.example.org", "A"): ["8.8.4.4"]}


def judged(*records: str, **others: list[str]) -> Finding:
    zone: dict[tuple[str, str], list[str]] = {(DOMAIN, "TXT"): txt(*records), **SERVER}
    zone |= {(f"{name}.example.org", "TXT"): rows for name, rows in others.items()}
    with NameServer(zone) as server:
        return check_spf(server.names, smtp_sender())


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:8.8.4.0/24 -all",
        "v=spf1 a:mail.example.org ~all",
        "V=SPF1 include:one.example.org -ALL",
        "v=spf1 redirect=two.example.org",
    ],
)
def test_a_record_that_lets_our_server_send_is_fine(record: str) -> None:
    found = judged(record, one=txt("v=spf1 ip4:8.8.4.4 -all"), two=txt("v=spf1 ip4:8.8.4.4 -all"))
    assert found.health is Health.OK, found.says
    assert "lets mail.example.org send" in found.says


def test_without_a_record_one_is_there_to_paste() -> None:
    with NameServer(SERVER) as server:
        found = check_spf(server.names, smtp_sender())
    assert found.health is Health.BAD
    assert [(each.name, each.value) for each in found.records] == [(DOMAIN, "v=spf1 a:mail.example.org ~all")]


def test_another_server_is_warned_of_with_the_part_to_add() -> None:
    found = judged("v=spf1 ip4:9.9.9.9 -all")
    assert found.health is Health.WARN
    assert found.records[0].value == "v=spf1 ip4:9.9.9.9 a:mail.example.org -all"


def test_what_an_exclusion_holds_is_not_let_send() -> None:
    assert judged("v=spf1 -ip4:8.8.4.4 ~all").health is Health.WARN


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (["v=spf1 +all"], "anybody may send"),
        (["v=spf1 all"], "anybody may send"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "2 SPF records"),
        ([f"v=spf1 include:{DOMAIN} -all"], "circle"),
        (["v=spf1 include:one.example.org -all"], "circle"),
        (["v=spf1 include:none.example.org -all"], "no SPF record"),
        (["v=spf1 " + "a:mail.example.org " * 11 + "-all"], "costs 11 further questions"),
        (["v=spf1 " + "ptr " * 40 + "-all"], "more than 30"),
        (["v=spf1 ip4:999.1.1.1 -all"], "wrong address"),
        (["v=spf1 ip4:2001:db8::1 -all"], "wrong address"),
        (["v=spf1 a/99 -all"], "wrong length"),
        (["v=spf1 imclude:one.example.org -all"], "means nothing"),
    ],
)
def test_a_record_nobody_can_use_is_bad(records: list[str], words: str) -> None:
    found = judged(*records, one=txt(f"v=spf1 include:{DOMAIN} -all"))
    assert found.health is Health.BAD, found.says
    assert words in found.says


def test_what_a_record_says_is_printed_without_its_control_signs() -> None:
    found = judged("v=spf1 \\027[31mred -all")
    assert found.health is Health.BAD
    assert "\x1b" not in found.says


def test_a_provider_with_its_own_return_address_needs_none() -> None:
    zone: Zone = {}
    with NameServer(zone) as server:
        found = check_spf(server.names, smtp_sender(adapter="postmark", relay=None, keys=()))
    assert found.health is Health.NOT_TRIED
