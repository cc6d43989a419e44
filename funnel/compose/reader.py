"""The reader a mail is for, and which of her details may appear in a header."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from funnel.compose.errors import FillError
from funnel.compose.unseen import turned_back
from funnel.curriculum.measuring import Measured
from funnel.curriculum.questions import Answer
from funnel.links import RowRef
from funnel.mail import Address


class Reader(NamedTuple):
    """The reader of one delivery, and all that fills its placeholders. `watched` is quarters of the training, 0 to 4.

    The defaults stand for what `to_facts` leaves out, also in rows that are years old: never change one.
    """

    delivery_id: int
    edition_lesson_id: int
    lead_id: int
    signup_id: int | None
    email: str
    tracking: Measured
    discreet: bool = False
    first_name: str = ""
    quiz_result: str = ""
    booked: bool = False
    watched: int = 0
    tags: tuple[str, ...] = ()
    country: str = ""  # ISO 3166-1, from the time zone: decides which helplines come first
    nonce: str | None = None  # the delivery's
    replied: bool = False
    quiz_row: int = 0  # the row that keeps `quiz_result`, which is never kept with a mail itself
    language: str = ""  # BCP 47; "" is the practice's own
    answers: tuple[tuple[str, Answer], ...] = ()  # by question, those that the lesson asks for
    answer_rows: tuple[int, ...] = ()  # the rows that keep them, which are never kept with a mail themselves

    @property
    def delivery(self) -> RowRef:
        return RowRef(self.delivery_id, self.nonce)

    def to_facts(self) -> dict[str, Any]:
        """Plain data to keep with the delivery, so that the same mail can be made again. It names the reader.

        It leaves out the numbers, which the delivery has, every default, the result of a quiz and answers: these are
        kept in one place only, so that they can be deleted.
        """
        facts = {"email": self.email, "tracking": self.tracking}
        return facts | {name: value for name, usual in _USUAL if (value := getattr(self, name)) != usual}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Reader:
        """The reader that `to_facts` wrote, with its numbers among the facts. Raises KeyError if one is missing."""
        known = {**Reader._field_defaults, **facts}
        values = {name: known[name] for name in cls._fields}
        return cls(**{**values, **{name: tuple(values[name]) for name in _LISTS}})


_LISTS = ("tags", "answers", "answer_rows")  # JSON has no tuples
_NEVER_KEPT = ("nonce", "quiz_result", "answers")
_USUAL = tuple((name, usual) for name, usual in Reader._field_defaults.items() if name not in _NEVER_KEPT)


def address_of(email: str) -> Address:
    """The address a mail goes to. Raises FillError if it cannot appear in a header."""
    if not email.isascii() or not email.isprintable() or " " in email or email.count("@") != 1:
        raise FillError("email", "This address cannot be written into a mail: ask the reader for it again")
    return Address("", email)


def one_line(text: str) -> str:
    """Text that is safe in a header and in a greeting: no line breaks, control or direction characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in turned_back(text))
    return " ".join(kept.split())


def nameless(reader: Reader) -> Reader:
    """The same reader for a page that others may open: a mail is passed on, and its links with it."""
    return reader._replace(first_name="", quiz_result="", answers=())
