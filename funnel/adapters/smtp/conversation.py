"""What is said to a mail server and in what order, without a socket: generators that ask for bytes to be moved.

A conversation yields what it needs next (connect, encrypt, exchange) and is sent the replies; whoever drives it moves
the bytes and throws `ConnectionLost` into it when that fails. So the order of words can be read from top to bottom, and
any number of conversations can be driven by one thread.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence

from funnel.adapters.message import Envelope, Unsendable, prepare_envelope
from funnel.adapters.smtp.protocol import Connect, Encrypt, Exchange, Follow, Relay, Session, Steps, Timeouts
from funnel.adapters.smtp.replies import ConnectionLost, SmtpReply
from funnel.adapters.smtp.rules import SmtpStage, refusal_outcome
from funnel.mail import Mail, Outcome, OutcomeKind

_BEGINNING = (SmtpStage.MAIL, SmtpStage.RCPT, SmtpStage.DATA)
_GO_ON = [250, 250, 354]  # as nearly every mail is answered
_FOLLOW = Follow()
_NAMED = re.compile(r"queued as (\S+)|\bid=(\S+)|\bok:? ([\w.@-]{8,})$", re.IGNORECASE)


def opening(relay: Relay, literal: Callable[[], str]) -> Steps[Session]:
    """From nothing to a connection that takes mail; `literal` gives our address once connected, for want of a name.

    Raises ConnectionLost with the kind that mails waiting for the connection should get.
    """
    times = relay.timeouts
    yield Connect(times.connect)
    helo = relay.helo or literal()
    if relay.tls == "implicit":
        yield Encrypt(times.connect)
    (greeting,) = yield Exchange(b"", 1, times.greeting)
    _expect(220, greeting, SmtpStage.OPEN)
    extensions = yield from _ehlo(relay, helo)
    if relay.tls == "starttls":
        if "STARTTLS" not in extensions:
            raise ConnectionLost(
                "The server does not offer STARTTLS. If it speaks TLS from the first byte, use tls=implicit "
                "(often port 465)",
                OutcomeKind.AUTH_CONFIG,
            )
        _expect(220, (yield from _command("STARTTLS", times.command)), SmtpStage.TLS)
        yield Encrypt(times.connect)
        # What was offered before TLS may have been said by somebody else (RFC 3207, 4.2).
        extensions = yield from _ehlo(relay, helo)
    if relay.user:
        yield from _authenticate(relay, extensions)
    return Session(extensions, relay.pipelining and "PIPELINING" in extensions)


def converse(session: Session, mail: Mail, times: Timeouts) -> Steps[Outcome]:
    """One mail on an open connection: what the server made of it. On Lost, `session.stage` says how far it got.

    1. MAIL, RCPT and DATA, in one write where the server takes that (RFC 2920).
    2. The content and its final dot; in the same write MAIL, RCPT and DATA of the next mail, where there is one: a
       server that is far away is waited for once a mail.
    3. The reply to the dot is the outcome: until it is read, nobody knows.
    """
    session.stage = SmtpStage.MAIL
    session.uses += 1
    envelope, session.begun = session.begun, None
    session.ahead = envelope is not None
    if envelope is not None:
        refused = yield from _together(session, [], times)
    else:
        try:
            envelope = _envelope(session, mail)
        except Unsendable as refusal:
            return refusal.outcome
        begin = _together if session.pipelining else _in_turn
        refused = yield from begin(session, _commands(session, envelope), times)
    if refused is not None:
        return refused
    content, next_begun = _stuffed(envelope), b""
    if session.pipelining and isinstance(following := (yield _FOLLOW), Mail):
        next_begun = _begun(session, following)
    session.stage = SmtpStage.BODY
    try:
        (reply,) = yield Exchange(b"".join((*content, next_begun)), 1, times.final, times.block)
    except ConnectionLost as loss:
        if loss.unsent <= len(next_begun):
            session.stage = SmtpStage.SENT  # the final dot has left: the server may have the mail
        raise
    session.stage = SmtpStage.SENT
    if reply.code // 100 == 2:
        return Outcome(OutcomeKind.ACCEPTED, reply.detail, provider_id=_queue_id(reply.text))
    if reply.code // 100 == 3:
        raise ConnectionLost(f"The server answered the mail with {reply.detail}, which means nothing there")
    return _refusal(session, reply)


def _envelope(session: Session, mail: Mail) -> Envelope:
    envelope = prepare_envelope(mail, utf8="SMTPUTF8" in session.extensions)
    _check_size(session, envelope.size)
    return envelope


def _commands(session: Session, envelope: Envelope) -> list[str]:
    size = f" SIZE={envelope.size}" if "SIZE" in session.extensions else ""
    utf8 = " SMTPUTF8" if envelope.utf8 else ""
    return [f"MAIL FROM:<{envelope.sender}>{size}{utf8}", f"RCPT TO:<{envelope.recipient}>", "DATA"]


def _begun(session: Session, mail: Mail) -> bytes:
    """The commands that begin this mail; none where it cannot be sent at all, which is said when its turn comes."""
    try:
        session.begun = _envelope(session, mail)
    except Unsendable:
        return b""
    return _lines(_commands(session, session.begun))


def _lines(commands: list[str]) -> bytes:
    return ("\r\n".join(commands) + "\r\n").encode() if commands else b""


def _together(session: Session, commands: list[str], times: Timeouts) -> Steps[Outcome | None]:
    """All commands in one write; none where they were in the write before. The first refusal is the outcome."""
    reset = session.needs_reset
    data = _lines(["RSET", *commands] if reset else commands)
    try:
        said = yield Exchange(data, len(_BEGINNING) + reset, times.data, times.command)
    except ConnectionLost as loss:
        if reset and loss.said:
            _expect(250, loss.said[0], SmtpStage.MAIL)
        # It said why before it hung up: that counts.
        refused = _refused(session, loss.said[reset:])
        if refused is None:
            raise
        session.closing = True
        return refused
    if reset:
        _expect(250, said[0], SmtpStage.MAIL)
        session.needs_reset = False
    if [reply.code for reply in said[reset:]] == _GO_ON:
        session.stage = SmtpStage.DATA
        return None
    refused = _refused(session, said[reset:])
    if refused is not None and said[-1].code == 354:
        try:
            # It waits for a mail that has no reader: give it none (RFC 2920, 3.1).
            yield Exchange(b".\r\n", 1, times.command, times.block)
        except ConnectionLost:
            session.closing = True
    return refused


def _refused(session: Session, said: Sequence[SmtpReply]) -> Outcome | None:
    """What the first refusal among these replies means; where there is none, the stage is as far as they lead."""
    for stage, reply in zip(_BEGINNING, said, strict=False):
        session.stage = stage
        refused = _checked(session, reply)
        if refused is not None:
            return refused
    if len(said) < len(_BEGINNING):
        session.stage = _BEGINNING[len(said)]
    return None


def _in_turn(session: Session, commands: list[str], times: Timeouts) -> Steps[Outcome | None]:
    if session.needs_reset:
        _expect(250, (yield from _command("RSET", times.command)), SmtpStage.MAIL)
        session.needs_reset = False
    for stage, command in zip(_BEGINNING, commands, strict=True):
        session.stage = stage
        refused = _checked(session, (yield from _command(command, times.data)))
        if refused is not None:
            return refused
    return None


def _checked(session: Session, reply: SmtpReply) -> Outcome | None:
    """None where the server wants to hear more."""
    if reply.code == 354 if session.stage is SmtpStage.DATA else reply.code // 100 == 2:
        return None
    if reply.code < 400:
        raise ConnectionLost(f"The server answered {session.stage.name} with {reply.detail}, which means nothing there")
    session.needs_reset = True
    return _refusal(session, reply)


def _refusal(session: Session, reply: SmtpReply) -> Outcome:
    outcome = refusal_outcome(reply, session.stage)
    if reply.code == 421:
        session.closing = True
        used_up = session.uses > 1 and session.stage < SmtpStage.BODY and outcome.kind is OutcomeKind.TEMPORARY
        if used_up:
            # A server that has had enough of this connection says so when it is used again: that is no refusal.
            raise ConnectionLost(reply.detail)
    return outcome


def _ehlo(relay: Relay, helo: str) -> Steps[dict[str, str]]:
    reply = yield from _command(f"EHLO {helo}", relay.timeouts.command)
    _expect(250, reply, SmtpStage.OPEN)
    offers = (line.strip().partition(" ") for line in reply.lines[1:])
    return {keyword.upper(): rest.strip() for keyword, _, rest in offers}


def _authenticate(relay: Relay, extensions: dict[str, str]) -> Steps[None]:
    """PLAIN (RFC 4616), else LOGIN; both only ever inside TLS or on this machine, which the mail URL makes sure of."""
    ways = extensions.get("AUTH", "").upper().split()
    wait = relay.timeouts.command
    if "PLAIN" in ways:
        secret = _base64(f"\0{relay.user}\0{relay.password}")
        reply = yield from _command(f"AUTH PLAIN {secret}", wait)
    elif "LOGIN" in ways:
        _expect(334, (yield from _command("AUTH LOGIN", wait)), SmtpStage.AUTH)
        _expect(334, (yield from _command(_base64(relay.user), wait)), SmtpStage.AUTH)
        reply = yield from _command(_base64(relay.password), wait)
    else:
        raise ConnectionLost(
            "The server offers no way to sign in that is known here (PLAIN or LOGIN), but a user name is set",
            OutcomeKind.AUTH_CONFIG,
        )
    _expect(235, reply, SmtpStage.AUTH)


def _expect(code: int, reply: SmtpReply, stage: SmtpStage) -> None:
    """Raises ConnectionLost with what a refusal at this point means for mail that waits."""
    if reply.code == code:
        return
    if reply.code < 400:
        raise ConnectionLost(f"The server answered {reply.detail} where {code} was expected")
    raise ConnectionLost(reply.detail, refusal_outcome(reply, stage).kind)


def _command(line: str, timeout: float) -> Steps[SmtpReply]:
    said: Sequence[SmtpReply] = yield Exchange(f"{line}\r\n".encode(), 1, timeout, timeout)
    return said[0]


def _check_size(session: Session, size: int) -> None:
    limit = session.extensions.get("SIZE", "")
    if limit.isdecimal() and 0 < int(limit) < size:
        words = f"The message has {size} bytes; the server takes {limit} (SIZE)"
        raise Unsendable(OutcomeKind.PERMANENT_MESSAGE, words)


def _stuffed(envelope: Envelope) -> Sequence[bytes]:
    """The content as DATA wants it: dots doubled at line starts, the final dot at its end (RFC 5321, 4.5.2)."""
    fragments = envelope.fragments
    if envelope.dots:
        content = envelope.content
        fragments = (b"." if content.startswith(b".") else b"", content.replace(b"\r\n.", b"\r\n.."))
    return *fragments, b".\r\n" if fragments[-1].endswith(b"\r\n") else b"\r\n.\r\n"


def _queue_id(text: str) -> str | None:
    """The name the server gave the mail, as far as servers agree: "queued as X", "Ok X", "id=X"."""
    found = _NAMED.search(text)
    return next((part.rstrip(".,;") for part in found.groups() if part), None) if found else None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
