"""Whom a mail is for, and what of that may stand in a header."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from funnel.compose.errors import FillError
from funnel.compose.unseen import turned_back
from funnel.mail import Address


class Reader(NamedTuple):
    """Whom a delivery is for, and all its blanks are filled with. `watched` is quarters of the training, 0 to 4.

    The defaults stand for what `to_facts` leaves out, also in rows of years ago: none may ever change.
    """

    delivery_id: int
    edition_lesson_id: int
    lead_id: int
    signup_id: int | None
    email: str
    tracking: Literal["none", "clicks", "full"]
    discreet: bool = False
    first_name: str = ""
    quiz_result: str = ""
    booked: bool = False
    watched: int = 0
    tags: tuple[str, ...] = ()
    country: str = ""  # ISO 3166-1, of the time zone: whose helplines come first

    def to_facts(self) -> dict[str, Any]:
        """Plain data to keep with the delivery, so that the same mail can be made again. It names the reader.

        Without the numbers, which the delivery has itself, and without what is as usual.
        """
        facts = {"email": self.email, "tracking": self.tracking}
        return facts | {name: value for name, usual in _USUAL if (value := getattr(self, name)) != usual}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Reader:
        """The reader `to_facts` was made from, its numbers among the facts. Raises KeyError where one is missing."""
        known = {**dict(_USUAL), **facts}
        values = {name: known[name] for name in cls._fields}
        return cls(**{**values, "tags": tuple(values["tags"])})


_USUAL = tuple(Reader._field_defaults.items())


def address_of(email: str) -> Address:
    """The address a mail goes to. Raises FillError where it cannot stand in a header."""
    if not email.isascii() or not email.isprintable() or " " in email or email.count("@") != 1:
        raise FillError("email", "This address cannot be written into a mail: ask the reader for it again")
    return Address("", email)


def one_line(text: str) -> str:
    """Text that is safe in a header and in a greeting: no line breaks, control or turning characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in turned_back(text))
    return " ".join(kept.split())
