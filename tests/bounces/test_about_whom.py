"""Who a refusal is about: what was said before any mailbox was asked for is about us, whatever words stand there."""

from __future__ import annotations

import pytest

from funnel.bounces import read_bounce
from funnel.bounces.judging import judge
from funnel.bounces.model import RecipientReport

QMAIL = "Connected to 192.0.2.112 but {}.\nRemote host said: 501 5.0.0 Invalid domain name"
REPORT = b"""From: feedback@example.org
To: abuse@example.org
Subject: Abuse report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A report.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
Original-Rcpt-To: <dan@example.org>
Original-Rcpt-To: <gus@example.org>
--b--
"""


@pytest.mark.parametrize(("said", "reason"), [("my name was rejected", "blocked"), ("sender was rejected", "rejected")])
def test_a_name_refused_before_the_recipient_was_named_is_ours(said: str, reason: str) -> None:
    found = judge(RecipientReport("dan@example.org", action="failed", text=QMAIL.format(said)))
    assert (found.reason, found.hard) == (reason, False)


def test_an_answer_that_only_links_a_blocklist_gives_up_nobody() -> None:
    said = "SMTP; 553 http://www.spamhaus.org/query/bl?ip=192.0.2.222"
    found = judge(RecipientReport("dan@example.org", action="failed", status="5.1.3", diagnostic=said))
    assert (found.reason, found.hard) == ("blocked", False)
    unknown = judge(
        RecipientReport("dan@example.org", action="failed", status="5.1.1", diagnostic="550 5.1.1 User unknown")
    )
    assert (unknown.reason, unknown.hard) == ("userunknown", True)


def test_a_status_of_success_is_no_bounce() -> None:
    found = judge(RecipientReport("ada@example.org", action="deliverable", status="2.1.5", diagnostic="250 2.1.5 Ok"))
    assert (found.reason, found.hard) == ("delivered", False)
    late = judge(RecipientReport("ada@example.org", action="failed", status="2.0.0", diagnostic="550 User unknown"))
    assert late.reason != "delivered"


def test_an_address_that_moved_is_told_by_its_status() -> None:
    said = "551 5.1.6 <dan@example.org>... User unknown"
    found = judge(RecipientReport("dan@example.org", action="failed", status="5.1.6", diagnostic=said))
    assert (found.reason, found.hard) == ("hasmoved", True)


def test_a_report_names_everybody_who_complained() -> None:
    reading = read_bounce(REPORT)
    assert reading.is_complaint
    assert [each.address for each in reading.recipients] == ["dan@example.org", "gus@example.org"]
