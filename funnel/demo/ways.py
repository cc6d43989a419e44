"""The ways people may have with a quiz and in their rooms. Data, no action."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StopsAt(StrEnum):
    """Where somebody goes away again from a quiz."""

    BEGUN = "begun"
    ANSWERED = "answered"
    NOWHERE = ""


@dataclass(frozen=True, slots=True)
class QuizHabits:
    """How one person takes a quiz: what they answer, by the fields of the form, and `leans`, what that comes to.

    With `scripted` the page's script says that it was begun. `keeps`: they agree to have the result kept.
    """

    answers: tuple[tuple[str, str], ...]
    leans: str
    scripted: bool
    keeps: bool
    stops_at: StopsAt = StopsAt.NOWHERE


@dataclass(frozen=True, slots=True)
class PauseHabits:
    """A break of so many weeks, taken after a lesson; `by_hand`: ended half-way through."""

    after: int
    weeks: int
    by_hand: bool


@dataclass(frozen=True, slots=True)
class LanguageHabits:
    """The other language is chosen after so many lessons, and after `back_after` the practice's own again."""

    after: int
    back_after: int | None = None


@dataclass(frozen=True, slots=True)
class MoveHabits:
    """After so many lessons letters are to come to `to`; `undoes`: the old address takes that back some days later."""

    after: int
    to: str
    undoes: bool
