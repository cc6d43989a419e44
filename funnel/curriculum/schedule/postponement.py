"""Whether an enrolment's next lesson goes now, or when it goes instead. Asked by the clock, and by every plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from funnel.curriculum.schedule.calendar import UpcomingLesson, come_to
from funnel.curriculum.schedule.late import Move, after_edit, decide_late, without_spread
from funnel.curriculum.schedule.slots import due
from funnel.curriculum.walltime import local_date


def postponement(
    upcoming: UpcomingLesson, due_at: datetime | None, now: datetime, paused_until: datetime | None = None
) -> Move | None:
    """When this lesson goes instead of `now`, and the enrolment's shift from then on; None where it goes now.

    `due_at` is what was written down for it, None where it has just become the next; `paused_until` is the end of the
    reader's own pause. All are aware UTC.
    """
    progress = upcoming.progress
    if paused_until is not None and paused_until > now:
        return Move(after_edit(upcoming, paused_until).at, progress.shift_days)
    planned = due(upcoming)
    at = planned.at
    if due_at is not None and due_at <= now:
        # It was moved before, and this is the time it was moved to.
        moved = planned.at <= due_at
        # A pace only ever counts from a lesson she has had; who has just begun waits for her first like anybody else.
        paced = upcoming.reader.slower and progress.last_delivered_on is not None and upcoming.lesson.on is None
        if moved or (paced and _may_go_today(upcoming, now)):
            at = due_at
    if at > now:
        return Move(at, planned.shift_days)
    # Where it has just become the next, its turn came late: the one before was moved, and then passed over.
    decision = decide_late(without_spread(upcoming) if due_at is None else upcoming, at, now)
    return decision if isinstance(decision, Move) else None


def _may_go_today(upcoming: UpcomingLesson, now: datetime) -> bool:
    """Whether nothing but a slower pace speaks against today.

    Her gaps are counted from the lesson she had last. Where that has left the sequence the gap has grown, of which
    nobody told her: the time that was worked out before stands, if the day is free.
    """
    today = local_date(now, upcoming.reader.zone)
    wanted_today = come_to(upcoming.sequence, upcoming.lesson, upcoming.progress, today)
    slot = due(replace(upcoming, progress=wanted_today, reader=replace(upcoming.reader, slower=False)))
    return local_date(slot.at, upcoming.reader.zone) == today
