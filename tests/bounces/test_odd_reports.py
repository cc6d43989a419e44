"""Reports that say all in the subject, are passed on by a person, or name others than whom they are about."""

from __future__ import annotations

import pytest

from funnel.bounces import BounceReading, read_bounce
from funnel.replies import Certainty

DAEMON = "From: MAILER-DAEMON@mx.example.org\nTo: bounces@example.net\n"
EXIM = f"{DAEMON}X-Failed-Recipients: dan@example.org\nSubject: Mail delivery failed: returning message to sender\n\n"
STATUS = """Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; dan@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
"""


def read(text: str) -> BounceReading:
    return read_bounce(text.encode())


def only(reading: BounceReading) -> tuple[str, str, Certainty]:
    assert reading.is_bounce
    (found,) = reading.recipients
    return found.address, found.reason, found.certainty


def test_a_report_may_say_all_in_its_subject() -> None:
    reading = read(f"{DAEMON}Subject: Undeliverable mail: dan@example.org - user unknown\n\n")
    assert only(reading) == ("dan@example.org", "filtered", Certainty.LIKELY)


def test_a_letter_that_speaks_of_a_failure_is_no_report() -> None:
    assert not read("From: ada@example.org\nSubject: My delivery failed, ask dan@example.org\n\nSorry.").is_bounce


def test_exchange_says_it_in_html() -> None:
    reading = read(
        "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae@example.org>\nSubject: Undeliverable: Week 1\n"
        "Content-Type: text/html\n\n<p>Your message to dan@example.org couldn't be delivered.</p>"
        "<p>Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found'</p>"
    )
    assert only(reading) == ("dan@example.org", "userunknown", Certainty.LIKELY)


@pytest.mark.parametrize("line", ["---------- Forwarded message ---------", "Begin forwarded message:"])
def test_a_report_that_somebody_passed_on_is_read_and_kept(line: str) -> None:
    reading = read(
        f"From: Ada <ada@example.org>\nTo: bounces@example.net\nSubject: Fwd: Undelivered\n\nLook at this.\n\n{line}\n"
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nSubject: Undelivered Mail Returned to Sender\n\n"
        "<dan@example.org>: host mx.example.org[192.0.2.8] said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n"
    )
    assert only(reading) == ("dan@example.org", "userunknown", Certainty.CERTAIN)


def test_a_report_in_a_letter_is_left_for_people() -> None:
    inner = f"{DAEMON}Subject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\n\n"
    inner += f"--r\nContent-Type: message/delivery-status\n\n{STATUS}\n--r--\n"
    reading = read(
        "From: Ada <ada@example.org>\nTo: bounces@example.net\nSubject: Fwd: undelivered\n"
        "Content-Type: multipart/mixed; boundary=l\n\n--l\nContent-Type: text/plain\n\nWhat is this?\n"
        f"--l\nContent-Type: message/rfc822\n\n{inner}--l--\n"
    )
    assert only(reading) == ("dan@example.org", "userunknown", Certainty.LIKELY)
    assert reading.passed_on
    assert not reading.understood


def test_an_address_in_the_words_of_a_callout_did_not_fail() -> None:
    reading = read(
        f"{EXIM}  dan@example.org\n    SMTP error from remote mail server after RCPT TO:<dan@example.org>:\n"
        "    550-Verification failed for <letters@example.net>\n    550-Called:   192.0.2.9\n"
        "    550-Sent:     RCPT TO:<letters@example.net>\n"
        "    550-Response: 550 5.1.1 <letters@example.net> User unknown\n    550 Sender verify failed\n"
    )
    assert only(reading) == ("dan@example.org", "rejected", Certainty.NONE)


def test_an_address_made_of_another_one_is_one_recipient() -> None:
    reading = read(
        f"{EXIM.replace('dan@', 'box@')}  box@example.org\n    (ultimately generated from dan@example.org)\n"
        "    SMTP error from remote mail server after RCPT TO:<box@example.org>:\n    550 5.1.1 No such user\n"
    )
    assert only(reading)[:2] == ("box@example.org", "userunknown")
    assert reading.recipients[0].original == "dan@example.org"


def test_the_first_of_several_lines_is_not_judged_alone() -> None:
    status = STATUS.replace("550 5.1.1 User unknown", "550-5.1.1 We are sorry")
    reading = read(
        f"{DAEMON}Subject: Returned mail\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\n\n"
        "--r\nContent-Type: text/plain\n\n----- Transcript of session follows -----\n>>> DATA\n"
        "<<< 550-5.1.1 We are sorry\n<<< 550-5.1.1 mail of your domain fails the DMARC policy\n<<< 550 5.1.1 Bye\n\n"
        f"--r\nContent-Type: message/delivery-status\n\n{status}\n--r--\n"
    )
    assert only(reading) == ("dan@example.org", "authfailure", Certainty.NONE)
