"""Whether a course that begins together can begin on the days that are named."""

from __future__ import annotations

from funnel.curriculum.model import Sequence
from funnel.curriculum.parse.fields import Fields, read_date
from funnel.curriculum.practice import Practice
from funnel.curriculum.schedule.spoken import WEEKDAY_NAMES


def check_rounds(sequence: Sequence, fields: Fields, practice: Practice | None) -> None:
    """Warns of each round whose first day is none on which lessons go out."""
    for item in fields.texts("rounds"):
        day = read_date(item.text)
        if day is None:
            continue  # reported where it was read
        quiet = practice is not None and day in practice.quiet_days
        if day.weekday() in sequence.send.days and not quiet:
            continue
        why = "is a quiet day of the practice" if quiet else f"is a {WEEKDAY_NAMES[day.weekday()]}"
        fields.warning(
            item, "no-sending-day", f"the round of {day} {why}, when no lesson goes out",
            "Its first lesson goes on the next day that is free; name that day, or let lessons go out on this one.",
        )  # fmt: skip
