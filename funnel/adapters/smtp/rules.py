"""What a refusal means for us. Whom it is about is decided in `funnel.replies`; here it becomes an outcome."""

from __future__ import annotations

from enum import IntEnum

from funnel.adapters.smtp.replies import SmtpReply
from funnel.mail import Outcome, OutcomeKind
from funnel.replies import Phase, Remedy, Statement, interpret, listed_for, refusal_of


class SmtpStage(IntEnum):
    """How far a conversation is. Up to BODY nothing can have been accepted; in SENT the final dot has left."""

    OPEN = 0
    TLS = 1
    AUTH = 2
    MAIL = 3
    RCPT = 4
    DATA = 5
    BODY = 6
    SENT = 7


_PHASES = {
    SmtpStage.OPEN: Phase.CONNECT,
    SmtpStage.TLS: Phase.TLS,
    SmtpStage.AUTH: Phase.AUTH,
    SmtpStage.MAIL: Phase.MAIL,
    SmtpStage.RCPT: Phase.RCPT,
    SmtpStage.DATA: Phase.DATA,
    SmtpStage.BODY: Phase.DATA,
    SmtpStage.SENT: Phase.DATA,
}
_KINDS = {
    Remedy.RETRY: OutcomeKind.TEMPORARY,
    Remedy.SLOW_DOWN: OutcomeKind.RATE,
    Remedy.AWAIT_QUOTA: OutcomeKind.QUOTA,
    Remedy.FIX_SETUP: OutcomeKind.AUTH_CONFIG,
    Remedy.DROP_MAIL: OutcomeKind.PERMANENT_MESSAGE,
    Remedy.DROP_ADDRESS: OutcomeKind.PERMANENT_RECIPIENT,
    Remedy.DROP_LISTED: OutcomeKind.PERMANENT_RECIPIENT,
}


def refusal_outcome(reply: SmtpReply, stage: SmtpStage) -> Outcome:
    """The outcome that a refusal (4xx or 5xx) at this stage is, with the server's words."""
    said = Statement(_PHASES[stage], str(reply.code), reply.enhanced, reply.text, action="failed")
    if said.temporary:
        row = refusal_of(said)  # what it means for the reader is asked when the mail is given up
        return Outcome(_KINDS[row.remedy], reply.detail, retry_after=row.wait)
    meaning = interpret(said)
    listed = listed_for(reply.text) if meaning.remedy is Remedy.DROP_LISTED else None
    return Outcome(_KINDS[meaning.remedy], reply.detail, retry_after=meaning.wait, listed=listed, meaning=meaning)
