"""What each refusal means for us, as a table read from top to bottom: the first row that fits decides.

A reply code's first digit decides whether a mail may be tried again; the enhanced code and the words say whose fault
it is. Only a row that is sure that the mailbox is dead suppresses an address: on any doubt the mail fails alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from funnel.adapters.smtp.replies import Reply
from funnel.mail import Outcome, OutcomeKind


class Phase(IntEnum):
    """How far a conversation is. Up to BODY nothing can have been accepted; in SENT the final dot has left."""

    OPEN = 0
    TLS = 1
    AUTH = 2
    MAIL = 3
    RCPT = 4
    DATA = 5
    BODY = 6
    SENT = 7


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. What is empty fits everything; `code` and `enhanced` must fit whole, `words` anywhere."""

    kind: OutcomeKind
    code: str = ""
    enhanced: str = ""
    words: str = ""
    phases: tuple[Phase, ...] = ()
    wait: timedelta | None = None

    def fits(self, reply: Reply, phase: Phase) -> bool:
        return (
            (not self.phases or phase in self.phases)
            and (not self.code or re.fullmatch(self.code, str(reply.code)) is not None)
            and (not self.enhanced or re.fullmatch(self.enhanced, reply.enhanced) is not None)
            and (not self.words or re.search(self.words, reply.text, re.IGNORECASE) is not None)
        )


_TEMPORARY = OutcomeKind.TEMPORARY
_RATE = OutcomeKind.RATE
_CONFIG = OutcomeKind.AUTH_CONFIG
_DEAD = OutcomeKind.PERMANENT_RECIPIENT
_MESSAGE = OutcomeKind.PERMANENT_MESSAGE

_OPENING = (Phase.OPEN, Phase.TLS, Phase.AUTH)
_GREYLISTED = timedelta(minutes=5)
_MAILBOX_FULL = timedelta(hours=1)

_POLICY = (
    r"\b(spf|dkim|dmarc|spam|spamhaus|rbl|dnsbl|policy|reputation|block ?list\w*|black ?list\w*|deny ?list\w*|blocked"
    r"|banned|(?<!not )listed (at|by|in|on)|unsolicited|bulk mail|content)\b"
)
_NOBODY = (
    r"(user|recipient|mailbox|address|account|addressee)\b.{0,60}\b(unknown|not found|invalid|doesn't exist"
    r"|not exist|no longer|not known)|(unknown|no such|invalid|nonexistent|non-existent) (local )?"
    r"(user|recipient|mailbox|address|account)|no mailbox"
)
_NOT_OURS = r"not verified|relay(ing)?( access)? (is )?(denied|not (allowed|permitted))|not owned by"
_LISTED = r"spamhaus|\b(block|black|deny) ?list|reputation|(?<!not )listed (at|by|in|on)"
_TOO_FAST = (
    r"\[TSS?\d\d\]|rate ?limit|throttl|too fast|slow down|too many (messages|connections|concurrent)|sending rate"
    r"|unusual rate|rate that|server busy"
)

RULES: tuple[Rule, ...] = (
    # One mailbox is full (RFC 3463 3.3, x.2.2) or gets too much (Gmail 450 4.2.1): neither is about us or the address.
    Rule(_TEMPORARY, enhanced=r"[45]\.2\.2", wait=_MAILBOX_FULL),
    Rule(_TEMPORARY, code="450", enhanced=r"4\.2\.[01]", wait=_GREYLISTED),
    # RFC 3463 x.5.3, RFC 5321 4.5.3.1.10: too many recipients for this session; not the address's fault.
    Rule(_TEMPORARY, code="452", enhanced=r"4\.5\.3"),
    # A quota of ours: Amazon SES "Daily message quota exceeded", Gmail 550 5.4.5 "Daily user sending limit exceeded".
    Rule(OutcomeKind.QUOTA, words=r"\b(daily|monthly|hourly)\b[^.]{0,30}\b(quota|limit)|sending (quota|limit)"),
    # Ours to slow down: 421 4.7.x and x.7.28 (Gmail), 4.7.500-699 (Microsoft), [TSS04] (Yahoo), Throttling (SES).
    Rule(_RATE, code="421", enhanced=r"4\.7\.\d+"),
    Rule(_RATE, enhanced=r"[45]\.7\.28"),
    Rule(_RATE, enhanced=r"4\.7\.[56]\d\d"),
    Rule(_RATE, code="4..", words=_TOO_FAST),
    # A password, a right or TLS is missing (RFC 4954 6, RFC 3207 4): nothing is the matter with the mail.
    Rule(_CONFIG, code="454|530|534|535|538"),
    Rule(_CONFIG, code="5..", phases=_OPENING),
    Rule(_CONFIG, code="4[013-9].", phases=(Phase.TLS,)),
    Rule(_CONFIG, enhanced=r"5\.7\.(8|9|10|11|14)"),
    # Our sender or our domain is not accepted: RFC 3463 5.1.7 and 5.1.8, RFC 7372 5.7.20-26, RFC 7505 5.7.27,
    # Microsoft 5.7.515; SES "not verified". All later mail would meet the same answer.
    Rule(_CONFIG, enhanced=r"5\.1\.[78]|5\.7\.2[0-7]|5\.7\.515"),
    Rule(_CONFIG, code="5..", words=_NOT_OURS),
    Rule(_MESSAGE, code="552|555", phases=(Phase.MAIL,)),
    Rule(_MESSAGE, enhanced=r"5\.(2\.3|3\.4|6\.\d+)"),
    Rule(_CONFIG, code="5..", phases=(Phase.MAIL,)),
    # Policy of one receiver, or a listing of ours. Never a reason to suppress. A listing slows the channel; a plain
    # 5.7.1 fails this mail alone, as one strict mailbox must not stop everybody's course.
    Rule(_RATE, code="5..", enhanced=r"(5\.7\.\d+)?", words=_LISTED),
    Rule(_MESSAGE, enhanced=r"5\.7\.\d+"),
    Rule(_MESSAGE, code="5..", words=_POLICY),
    # The mailbox is not there: RFC 3463 5.1.1-5.1.3 and 5.1.6, RFC 7505 5.1.10 (the domain takes no mail at all).
    Rule(_DEAD, enhanced=r"5\.1\.(1|2|3|6|10)"),
    # 5.1.0 and 5.2.1 (disabled) are said of living mailboxes too: who counts them decides at the second (the detail
    # begins with the code). 5.4.x is the domain's trouble.
    Rule(_MESSAGE, enhanced=r"5\.(1\.0|2\.1|4\.4)"),
    Rule(_TEMPORARY, enhanced=r"5\.4\.7"),
    # Without an enhanced code only RCPT speaks of the mailbox, and 550 says too many things to be believed alone.
    Rule(_DEAD, code="550|551|553|554", words=_NOBODY, phases=(Phase.RCPT, Phase.DATA, Phase.SENT)),
    Rule(_DEAD, code="551|553", phases=(Phase.RCPT,)),
    Rule(_TEMPORARY, code="552", words=r"full|quota|storage", wait=_MAILBOX_FULL),
    Rule(_TEMPORARY, code="552", phases=(Phase.RCPT,), wait=_MAILBOX_FULL),
    # Greylisting: come back in five minutes or more.
    Rule(_TEMPORARY, code="45[01]", enhanced=r"4\.7\.\d+", wait=_GREYLISTED),
    Rule(_TEMPORARY, code="4..", words=r"gr[ae]y-?list", wait=_GREYLISTED),
    # What is left: 4xx may be tried again, 5xx may not (RFC 5321, 4.2.1).
    Rule(_TEMPORARY, code="4.."),
    Rule(_MESSAGE, code="5.."),
)


def classify(reply: Reply, phase: Phase) -> Outcome:
    """The outcome that a refusal (4xx or 5xx) in this phase is, with the server's words."""
    rule = next(rule for rule in RULES if rule.fits(reply, phase))
    return Outcome(rule.kind, reply.detail, retry_after=rule.wait)
