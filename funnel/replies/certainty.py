"""How sure it is that an address is dead. It is given up at once only where nothing else can have been meant."""

from __future__ import annotations

import re

from funnel.replies.clean import cleaned, looks_up_a_sender, lowered
from funnel.replies.model import Certainty, Phase, Speaker, Statement
from funnel.replies.naming import mentions_us
from funnel.replies.reasons import DEAD, Reason

# RFC 3463: no such mailbox; RFC 7505: the domain takes no mail at all.
_NO_MAILBOX = frozenset({"1.1", "1.10"})
_ADDRESSING = _NO_MAILBOX | {"1.2", "1.3", "4.4"}
# RFC 5321, 4.2.3 has these words for 550 itself, policy included, and a domain or address may be anybody's.
_SAYS_NOTHING = re.compile(r"(?:mailbox|user|recipient|account|address) (?:is )?(?:un|not )(?:available|reachable)")
_NAMES_READER = re.compile(
    r"user|recipient|mail ?box|account|addressee|alias|inbox|rcpt|customer|subscriber|person|people|login|employee"
    r"|name ?server|\bdns\b|nxdomain|resolver\.adr|null ?mx|not accept|no longer|local[- ]part|directory|address lookup"
    r"|[^\x00-\x7f]"
    r"|empf|benutzer|postfach|destinat|utilisateur|compte|usuario|cuenta|buz|utente|casella|gebruiker|ontvanger"
)
_VAGUE = re.compile(r"\b(?:address|domain|host|access|mail|e-?mail|message)\b")
_FOR_NOW = re.compile(r"temporar|try (?:again|later)|currently")
_NEVER_THERE = frozenset({"userunknown", "notaccept"})
_MAYBE = frozenset({"suspend"})  # disabled: some are opened again


def certainty_of(said: Statement, found: Reason) -> Certainty:
    """How sure it is that the address is dead, given the reason.

    Certain: the server that was spoken to refused the recipient, says in so many words that nobody is there, and by a
    code that means nothing else; or the provider calls it permanent and the words agree. Likely: dead by what was said,
    but said in another place, without that code, or beside words of us.
    """
    if said.temporary:
        return Certainty.NONE
    if found.word in _MAYBE:
        return Certainty.NONE if _FOR_NOW.search(lowered(said.words)) else Certainty.LIKELY
    if found.word not in DEAD and not found.nobody:
        return Certainty.NONE
    words = cleaned(said.words)
    heard = said.reply_code != ""
    if _is_vague(words) and heard and not _asked_for_reader(said):
        return Certainty.NONE
    plain = found.nobody and found.word in _NEVER_THERE and not _SAYS_NOTHING.search(words)
    if not plain or _is_vague(words) or mentions_us(lowered(said.words)) or looks_up_a_sender(said.words):
        return Certainty.LIKELY
    if said.speaker is Speaker.PROVIDER:
        return Certainty.CERTAIN
    refused = heard and said.phase is Phase.RCPT and said.detail in _NO_MAILBOX and not said.invented
    return Certainty.CERTAIN if refused else Certainty.LIKELY


def _asked_for_reader(said: Statement) -> bool:
    """Whether an address or a domain that is turned away must be the reader's: by the command or by the code."""
    if said.phase is Phase.UNKNOWN and said.detail == "1.0":
        return True  # RFC 3463: something about an address; what is known to be the sender's has codes of its own
    return said.phase is Phase.RCPT or said.detail in _ADDRESSING


def _is_vague(words: str) -> bool:
    """Whether an address or a domain is turned away, and nothing tells whose it is."""
    return bool(words) and _VAGUE.search(words) is not None and _NAMES_READER.search(words) is None
