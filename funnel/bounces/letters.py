"""A mail that is no report: who wrote it, what stands in it, and whether it asks for our mail to stop. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from funnel.bounces.addresses import addresses, same_address
from funnel.bounces.autoreply import says_so, writer_of
from funnel.bounces.message import MailParts
from funnel.bounces.model import IncomingMail
from funnel.bounces.own_words import ANSWERS, FORWARDS, own_words

UNSUBSCRIBE = "unsubscribe"
# As `Links.unsubscribe_mail` writes it. Programs send it as it is; "Re:" or a word more is an answer to something.
_WANTS_OUT = re.compile(rf"\s*{UNSUBSCRIBE}[ :+-]{{1,3}}([0-9a-z.-]{{20,200}})\s*", re.I)
_ANSWERS = re.compile(
    rf"^\s*(?:(?:{ANSWERS}|{FORWARDS})\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+",
    re.I,
)
_ONE_ID = re.compile(r"<[!-;=?-~]{3,250}>")
_BLANK = re.compile(r"\{\{.{0,200}?\}\}|\{%.{0,200}?%\}")
T = TypeVar("T")


def letter_of(parts: MailParts) -> IncomingMail:
    sender = [address for _, address in addresses(parts.header("From"))][:1]
    message_id = _ONE_ID.fullmatch(parts.header("Message-ID"))
    return IncomingMail(
        writer=writer_of(parts),
        sender=sender[0] if sender else "",
        subject=parts.header("Subject")[:500],
        message_id=message_id[0] if message_id else "",
        words=own_words(parts.report),
        replied_automatically=parts.header("Auto-Submitted").lower().startswith("auto-replied"),
        says_so=says_so(parts) is not None,
    )


def wants_out(letter: IncomingMail, open_token: Callable[[str], T | None]) -> T | None:
    """What the token opens to in a mail that asks for no more mail: from `List-Unsubscribe: <mailto:…>` (RFC 2369).

    Nothing but the whole subject counts. Whoever sent it, person or program, has the token, as with the link; but an
    answer that something gave by itself (RFC 3834) is not the reader's wish.
    """
    found = _WANTS_OUT.fullmatch(letter.subject)
    if found is None or letter.is_answered_by_itself:
        return None
    return open_token(found[1].lower())


def is_ours(letter: IncomingMail, own: Iterable[str], open_token: Callable[[str], object]) -> bool:
    """Whether we sent it ourselves and it came round: from an address of ours, or with a Message-ID that we signed."""
    if any(same_address(letter.sender, address) for address in own if address):
        return True
    return bool(letter.message_id) and open_token(letter.message_id.strip("<>").partition("@")[0]) is not None


def answers_subject(subject: str, ours: Iterable[str]) -> bool:
    """Whether a subject answers one of ours, as they were written: with blanks for what is a reader's own."""
    found = _ANSWERS.match(subject)
    if found is None:
        return False
    rest = _flat(subject[found.end() :])
    return any(rest and re.fullmatch(_pattern(each), rest, re.I) for each in ours if each.strip())


def _pattern(subject: str) -> str:
    return ".{0,80}".join(re.escape(_flat(piece)) for piece in _BLANK.split(subject))


def _flat(text: str) -> str:
    return " ".join(text.split())
