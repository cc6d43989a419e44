"""What a server says, judged: by its words, its codes and the command it answered."""

from __future__ import annotations

import pytest

from funnel.bounces import read_bounce
from funnel.bounces.judging import judge
from funnel.bounces.model import RecipientReport
from funnel.bounces.smtp import enhanced_code, reply_code
from funnel.replies import BounceKind, kind_of
from funnel.replies.providers import PROVIDERS
from tests.bounces.samples import SAMPLES, Sample
from tests.bounces.sayings import DATA, RCPT, sayings


@pytest.mark.parametrize(("reason", "said", "when", "host"), sayings(), ids=[said[:60] for _, said, _, _ in sayings()])
def test_what_is_said_is_understood_in_a_field_and_in_prose(reason: str, said: str, when: str, host: str) -> None:
    status = enhanced_code(said) or "5.0.0"
    field = RecipientReport(
        "dan@example.org", action="failed", status=status, diagnostic=f"smtp; {said}", text=when, host=host
    )
    prose = RecipientReport(
        "dan@example.org", action="failed", text=f"<dan@example.org>: host x said: {said} {when}", host=host
    )
    assert (judge(field).reason, judge(prose).reason) == (reason, reason)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_product_s_own_way_of_saying_it_is_understood(sample: Sample) -> None:
    reading = read_bounce(sample.raw())
    assert tuple((each.address, each.reason, each.hard) for each in reading.recipients) == sample.expected
    assert reading.is_bounce == sample.is_bounce


def said(text: str, when: str = "", status: str = "5.0.0") -> tuple[str, bool]:
    found = judge(
        RecipientReport("dan@example.org", action="failed", status=status, diagnostic=f"smtp; {text}", text=when)
    )
    return found.reason, found.hard


def test_unknown_is_the_last_word_at_rcpt_but_not_after_data() -> None:
    assert said("550 User unknown", RCPT) == ("userunknown", True)
    assert said("550 User unknown", DATA) == ("filtered", False)
    assert said("550 User unknown") == ("filtered", False)


def test_an_unknown_mailbox_code_is_believed_without_a_command() -> None:
    assert said("550 5.1.1 User unknown", status="5.1.1") == ("userunknown", True)


def test_a_policy_that_calls_itself_5_1_1_is_no_dead_address() -> None:
    assert said("550 5.1.1 Message rejected due to DMARC policy", RCPT, "5.1.1") == ("authfailure", False)
    assert said("550 5.7.1 User unknown", RCPT, "5.7.1") == ("filtered", False)


def test_what_is_only_so_for_now_is_never_hard() -> None:
    assert said("450 4.1.1 User unknown", RCPT, "4.1.1") == ("userunknown", False)
    assert said("4.4.3 Domain not found", status="4.4.3")[1] is False


def test_the_reply_decides_over_a_softer_code() -> None:
    assert said("550 4.1.1 User unknown", RCPT, "4.1.1")[1] is True


def test_what_a_stranger_chose_is_no_reason() -> None:
    """An address, a link or a host may hold any word."""
    text = "550 <spam.virus.blocked@example.org>: User unknown, see https://blacklist.example.org/spam?quota=full"
    assert said(text, RCPT) == ("userunknown", True)


def test_no_words_at_all_are_judged_by_the_command() -> None:
    assert said("550 Rejected", "said: 550 Rejected (in reply to MAIL FROM command)") == ("rejected", False)
    assert said("550 Rejected", "refused to talk to me: 550 Rejected") == ("blocked", False)
    assert said("550 Nyet")[0] == "onhold"


def test_codes_are_found_and_addresses_of_machines_are_not() -> None:
    assert enhanced_code("host 5.1.1.7 said: 550-5.7.26 no") == "5.7.26"
    assert enhanced_code("554 5.0.0 Service unavailable; 550 5.7.1 no") == "5.7.1"
    assert reply_code("(port 25) 192.0.2.550 said 550 no") == "550"
    assert reply_code("after 450 seconds") == ""


def test_every_provider_s_rule_names_its_source() -> None:
    assert all(rule.source for rule in PROVIDERS)


def test_policies_and_blocks_never_count_against_a_reader() -> None:
    for reason in ("policyviolation", "authfailure", "blocked", "spamdetected", "toomanyconn", "speeding", "rejected"):
        assert kind_of(reason, hard=False) in (BounceKind.POLICY, BounceKind.BLOCK)
