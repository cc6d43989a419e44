"""What a plan says, as values: for people in words (`render`), for programs as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from funnel.curriculum.plan.changes import Change


@dataclass(frozen=True, slots=True)
class Loss:
    """A lesson that readers would have got and never will. `lesson_id` is "" for the end: they finish on the spot.

    `who` are their e-mail hints: all in a detailed plan, else a few. `sent_all_the_same` of the `people` get it as a
    bonus.
    """

    lesson_id: str
    people: int
    who: tuple[str, ...] = ()
    sent_all_the_same: int = 0

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "lesson": self.lesson_id,
            "people": self.people,
            "sent_all_the_same": self.sent_all_the_same,
            "who": list(self.who),
        }


@dataclass(frozen=True, slots=True)
class Bonus:
    """A lesson sent beside the way, to how many, and how many on which of their local dates, in order."""

    lesson_id: str
    people: int
    dates: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        dates = [{"on": on, "people": people} for on, people in self.dates]
        return {"lesson": self.lesson_id, "people": self.people, "dates": dates}


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing would do. `kind`: new, edited, removed or unchanged; `refused` says why it may not be done.

    `lost` are the lessons that somebody loses though they stay in the sequence, `finishing` who finishes on the spot.
    `rests` says that the whole sequence does: then nobody knows a day. `readers` is filled where each was asked for.
    `started_by` are the tags that start a new one.
    """

    slug: str
    kind: str
    changes: tuple[Change, ...]
    people: dict[str, int]
    refused: str = ""
    lost: tuple[Loss, ...] = ()
    finishing: Loss = Loss("", 0)
    bonus: tuple[Bonus, ...] = ()
    rests: bool = False
    readers: tuple[dict[str, Any], ...] = ()
    started_by: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as plain data, for `--json`: times are UTC, dates the reader's own."""
        return {
            "sequence": self.slug,
            "kind": self.kind,
            "people": dict(self.people),
            "refused": self.refused,
            "started_by_tags": list(self.started_by),
            "rests": self.rests,
            "changes": _all(self.changes),
            "lost": _all(self.lost),
            "finishing": {"people": self.finishing.people, "who": list(self.finishing.who)},
            "bonus": _all(self.bonus),
            "readers": list(self.readers),
        }


def _all(found: Iterable[Change | Loss | Bonus]) -> list[dict[str, Any]]:
    return [each.to_json() for each in found]
