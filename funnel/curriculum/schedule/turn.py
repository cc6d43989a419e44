"""Whether an enrolment's next lesson goes now, or when it goes instead. Asked by the clock, and by every plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.schedule.calendar import Progress, Reader, come_to, due
from funnel.curriculum.schedule.late import GRACE, Move, after_edit, decide_late
from funnel.curriculum.walltime import local_date


def turn(
    sequence: Sequence,
    lesson: Lesson,
    progress: Progress,
    reader: Reader,
    practice_zone: str,
    practice_quiet: frozenset[date],
    due_at: datetime | None,
    now: datetime,
    key: str,
    *,
    paused_until: datetime | None = None,
    grace: timedelta = GRACE,
) -> Move | None:
    """When this lesson goes instead of `now`, and the enrolment's shift from then on; None where it goes now.

    `due_at` is what was written down for it, None where it has just become the next; `paused_until` is the end of the
    reader's own pause. All are aware UTC. `key` names the enrolment and the lesson.
    """
    if paused_until is not None and paused_until > now:
        rested = after_edit(sequence, lesson, progress, reader, practice_zone, practice_quiet, paused_until, key)
        return Move(rested.at, progress.shift_days)
    planned = due(sequence, lesson, progress, reader, practice_zone, practice_quiet)
    at = planned.at
    if due_at is not None and due_at <= now:
        # It was moved before, and this is the time it was moved to.
        moved = planned.at <= due_at
        # A pace only ever counts from a lesson she has had; who has just begun waits for her first like anybody else.
        paced = reader.slower and progress.last_delivered_on is not None
        slower = paced and _may_go_today(sequence, lesson, progress, reader, practice_zone, practice_quiet, now)
        if moved or slower:
            at = due_at
    if at > now:
        return Move(at, planned.shift_days)
    decision = decide_late(
        sequence, lesson, at, now, progress, reader, practice_zone, practice_quiet, key, grace=grace
    )  # fmt: skip
    return decision if isinstance(decision, Move) else None


def _may_go_today(
    sequence: Sequence,
    lesson: Lesson,
    progress: Progress,
    reader: Reader,
    practice_zone: str,
    practice_quiet: frozenset[date],
    now: datetime,
) -> bool:
    """Whether nothing but a slower pace speaks against today.

    Her gaps are counted from the lesson she had last. Where that has left the sequence the gap has grown, of which
    nobody told her: the time that was worked out before stands, if the day is free.
    """
    today = local_date(now, reader.zone)
    today_wanted, at_full_pace = come_to(sequence, lesson, progress, today), replace(reader, slower=False)
    slot = due(sequence, lesson, today_wanted, at_full_pace, practice_zone, practice_quiet)
    return local_date(slot.at, reader.zone) == today
