"""New places for many walks at once: after an edit, after a pause of the whole sequence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.orm import Session

from funnel.curriculum import Edit, Sequence
from funnel.journey.context import Context
from funnel.journey.enrolment import finish_if_done
from funnel.journey.walkers import batches
from funnel.models import Enrolment

Place = tuple[datetime | None, int, frozenset[str]]
"""When the next lesson is due (UTC), the shift of the calendar in days, and the lessons an edit put behind."""


def move_everybody(session: Session, context: Context, old: Sequence, new: Sequence, now: datetime) -> int:
    """Gives every active walk the place and the due time the edit means for it; how many walks changed."""
    practice = context.library.practice
    edit = Edit(old, new, practice.zone, practice.quiet_days, now)
    changed = 0
    for batch in batches(session, context, new.slug, now, active_only=True):
        moved: dict[int, Place] = {}
        ended = []
        for row, walker in batch:
            outcome, walk = edit.outcome(walker), walker.walk
            place = (outcome.due_at, outcome.shift_days, outcome.passed)
            if place != (walker.due_at, walk.shift_days, walk.passed):
                moved[row.id] = place
                if outcome.next_id is None:
                    ended.append(row.id)
        write_places(session, moved)
        changed += len(moved)
        for enrolment in session.scalars(select(Enrolment).where(Enrolment.id.in_(ended))):
            finish_if_done(session, context, enrolment, now)
    return changed


def write_places(session: Session, places: Mapping[int, Place]) -> None:
    """Writes each walk's place: one that many share in one statement, the others row by row."""
    shared: defaultdict[Place, list[int]] = defaultdict(list)
    for number, place in places.items():
        shared[place].append(number)
    connection, single = session.connection(), []
    for (due_at, shift_days, passed), numbers in shared.items():
        values = {"due_at": due_at, "shift_days": shift_days, "passed": sorted(passed)}
        if len(numbers) == 1:
            single.append({"number": numbers[0], **values})
        else:
            # Written into the statement: a thousand bound numbers cost more than moving a thousand readers.
            together: BindParameter[int] = bindparam("numbers", numbers, expanding=True, literal_execute=True)
            connection.execute(update(Enrolment).where(Enrolment.id.in_(together)).values(values))
    if single:
        connection.execute(update(Enrolment).where(Enrolment.id == bindparam("number")), single)
