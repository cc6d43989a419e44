"""One answer, asked of the SMTP adapter, of bounce mails and of webhooks: it means the same to all three."""

from __future__ import annotations

import pytest

from funnel.adapters.smtp.replies import SmtpReply
from funnel.adapters.smtp.rules import SmtpStage, refusal_outcome
from funnel.bounces.judging import judge
from funnel.bounces.model import RecipientReport
from funnel.mail import OutcomeKind
from funnel.replies import About, BounceKind, Certainty, Phase, Statement, interpret
from funnel.webhooks.bounce_kinds import reread

READER, US, MAIL, LATER, UNKNOWN = About.READER, About.US, About.MAIL, About.LATER, About.UNKNOWN
CERTAIN, LIKELY, NONE = Certainty.CERTAIN, Certainty.LIKELY, Certainty.NONE

# (command answered, what was said, about whom, how sure it is that the address is dead)
ANSWERS = [
    ("rcpt", "550 5.1.1 <dan@example.org>: Recipient address rejected: User unknown", READER, CERTAIN),
    ("rcpt", "550 5.1.2 Bad destination system", READER, LIKELY),
    ("rcpt", "551 5.1.6 The mailbox has moved", READER, LIKELY),
    ("rcpt", "556 5.1.10 The domain takes no mail (null MX)", READER, CERTAIN),
    ("rcpt", "553 sorry, no mailbox here by that name (#5.1.1)", READER, CERTAIN),
    ("rcpt", "550 No such user here", READER, LIKELY),
    ("data", "550 5.1.1 User unknown", READER, LIKELY),
    # Dead as far as can be told: a second mail decides.
    ("rcpt", "550 5.1.0 Address rejected", READER, LIKELY),
    ("rcpt", "550 5.2.1 <dan@example.org>... User unknown", READER, LIKELY),
    ("rcpt", "550 5.4.4 Host not found", READER, LIKELY),
    ("rcpt", "550 5.4.1 Recipient address rejected: Access denied", READER, LIKELY),
    ("rcpt", "550 5.5.0 Requested action not taken: mailbox unavailable", READER, LIKELY),
    ("rcpt", "550 Not our customer", READER, LIKELY),
    ("rcpt", "521 5.3.2 host does not accept mail", READER, LIKELY),
    ("rcpt", "553 5.1.3 The recipient address is not a valid RFC 5321 address", MAIL, NONE),
    ("rcpt", "551 Something", UNKNOWN, NONE),
    ("data", "550 No such user here", READER, LIKELY),
    # About a mailbox that lives.
    ("rcpt", "550 5.2.1 The mailbox is disabled", READER, LIKELY),
    ("rcpt", "552 5.2.2 The mailbox is over quota", LATER, NONE),
    ("rcpt", "450 4.1.1 User unknown", LATER, NONE),
    ("rcpt", "451 4.7.1 Greylisting in action, come back later", LATER, NONE),
    ("rcpt", "550 Rejected", UNKNOWN, NONE),
    # About us.
    ("connect", "554 5.1.1 User unknown", US, NONE),
    ("mail", "550 5.1.1 User unknown", US, NONE),
    ("mail", "550 Domain not found", US, NONE),
    ("rcpt", "421 4.7.0 Try again later, closing connection", US, NONE),
    ("rcpt", "554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org", US, NONE),
    ("rcpt", "550 5.7.26 This mail is unauthenticated: SPF and DKIM did not pass", US, NONE),
    ("rcpt", "550 5.7.27 The sender's domain has a null MX", US, NONE),
    ("rcpt", "554 5.7.1 <dan@example.org>: Relay access denied", US, NONE),
    ("rcpt", "553 5.1.8 Sender address rejected: domain not found", US, NONE),
    ("rcpt", "550 5.1.1 Message rejected due to DMARC policy", US, NONE),
    # About this mail.
    ("rcpt", "550 5.7.1 Not allowed by the recipient", MAIL, NONE),
    ("rcpt", "552 5.3.4 Message size exceeds fixed limit", MAIL, NONE),
    ("data", "554 5.7.1 Looks like spam", MAIL, NONE),
]
STAGES = {"connect": SmtpStage.OPEN, "mail": SmtpStage.MAIL, "rcpt": SmtpStage.RCPT, "data": SmtpStage.SENT}
TELLING = {
    "connect": "refused to talk to me",
    "mail": "(in reply to MAIL FROM command)",
    "rcpt": "(in reply to RCPT TO command)",
    "data": "(in reply to end of DATA command)",
}
KINDS = {
    OutcomeKind.TEMPORARY: {LATER},
    OutcomeKind.RATE: {US},
    OutcomeKind.QUOTA: {US},
    OutcomeKind.AUTH_CONFIG: {US},
    OutcomeKind.PERMANENT_RECIPIENT: {READER},
    OutcomeKind.PERMANENT_MESSAGE: {READER, US, MAIL, UNKNOWN},
}
answers = pytest.mark.parametrize(("command", "said", "about", "certainty"), ANSWERS)


@answers
def test_all_three_agree_on_who_is_suppressed(command: str, said: str, about: About, certainty: Certainty) -> None:
    outcome = refusal_outcome(SmtpReply(int(said[:3]), (said[4:],)), STAGES[command])
    report = RecipientReport("dan@example.org", action="failed", diagnostic=f"smtp; {said}", text=TELLING[command])
    told = reread(BounceKind.HARD, "", f"{said} {TELLING[command]}")

    assert outcome.kind in [kind for kind, fits in KINDS.items() if about in fits]
    assert (outcome.kind is OutcomeKind.PERMANENT_RECIPIENT) is (certainty is CERTAIN)
    assert judge(report).certainty is certainty
    assert (told is BounceKind.HARD) is (certainty is not NONE)


@answers
def test_each_answer_is_about_somebody(command: str, said: str, about: About, certainty: Certainty) -> None:
    report = RecipientReport("dan@example.org", action="failed", diagnostic=f"smtp; {said}", text=TELLING[command])
    judged = judge(report)
    meaning = interpret(Statement(Phase(command), said[:3], judged.status, said[4:], action="failed"))

    assert (meaning.about, meaning.certainty) == (about, certainty)
    assert (meaning.reason, meaning.sure) == (judged.reason, judged.confidence)


def test_a_bounce_about_us_never_counts_against_a_reader() -> None:
    for command, said, about, _ in ANSWERS:
        report = RecipientReport("dan@example.org", action="failed", diagnostic=f"smtp; {said}", text=TELLING[command])
        if about is US and said.startswith("5"):
            assert judge(report).kind in (BounceKind.BLOCK, BounceKind.POLICY)


@pytest.mark.parametrize(
    ("claimed", "status", "said", "kind"),
    [
        (BounceKind.HARD, "", "550 User unknown", BounceKind.HARD),  # a provider tells of a refused recipient
        (BounceKind.HARD, "5.1.1", "", BounceKind.HARD),
        (BounceKind.HARD, "5.0.0", "", BounceKind.HARD),  # tells nothing: its own classification stands
        (BounceKind.HARD, "", "The mailbox does not exist", BounceKind.HARD),
        (BounceKind.HARD, "", "The mailbox is full", BounceKind.SOFT),
        (BounceKind.SOFT, "5.1.1", "550 5.1.1 User unknown", BounceKind.SOFT),
        (BounceKind.BLOCK, "5.1.1", "550 5.1.1 User unknown", BounceKind.BLOCK),
    ],
)
def test_a_providers_claim_is_only_ever_softened(claimed: BounceKind, status: str, said: str, kind: BounceKind) -> None:
    assert reread(claimed, status, said) is kind
