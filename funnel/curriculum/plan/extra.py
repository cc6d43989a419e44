"""A lesson that is sent to readers beside their way, because the practice asked for it: `--bonus`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.plan.ahead import stands
from funnel.curriculum.plan.edit import Position
from funnel.curriculum.schedule.calendar import (
    Calendar,
    Due,
    Progress,
    UpcomingLesson,
    come_to,
    furthest_index,
    weeks_since,
)
from funnel.curriculum.schedule.late import after_edit
from funnel.curriculum.walltime import local_date


def is_past(sequence: Sequence, lesson_id: str, progress: Progress, state: str) -> bool:
    """Whether this reader will never come to the lesson, and has not had it; nobody who was stopped counts."""
    if lesson_id in progress.delivered or state == "stopped":
        return False
    if state == "finished" or lesson_id in progress.skipped_by_edit:
        return True
    if lesson_id in sequence.dated_ids:
        return False
    return sequence.places[lesson_id] < furthest_index(sequence, progress.counted)


def bonus_for(upcoming: UpcomingLesson, position: Position, now: datetime) -> Due | None:
    """When somebody who is past this lesson gets it all the same; None where its condition does not hold for her.

    The first of her days that is free, from today on, or from the end of her pause.
    """
    earliest = now if position.paused_until is None else max(now, position.paused_until)
    zone, progress = upcoming.reader.zone, upcoming.progress
    wanted = come_to(upcoming.sequence, upcoming.lesson, progress, local_date(earliest, zone))
    slot = after_edit(replace(upcoming, progress=wanted), earliest)
    gets, _ = stands(upcoming.lesson, position.facts, weeks_since(progress.started_on, slot.at, zone))
    return slot if gets else None


def bonuses(
    sequence: Sequence, lesson_ids: Collection[str], position: Position, calendar: Calendar, now: datetime
) -> tuple[tuple[tuple[Lesson, Due], ...], Progress]:
    """Which of these lessons one reader gets as a bonus and when, each on its own day; and the progress afterwards."""
    found: list[tuple[Lesson, Due]] = []
    progress = position.progress
    for lesson in sequence.lessons:
        if lesson.id not in lesson_ids or not is_past(sequence, lesson.id, progress, position.state):
            continue
        upcoming = UpcomingLesson(sequence, lesson, progress, position.reader, calendar, position.enrolment_id)
        slot = bonus_for(upcoming, position, now)
        if slot is None:
            continue
        found.append((lesson, slot))
        day = local_date(slot.at, position.reader.zone)
        last = day if progress.last_delivered_on is None else max(day, progress.last_delivered_on)
        last_on = progress.last_delivered_on if lesson.on is not None else last
        progress = replace(
            progress,
            delivered=progress.delivered | {lesson.id},
            skipped_by_edit=progress.skipped_by_edit | {lesson.id},
            last_delivered_on=last_on,
            busy_days=progress.busy_days | {day},
        )
    return tuple(found), progress
