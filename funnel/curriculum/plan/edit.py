"""One edit, applied to one position at a time: what comes next, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache

from funnel.curriculum.conditions import Facts
from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.plan.changes import day_in_words, inserted_behind
from funnel.curriculum.schedule.calendar import (
    ONE_DAY,
    Calendar,
    Due,
    Progress,
    ReaderClock,
    UpcomingLesson,
    has_begun,
    next_lesson,
)
from funnel.curriculum.schedule.late import after_edit
from funnel.curriculum.schedule.rounds import first_day, moved_round
from funnel.curriculum.schedule.slots import due
from funnel.curriculum.schedule.turns import candidates, soonest
from funnel.curriculum.walltime import local_date

_KEPT = 20_000
NO_FACTS = Facts()
# Stands for the minute an enrolment began where only its day counts: once it has had a lesson, no rule asks for it.
ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


_Days = tuple[date, int, date | None, frozenset[date]]
Member = tuple[str, str]
"""The enrolment id and the e-mail hint of a position."""


@dataclass(frozen=True, slots=True)
class Position:
    """One enrolment. `state` is active, paused, waiting, finished or stopped.

    `due_at` (UTC) is when its next lesson is due.
    `paused_until` (UTC) is the end of a pause of the reader's own. `apart` lists delivered lessons that were not
    simply received: (lesson id, passed_over, held, on_its_way or not_sent). `facts` answer conditions; their `weeks`
    mean nothing, for they are counted on each lesson's day.
    """

    enrolment_id: str
    email_hint: str
    progress: Progress
    reader: ReaderClock
    due_at: datetime | None
    state: str
    paused_until: datetime | None = None
    apart: frozenset[tuple[str, str]] = frozenset()
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class PositionGroup:
    """Positions that an edit treats alike: only the reader differs. `position` is one of the `members`."""

    position: Position
    members: list[Member]


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """What an edit does to one position: the next lesson (None: finished), its due time in UTC, and what to keep.

    `skipped_by_edit` is the enrolment's whole new set of lessons an edit put behind this reader. `moved` says that the
    due time differs from the one before, for the same lesson. `started_on` is the new first day of somebody whose round
    was moved; `undated` says that none is left to join, so that she waits until a date is set.
    """

    next_id: str | None
    due_at: datetime | None
    shift_days: int
    skipped_by_edit: frozenset[str]
    moved: bool
    started_on: date | None = None
    undated: bool = False

    def applied_to(self, progress: Progress) -> Progress:
        """The progress of this position once the edit is made."""
        return replace(
            progress,
            started_on=self.started_on or progress.started_on,
            shift_days=self.shift_days,
            skipped_by_edit=self.skipped_by_edit,
        )


class Edit:
    """One edit of a sequence, ready to be applied to any number of positions."""

    def __init__(self, old: Sequence, new: Sequence, calendar: Calendar, now: datetime | None) -> None:
        self.old, self.new = old, new
        self._calendar, self._now = calendar, now
        self._inserts = bool(new.places.keys() - old.places.keys()) or old.dated_ids != new.dated_ids
        self._dated = bool(old.dated or new.dated)
        self._retimed = {lesson.id for lesson in new.lessons if timing_differs(old, new, lesson)}
        # A hundred thousand readers stand at a few thousand different places, and each question is answered once.
        self._place = lru_cache(maxsize=_KEPT)(self._find_place)
        self._due = lru_cache(maxsize=_KEPT)(self._find_due)

    def outcome(self, position: Position) -> EditOutcome:
        """What the edit does to one position.

        The due time is kept when the position waits for the same lesson and its timing is as before: an edit of a text
        moves nobody. It is never before `now` (UTC), nor inside the reader's own pause; with `now` None, times are not
        held against the clock.
        """
        return self._outcome(position)[0]

    def outcomes(self, group: PositionGroup) -> Iterator[tuple[EditOutcome, list[Member]]]:
        """What the edit does to a group: one outcome for all members, or one for each where times are spread.

        Publishing applies exactly this.
        """
        outcome, is_spread = self._outcome(group.position)
        if not is_spread:
            yield outcome, group.members
            return
        for member in group.members:
            yield self.outcome(replace(group.position, enrolment_id=member[0])), [member]

    def _outcome(self, position: Position) -> tuple[EditOutcome, bool]:
        """What the edit does to one position, and whether the time is its own because times are spread."""
        progress = position.progress
        waited_for, lesson, skipped_by_edit = self._place(progress.delivered, progress.skipped_by_edit)
        if self._dated:
            waited_for = self._by_date(self.old, position, progress)
            lesson = self._by_date(self.new, position, replace(progress, skipped_by_edit=skipped_by_edit))
        if lesson is None:
            return EditOutcome(None, None, progress.shift_days, skipped_by_edit, False), False
        same = waited_for is not None and waited_for.id == lesson.id
        begins = self._first_day(position)
        if begins is None:
            return EditOutcome(lesson.id, None, 0, skipped_by_edit, same, undated=True), False
        stays = begins == progress.started_on
        keeps = same and position.due_at is not None and lesson.id not in self._retimed and stays
        # If nobody knows when her pause ends, her due time stands, if she has one or waits for the same lesson.
        rests = position.state != "active" and position.paused_until is None and (same or position.due_at is not None)
        if (rests and stays) or keeps:
            return EditOutcome(lesson.id, position.due_at, progress.shift_days, skipped_by_edit, False), False
        if not stays:
            progress = replace(progress, started_on=begins, shift_days=0)
        if skipped_by_edit != progress.skipped_by_edit:
            progress = replace(progress, skipped_by_edit=skipped_by_edit)
        upcoming = UpcomingLesson(self.new, lesson, progress, position.reader, self._calendar, position.enrolment_id)
        found = self._when(upcoming)
        earliest = self._earliest(position)
        if is_past := earliest is not None and found.at < earliest:
            found = after_edit(upcoming, earliest)
        moved = same and found.at != position.due_at
        moved_to = None if stays else begins
        return EditOutcome(lesson.id, found.at, found.shift_days, skipped_by_edit, moved, moved_to), is_past

    def _first_day(self, position: Position) -> date | None:
        """The position's first day after the edit: another one, if she waits for a round that was moved. None: none."""
        progress = position.progress
        waited_for = progress.started_on
        if (
            has_begun(self.old, progress.delivered)
            or self.old.rounds == self.new.rounds
            or waited_for not in self.old.rounds
        ):
            return waited_for
        today = waited_for - ONE_DAY if self._now is None else local_date(self._now, position.reader.zone)
        return moved_round(self.old, self.new, waited_for, today) if today < waited_for else waited_for

    def waited_for(self, position: Position) -> Lesson | None:
        """The lesson that would have been next without the edit."""
        if self._dated:
            return self._by_date(self.old, position, position.progress)
        return self._place(position.progress.delivered, position.progress.skipped_by_edit)[0]

    def _by_date(self, sequence: Sequence, position: Position, progress: Progress) -> Lesson | None:
        """The next lesson of one of the two, where some have dates of their own."""
        among = candidates(sequence, progress, position.reader, self._calendar, position.enrolment_id)
        found = soonest(among, self._earliest(position))
        return None if found is None else found[0].lesson

    def begins(self, position: Position) -> bool:
        """Whether a position that waits until a date is set can join a round now."""
        return self._now is not None and first_day(self.new, local_date(self._now, position.reader.zone)) is not None

    def retimes(self, lesson_id: str) -> bool:
        """Whether the edit can change when this lesson of the new sequence falls due."""
        return lesson_id in self._retimed

    def _earliest(self, position: Position) -> datetime | None:
        if self._now is None or position.paused_until is None:
            return self._now
        return max(self._now, position.paused_until)

    def _find_place(
        self, delivered: frozenset[str], skipped_by_edit: frozenset[str]
    ) -> tuple[Lesson | None, Lesson | None, frozenset[str]]:
        """The next lesson before the edit and after it, and what is behind the reader after it."""
        behind = (
            skipped_by_edit | inserted_behind(self.old, self.new, delivered, skipped_by_edit)
            if self._inserts
            else skipped_by_edit
        )
        return next_lesson(self.old, delivered, skipped_by_edit), next_lesson(self.new, delivered, behind), behind

    def _when(self, upcoming: UpcomingLesson) -> Due:
        if upcoming.goes_at_once:  # by the minute this reader began
            return due(upcoming)
        progress = upcoming.progress
        days = progress.started_on, progress.shift_days, progress.last_delivered_on, progress.busy_days
        return self._due(upcoming.lesson.id, progress.delivered, progress.skipped_by_edit, days, upcoming.reader)

    def _find_due(
        self,
        lesson_id: str,
        delivered: frozenset[str],
        skipped_by_edit: frozenset[str],
        days: _Days,
        reader: ReaderClock,
    ) -> Due:
        started_on, shift_days, last_delivered_on, busy_days = days
        progress = Progress(started_on, ANY_TIME, shift_days, delivered, last_delivered_on, busy_days, skipped_by_edit)
        lesson = self.new.lessons[self.new.places[lesson_id]]
        return due(UpcomingLesson(self.new, lesson, progress, reader, self._calendar))


def timing_differs(old: Sequence, new: Sequence, lesson: Lesson) -> bool:
    """Whether an edit can change when `lesson` of the new sequence falls due."""
    before = old.lesson(lesson.id)
    if before is None or old.send != new.send or day_in_words(before, old) != day_in_words(lesson, new):
        return True
    if lesson.on is not None:
        return False
    return old.days[lesson.id] != new.days[lesson.id]


def outcome_for(
    old: Sequence, new: Sequence, position: Position, calendar: Calendar, now: datetime | None
) -> EditOutcome:
    """What the edit from `old` to `new` does to one position; for many of them, make an `Edit` once."""
    return Edit(old, new, calendar, now).outcome(position)
