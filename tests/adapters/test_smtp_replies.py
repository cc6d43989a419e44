"""Which answer means what: each class of the table, as real servers word it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from funnel.adapters.smtp.replies import ConnectionLost, ReplyReader, SmtpReply
from funnel.adapters.smtp.rules import SmtpStage, refusal_outcome
from funnel.mail import OutcomeKind
from tests.adapters.examples import connected_to, mail_to, send_one
from tests.adapters.scripted_server import ScriptedServer

K = OutcomeKind

AT_RCPT = [
    # The mailbox is dead.
    ("550 5.1.1 The email account that you tried to reach does not exist", K.PERMANENT_RECIPIENT),
    ("550 5.1.1 <dan@example.org>: Recipient address rejected: User unknown", K.PERMANENT_RECIPIENT),
    ("556 5.1.10 The domain takes no mail (null MX)", K.PERMANENT_RECIPIENT),
    ("553 sorry, no mailbox here by that name (#5.1.1)", K.PERMANENT_RECIPIENT),
    # Said of living mailboxes too: this mail fails, the address stays for now.
    ("550 5.1.2 Bad destination system", K.PERMANENT_MESSAGE),
    ("553 5.1.3 Bad destination mailbox address syntax", K.PERMANENT_MESSAGE),
    ("551 5.1.6 The mailbox has moved", K.PERMANENT_MESSAGE),
    ("550 No such user here", K.PERMANENT_MESSAGE),
    ("550 User dan@example.org unknown", K.PERMANENT_MESSAGE),
    ("554 user not listed in the directory: recipient unknown", K.PERMANENT_MESSAGE),
    ("550 5.1.0 Address rejected", K.PERMANENT_MESSAGE),
    ("551 Something", K.PERMANENT_MESSAGE),
    ("553 5.1.3 The recipient address is not a valid RFC 5321 address", K.PERMANENT_MESSAGE),
    ("550 5.2.1 The mailbox is disabled", K.PERMANENT_MESSAGE),
    ("550 Requested action not taken", K.PERMANENT_MESSAGE),
    ("550 5.1.1 Rejected: our policy does not take this, see spamhaus", K.PERMANENT_MESSAGE),
    ("550 5.4.4 Host not found", K.PERMANENT_MESSAGE),
    # Policy, reputation and authentication never suppress.
    ("550 5.7.1 Not allowed by the recipient", K.PERMANENT_MESSAGE),
    ("554 5.7.1 Service unavailable; client host blocked using Spamhaus", K.RATE),
    ("550 5.7.1 Our system has detected a low reputation of your domain", K.RATE),
    ("550 5.7.28 An unusual rate of unsolicited mail", K.RATE),
    ("550 5.7.26 This mail is unauthenticated: SPF and DKIM did not pass", K.AUTH_CONFIG),
    ("550 5.7.27 The sender's domain has a null MX", K.AUTH_CONFIG),
    ("550 5.7.515 Access denied, the domain does not meet the required authentication level", K.AUTH_CONFIG),
    ("554 5.7.1 <ada@example.org>: Relay access denied", K.AUTH_CONFIG),
    ("553 5.1.8 Sender address rejected: domain not found", K.AUTH_CONFIG),
    ("530 5.7.0 Authentication required", K.AUTH_CONFIG),
    ("535 5.7.8 Wrong password", K.AUTH_CONFIG),
    ("534 5.7.9 Application-specific password required", K.AUTH_CONFIG),
    ("454 4.7.0 TLS not available", K.AUTH_CONFIG),
    ("554 Message rejected: Email address is not verified", K.AUTH_CONFIG),
    # Slower.
    ("421 4.7.0 Try again later, closing connection", K.RATE),
    ("421 4.7.28 Our system has detected an unusual rate of mail", K.RATE),
    ("451 4.7.650 The mail server has been temporarily rate limited", K.RATE),
    ("421 [TSS04] Messages temporarily deferred", K.RATE),
    ("454 Throttling failure: Maximum sending rate exceeded.", K.RATE),
    ("454 Throttling failure: Daily message quota exceeded.", K.QUOTA),
    ("550 5.4.5 Daily user sending limit exceeded", K.QUOTA),
    # Later.
    ("421 Service not available", K.TEMPORARY),
    ("450 4.2.0 Greylisted", K.TEMPORARY),
    ("450 4.2.1 The user is receiving mail at a rate that prevents delivery", K.TEMPORARY),
    ("451 4.7.1 Greylisting in action, come back later", K.TEMPORARY),
    ("451 4.3.0 Local error", K.TEMPORARY),
    ("452 4.5.3 Too many recipients", K.TEMPORARY),
    ("452 4.2.2 Mailbox full", K.TEMPORARY),
    ("552 5.2.2 The mailbox is over quota", K.TEMPORARY),
    ("552 Mailbox full", K.TEMPORARY),
    ("451 4.4.7 Expired", K.TEMPORARY),
    # The two codes disagree: the first decides about trying again.
    ("550 4.2.0 Something", K.PERMANENT_MESSAGE),
    ("450 5.1.1 No such user, perhaps", K.TEMPORARY),
]


@pytest.mark.parametrize(("words", "kind"), AT_RCPT)
def test_a_refused_recipient_gets_the_class_its_words_mean(
    serve: Callable[..., ScriptedServer], words: str, kind: OutcomeKind
) -> None:
    server = serve({"RCPT": [words]})

    outcome = send_one(connected_to(server), mail_to())

    assert (outcome.kind, outcome.detail) == (kind, words)
    assert server.mails == []


@pytest.mark.parametrize(
    ("stage", "words", "kind"),
    [
        (SmtpStage.MAIL, "550 5.1.1 Sender unknown", K.AUTH_CONFIG),
        (SmtpStage.MAIL, "501 5.1.7 Bad sender address", K.AUTH_CONFIG),
        (SmtpStage.MAIL, "553 5.7.1 Sender address rejected: not owned by user", K.AUTH_CONFIG),
        (SmtpStage.MAIL, "552 5.3.4 Message size exceeds fixed limit", K.PERMANENT_MESSAGE),
        (SmtpStage.MAIL, "451 4.3.2 Try again later", K.TEMPORARY),
        (SmtpStage.DATA, "451 4.3.5 Not now", K.TEMPORARY),
        (SmtpStage.DATA, "554 5.5.1 No valid recipients", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "554 5.6.0 Cannot read this", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "552 5.3.4 Too big", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "552 Too much mail data", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "554 5.7.1 Looks like spam", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "550 Rejected", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "550 User unknown", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "550 5.1.1 User unknown", K.PERMANENT_MESSAGE),
        (SmtpStage.SENT, "421 4.4.2 Timeout", K.TEMPORARY),
        (SmtpStage.OPEN, "554 5.7.1 Blocked", K.AUTH_CONFIG),
        (SmtpStage.OPEN, "421 4.7.0 Too many connections", K.RATE),
        (SmtpStage.OPEN, "421 4.3.2 Not now", K.TEMPORARY),
        (SmtpStage.TLS, "454 4.7.0 TLS not available", K.AUTH_CONFIG),
        (SmtpStage.AUTH, "535 5.7.8 No", K.AUTH_CONFIG),
        (SmtpStage.AUTH, "504 5.5.4 Not this way", K.AUTH_CONFIG),
    ],
)
def test_the_same_words_mean_something_else_at_another_point(stage: SmtpStage, words: str, kind: OutcomeKind) -> None:
    code, _, text = words.partition(" ")
    assert refusal_outcome(SmtpReply(int(code), (text,)), stage).kind is kind


def test_a_greylisted_mail_comes_back_after_five_minutes() -> None:
    assert refusal_outcome(SmtpReply(450, ("4.2.0 Greylisted",)), SmtpStage.RCPT).retry_after == timedelta(minutes=5)
    assert refusal_outcome(SmtpReply(451, ("4.7.1 Come back",)), SmtpStage.RCPT).retry_after == timedelta(minutes=5)


def test_every_code_a_server_can_refuse_with_has_a_class() -> None:
    for code in range(400, 600):
        for stage in SmtpStage:
            outcome = refusal_outcome(SmtpReply(code, ("whatever",)), stage)
            assert outcome.kind not in (K.ACCEPTED, K.AMBIGUOUS)
            if 400 <= code < 500:
                assert outcome.kind not in (K.PERMANENT_MESSAGE, K.PERMANENT_RECIPIENT)


def test_a_reply_is_read_from_whatever_pieces_come() -> None:
    reader = ReplyReader()
    for byte in b"250-one\r\n250-two\r\n250 three\r\n354":
        reader.feed(bytes([byte]))
        if (reply := reader.next()) is not None:
            break
    assert reply == SmtpReply(250, ("one", "two", "three"))


def test_several_replies_in_one_piece_are_read_in_order() -> None:
    reader = ReplyReader()
    reader.feed(b"250 2.1.0 Ok\r\n550-5.1.1 Nobody\r\n550 5.1.1 here\r\n354\r\n")
    first, second, third = reader.next(), reader.next(), reader.next()
    assert first is not None
    assert second is not None
    assert third is not None
    assert [first.code, second.code, third.code] == [250, 550, 354]
    assert second.detail == "550 5.1.1 Nobody here"
    assert second.enhanced == "5.1.1"
    assert reader.next() is None


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n",
        b"999 strange\r\n",
        b"250-one\r\n354 two\r\n",
        b"25\r\n",
        b"x" * 5000,
        b"250 " + b"x" * 5000 + b"\r\n",
        b"250-more\r\n" * 101,
        b"HTTP/1.1 400 Bad Request\r\n",
    ],
)
def test_what_is_no_smtp_ends_the_conversation(sent: bytes) -> None:
    reader = ReplyReader()
    reader.feed(sent)
    with pytest.raises(ConnectionLost):
        list(iter(reader.next, None))


def test_the_servers_words_are_kept_short_and_printable() -> None:
    reader = ReplyReader()
    reader.feed(b"550 5.1.1 \x1b[31mred\xff " + b"x" * 900 + b"\r\n")
    reply = reader.next()
    assert reply is not None
    assert len(reply.detail) == 500
    assert reply.detail.isprintable()
