"""What each refusal calls for, as a table read from top to bottom: the first row that fits decides.

A reply code's first digit decides whether a mail may be tried again; the enhanced code and the words say whose fault
it is. Whether an address is given up is not decided here: see `certainty.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from funnel.replies.model import Phase, Remedy, Statement


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row. What is empty fits everything; `code` and `enhanced` must fit whole, `words` anywhere."""

    remedy: Remedy
    code: str = ""
    enhanced: str = ""
    words: str = ""
    phases: tuple[Phase, ...] = ()
    wait: timedelta | None = None

    def fits(self, code: str, enhanced: str, words: str, phase: Phase) -> bool:
        return (
            (not self.phases or phase in self.phases)
            and (not self.code or re.fullmatch(self.code, code) is not None)
            and (not self.enhanced or re.fullmatch(self.enhanced, enhanced) is not None)
            and (not self.words or re.search(self.words, words, re.IGNORECASE) is not None)
        )


_OPENING = (Phase.CONNECT, Phase.HELO, Phase.TLS, Phase.AUTH)
_GREYLISTED = timedelta(minutes=5)
_MAILBOX_FULL = timedelta(hours=1)

_POLICY = (
    r"\b(spf|dkim|dmarc|spam|spamhaus|rbl|dnsbl|policy|reputation|block ?list\w*|black ?list\w*|deny ?list\w*|blocked"
    r"|banned|(?<!not )listed (at|by|in|on)|unsolicited|bulk mail|content)\b"
)
_NOT_OURS = r"not verified|relay(ing)?( access)? (is )?(denied|not (allowed|permitted))|not owned by"
_LISTED = r"spamhaus|\b(block|black|deny) ?list|reputation|(?<!not )listed (at|by|in|on)"
_TOO_FAST = (
    r"\[TSS?\d\d\]|rate ?limit|throttl|too fast|slow down|too many (messages|connections|concurrent)|sending rate"
    r"|unusual rate|rate that|server busy"
)

# What is left: 4xx may be tried again, 5xx may not (RFC 5321, 4.2.1).
_ANY_TEMPORARY = Refusal(Remedy.RETRY, code="4..")
_ANY_PERMANENT = Refusal(Remedy.DROP_MAIL)

REFUSALS: tuple[Refusal, ...] = (
    # One mailbox is full (RFC 3463 3.3, x.2.2) or gets too much (Gmail 450 4.2.1): neither is about us or the address.
    Refusal(Remedy.RETRY, enhanced=r"[45]\.2\.2", wait=_MAILBOX_FULL),
    Refusal(Remedy.RETRY, code="450", enhanced=r"4\.2\.[01]", wait=_GREYLISTED),
    # RFC 3463 x.5.3, RFC 5321 4.5.3.1.10: too many recipients for this session; not the address's fault.
    Refusal(Remedy.RETRY, code="452", enhanced=r"4\.5\.3"),
    # A quota of ours: Amazon SES "Daily message quota exceeded", Gmail 550 5.4.5 "Daily user sending limit exceeded".
    Refusal(Remedy.AWAIT_QUOTA, words=r"\b(daily|monthly|hourly)\b[^.]{0,30}\b(quota|limit)|sending (quota|limit)"),
    # Ours to slow down: 421 4.7.x and x.7.28 (Gmail), 4.7.500-699 (Microsoft), [TSS04] (Yahoo), Throttling (SES).
    Refusal(Remedy.SLOW_DOWN, code="421", enhanced=r"4\.7\.\d+"),
    Refusal(Remedy.SLOW_DOWN, enhanced=r"[45]\.7\.28"),
    Refusal(Remedy.SLOW_DOWN, enhanced=r"4\.7\.[56]\d\d"),
    Refusal(Remedy.SLOW_DOWN, code="4..", words=_TOO_FAST),
    # A password, a right or TLS is missing (RFC 4954 6, RFC 3207 4): nothing is the matter with the mail.
    Refusal(Remedy.FIX_SETUP, code="454|530|534|535|538"),
    Refusal(Remedy.FIX_SETUP, code="5..", phases=_OPENING),
    Refusal(Remedy.FIX_SETUP, code="4[013-9].", phases=(Phase.TLS,)),
    Refusal(Remedy.FIX_SETUP, enhanced=r"5\.7\.(8|9|10|11|14)"),
    # Our sender or our domain is not accepted: RFC 3463 5.1.7 and 5.1.8, RFC 7372 5.7.20-26, RFC 7505 5.7.27,
    # Microsoft 5.7.515; SES "not verified". All later mail would meet the same answer.
    Refusal(Remedy.FIX_SETUP, enhanced=r"5\.1\.[78]|5\.7\.2[0-7]|5\.7\.515"),
    Refusal(Remedy.FIX_SETUP, code="5..", words=_NOT_OURS),
    Refusal(Remedy.DROP_MAIL, code="552|555", phases=(Phase.MAIL,)),
    Refusal(Remedy.DROP_MAIL, enhanced=r"5\.(2\.3|3\.4|6\.\d+)"),
    Refusal(Remedy.FIX_SETUP, code="5..", phases=(Phase.MAIL,)),
    # Policy of one receiver, or a listing of ours. Never a reason to suppress. A listing slows the channel; a plain
    # 5.7.1 fails this mail alone, as one strict mailbox must not stop everybody's course.
    Refusal(Remedy.SLOW_DOWN, code="5..", enhanced=r"(5\.7\.\d+)?", words=_LISTED),
    Refusal(Remedy.DROP_MAIL, enhanced=r"5\.7\.\d+"),
    Refusal(Remedy.DROP_MAIL, code="5..", words=_POLICY),
    # The address itself: what the words and the command say of it decides (`certainty.py`).
    Refusal(Remedy.DROP_MAIL, enhanced=r"5\.(1\.(0|1|2|3|6|10)|2\.1|4\.4)"),
    Refusal(Remedy.RETRY, enhanced=r"5\.4\.7"),
    Refusal(Remedy.RETRY, code="552", words=r"full|quota|storage", wait=_MAILBOX_FULL),
    Refusal(Remedy.RETRY, code="552", phases=(Phase.RCPT,), wait=_MAILBOX_FULL),
    # Greylisting: come back in five minutes or more.
    Refusal(Remedy.RETRY, code="45[01]", enhanced=r"4\.7\.\d+", wait=_GREYLISTED),
    Refusal(Remedy.RETRY, code="4..", words=r"gr[ae]y-?list", wait=_GREYLISTED),
    _ANY_TEMPORARY,
    _ANY_PERMANENT,
)


def refusal_of(said: Statement) -> Refusal:
    """The first row that fits. A report without a reply code is taken as one of its class, a delay as a 4xx."""
    kind = "4" if said.temporary else "5"
    code = said.reply_code if said.reply_code.startswith(kind) else f"{kind}xx"
    enhanced = kind + said.enhanced[1:]
    words = " ".join(said.words.split())
    return next(row for row in REFUSALS if row.fits(code, enhanced if said.enhanced else "", words, said.phase))
