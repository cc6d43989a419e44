"""Moves many enrolments at once: after an edit, or after a pause of the whole sequence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Edit, Sequence
from funnel.enrolment.enrolment import finish_if_done
from funnel.enrolment.rounds import move_to_round
from funnel.models import Enrolment
from funnel.publishing.positions import EnrolmentsOn, position_groups

Place = tuple[datetime | None, int, frozenset[str]]
"""When the next lesson is due (UTC), the shift of the calendar in days, and the lessons an edit put behind."""
Places = defaultdict[Place, list[int]]
"""Enrolment ids by the place they are to have."""


def move_everybody(session: Session, context: Context, old: Sequence, new: Sequence, now: datetime) -> int:
    """Gives every active enrolment its new place and due time after an edit. Returns how many changed."""
    edit = Edit(old, new, context.calendar, now)
    changed = 0
    wanted = EnrolmentsOn(new.slug, active_only=True, dated=old.dated_ids | new.dated_ids)
    for batch in position_groups(session, context, wanted, now):
        moved: Places = defaultdict(list)
        rounds: defaultdict[date | None, list[int]] = defaultdict(list)
        ended = []
        for group in batch:
            progress = group.position.progress
            before = group.position.due_at, progress.shift_days, progress.skipped_by_edit
            for outcome, members in edit.outcomes(group):
                place = outcome.due_at, outcome.shift_days, outcome.skipped_by_edit
                numbers = [int(number) for number, _ in members]
                if outcome.started_on is not None or outcome.undated:
                    rounds[outcome.started_on] += numbers
                if place != before:
                    moved[place] += numbers
                    ended += numbers if outcome.next_id is None else []
        changed += write_places(session, moved)
        for first_day, whose in rounds.items():
            move_to_round(session, whose, first_day, now)
        for enrolment in session.scalars(select(Enrolment).where(Enrolment.id.in_(ended))):
            finish_if_done(session, context, enrolment, now)
    return changed


def write_places(session: Session, places: Mapping[Place, list[int]]) -> int:
    """Writes these places: one statement for a place that many share, the rest row by row. Returns how many."""
    connection, single = session.connection(), []
    for (due_at, shift_days, skipped_by_edit), numbers in places.items():
        values = {"due_at": due_at, "shift_days": shift_days, "skipped_by_edit": sorted(skipped_by_edit)}
        if len(numbers) == 1:
            single.append({"number": numbers[0], **values})
        else:
            # The ids stand in the statement itself: binding a thousand costs more than moving a thousand readers.
            together: BindParameter[int] = bindparam("numbers", numbers, expanding=True, literal_execute=True)
            connection.execute(update(Enrolment).where(Enrolment.id.in_(together)).values(values))
    if single:
        connection.execute(update(Enrolment).where(Enrolment.id == bindparam("number")), single)
    return sum(map(len, places.values()))
