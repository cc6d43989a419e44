"""A provider's own suppression list: told apart from everything else by words, and the same for all who ask."""

from __future__ import annotations

import pytest

from funnel.adapters.smtp.replies import SmtpReply
from funnel.adapters.smtp.rules import SmtpStage, refusal_outcome
from funnel.bounces.judging import judge
from funnel.bounces.model import RecipientReport
from funnel.mail import OutcomeKind
from funnel.replies import About, BounceKind, ListedFor, Phase, Statement, interpret, listed_for

COMPLAINT, UNSUBSCRIBE, UNSAID = ListedFor.COMPLAINT, ListedFor.UNSUBSCRIBE, ListedFor.UNSAID

# Sources: SparkPost, "Preparing for asynchronous suppressions" and "Using suppression lists"; Amazon SES and Resend,
# sample notifications; Postmark, API error 406; Mailgun, delivery codes 605 to 607; Brevo, sample of a blocked mail.
LISTED = [
    ("554 5.7.1 [internal] recipient address was suppressed due to customer policy", UNSAID),
    ("554 5.7.1 recipient address was suppressed due to system policy", UNSAID),
    ("recipient address suppressed due to customer policy", UNSAID),
    ("554 5.7.1 recipient address was suppressed due to customer policy (Spam Complaint)", COMPLAINT),
    ("554 5.7.1 recipient address was suppressed due to customer policy (FBL)", COMPLAINT),
    ("554 5.7.1 recipient address was suppressed due to customer policy (Unsubscribe Rule)", UNSUBSCRIBE),
    ("554 5.7.1 recipient address was suppressed due to customer policy (Bounce Rule)", UNSAID),
    (
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid"
        " address.",
        UNSAID,
    ),
    (
        "Amazon SES did not send the message to this address because it is on the suppression list for your account.",
        UNSAID,
    ),
    ("Resend has suppressed sending to this address because it is on the account-level suppression list.", UNSAID),
    (
        "406 You tried to send to recipient(s) that have been marked as inactive. Inactive recipients are ones that"
        " have generated a hard bounce, a spam complaint, or a manual suppression.",
        UNSAID,
    ),
    ("You tried to send to a recipient that has been marked as inactive.", UNSAID),
    ("You tried to send to recipients that have all been marked as inactive.", UNSAID),
    ("605 Not delivering to previously bounced address", UNSAID),
    ("606 Not delivering to unsubscribed address", UNSUBSCRIBE),
    ("607 Not delivering to a user who marked your messages as spam", COMPLAINT),
    ("blocked : due to blacklist user", UNSAID),
    ("550 5.7.1 The recipient is on our suppression list", UNSAID),
]
OTHERS = [
    "",
    "550 5.1.1 User unknown",
    "550 5.2.1 The account you are trying to reach has been marked as inactive",
    "554 5.7.1 Your IP is on our block list",
    "550 5.7.1 Sender is on a suppression list",
    "550 5.7.1 Message suppressed due to content policy",
    "550 Sending domain blacklisted",
    "550 5.7.1 blocked for spam, see our policy on complaints",
    "552 5.2.2 Mailbox full",
]


@pytest.mark.parametrize(("said", "why"), LISTED)
@pytest.mark.parametrize("written", [str, str.upper, lambda said: said.replace(" ", "\n ")], ids=["", "loud", "folded"])
def test_a_list_is_known_by_its_words_and_its_only_named_cause(said: str, why: ListedFor, written) -> None:  # type: ignore[no-untyped-def]
    assert listed_for(written(said)) is why


@pytest.mark.parametrize("said", OTHERS)
def test_nothing_else_is_taken_for_a_list(said: str) -> None:
    assert listed_for(said) is None


@pytest.mark.parametrize(("said", "why"), [each for each in LISTED if each[0][:1] == "5"])
def test_mail_and_smtp_hear_the_same_of_it(said: str, why: ListedFor) -> None:
    meaning = interpret(Statement(Phase.RCPT, said[:3], "5.7.1", said[4:], action="failed"))
    assert (meaning.about, meaning.reason, meaning.suppresses) == (About.READER, "suppressed", False)
    outcome = refusal_outcome(SmtpReply(int(said[:3]), (said[4:],)), SmtpStage.RCPT)
    assert (outcome.kind, outcome.listed) == (OutcomeKind.PERMANENT_RECIPIENT, why)
    judged = judge(RecipientReport("dan@example.org", action="failed", diagnostic=f"smtp; {said}"))
    assert (judged.kind, judged.suppresses) == (BounceKind.LISTED, False)


def test_a_list_that_holds_for_now_only_gives_nobody_up() -> None:
    said = "450 4.7.1 The recipient is on our suppression list for an hour"
    outcome = refusal_outcome(SmtpReply(450, (said[4:],)), SmtpStage.RCPT)
    assert (outcome.kind, outcome.listed) == (OutcomeKind.TEMPORARY, None)
