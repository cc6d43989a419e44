"""What an edit means for each enrolment, said once more from the rows and the written rules, not by the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum import Lesson, Sequence
from funnel.models import Delivery, Enrolment, Lead

OPEN = ("waiting", "claimed", "handing_over", "unknown", "held")
ONE_DAY = timedelta(days=1)
SPREAD = timedelta(hours=4)
LATE = timedelta(days=3)


@dataclass
class Known:
    """What conditions ask for of one reader."""

    booked: bool
    evening: bool
    opened: set[str] = field(default_factory=set)


@dataclass
class Seen:
    """One enrolment as its rows have it. `dealt` maps lesson ids to the reader's local date, None where it was skipped.

    `became` maps them to what the plan calls what became of them; `known` is what conditions ask for.
    """

    id: int
    lead_id: int
    sequence: str
    state: str
    zone: str
    slower: bool
    paused_until: datetime | None
    known: Known
    started_on: date
    started_at: datetime
    shift_days: int
    skipped_by_edit: frozenset[str]
    due_at: datetime | None
    dealt: dict[str, date | None] = field(default_factory=dict)
    became: dict[str, str] = field(default_factory=dict)
    undecided: int = 0
    busy: set[date] = field(default_factory=set)

    @property
    def under_way(self) -> bool:
        return self.state == "active"

    @property
    def resting(self) -> bool:
        return self.paused_until is not None

    @property
    def last(self) -> date | None:
        return max((day for day in self.dealt.values() if day is not None), default=None)

    def calendar(self) -> tuple[object, ...]:
        """What publishing may change."""
        return self.due_at, self.shift_days, self.skipped_by_edit


def look(session: Session, practice_zone: str, now: datetime) -> dict[int, Seen]:
    """All walks by their number."""
    enrolments: dict[int, Seen] = {}
    for progress, lead in session.execute(select(Enrolment, Lead).join(Lead, Lead.id == Enrolment.lead_id)):
        enrolments[progress.id] = Seen(
            id=progress.id,
            lead_id=lead.id,
            sequence=progress.sequence,
            state=progress.state,
            zone=lead.zone or practice_zone,
            slower=lead.slower,
            paused_until=lead.paused_until if lead.paused_until is not None and lead.paused_until > now else None,
            known=Known(lead.booked_at is not None, "evening" in lead.tags),
            started_on=progress.started_on,
            started_at=progress.started_at,
            shift_days=progress.shift_days,
            skipped_by_edit=frozenset(progress.skipped_by_edit),
            due_at=progress.due_at,
        )
    for row in session.scalars(select(Delivery).order_by(Delivery.id)):
        assert row.lesson_id is not None
        assert row.enrolment_id is not None
        seen = enrolments[row.enrolment_id]
        seen.dealt[row.lesson_id] = None if row.state == "skipped" else row.local_date
        seen.became[row.lesson_id] = _became(row)
        seen.undecided += row.state in OPEN
        if row.opened_at is not None:
            for other in enrolments.values():
                if other.lead_id == seen.lead_id:
                    other.known.opened.add(row.lesson_id)
        if row.state != "skipped" and row.local_date is not None:
            for other in enrolments.values():
                if other.lead_id == seen.lead_id:
                    other.busy.add(row.local_date)
    return enrolments


def _became(row: Delivery) -> str:
    if row.state == "skipped":
        return "passed_over" if row.reason.startswith("passed over") else "not_sent"
    if row.state in ("unknown", "held"):
        return "held"
    return {"accepted": "had", "failed": "not_sent"}.get(row.state, "on_its_way")


def holds(lesson: Lesson, known: Known) -> bool:
    """Whether its condition holds today, for the conditions that stories are made of."""
    answers = {
        None: True,
        "booked": known.booked,
        "not booked": not known.booked,
        "'evening' in tags": known.evening,
        "opened('l0')": "l0" in known.opened,
    }
    return answers[lesson.only_if]


def may_hold(lesson: Lesson, known: Known) -> bool:
    """Whether it holds or can still come to hold: all but not to have booked can."""
    return lesson.only_if != "not booked" or not known.booked


def furthest(sequence: Sequence, dealt: Iterable[str], behind: Iterable[str] = ()) -> int:
    """The place of the last lesson in order that a reader has handled; -1 for none. A bonus is behind her."""
    order = [lesson.id for lesson in sequence.lessons]
    return max((order.index(each) for each in set(dealt) - set(behind) if each in order), default=-1)


def next_of(sequence: Sequence, dealt: Iterable[str], behind: Iterable[str]) -> Lesson | None:
    """The first lesson after the furthest one, but for what edits have put behind this reader."""
    left_out = set(behind)
    ahead = sequence.lessons[furthest(sequence, dealt, left_out) + 1 :]
    return next((lesson for lesson in ahead if lesson.id not in left_out), None)


def ahead_of(sequence: Sequence, dealt: Iterable[str], behind: Iterable[str]) -> list[Lesson]:
    """All of them, in order."""
    left_out = set(behind)
    ahead = sequence.lessons[furthest(sequence, dealt, left_out) + 1 :]
    return [lesson for lesson in ahead if lesson.id not in left_out]


def put_behind(old: Sequence, new: Sequence, dealt: Mapping[str, object], behind: Iterable[str]) -> set[str]:
    """What this edit inserts where the reader has been already. A place that is itself gone is known by its day."""
    been = furthest(old, dealt, behind)
    if been < 0:
        return set()
    known = {lesson.id for lesson in old.lessons}
    at = furthest(new, dealt, behind)
    fresh = [(n, lesson.id) for n, lesson in enumerate(new.lessons) if lesson.id not in known | set(dealt)]
    found = {name for n, name in fresh if n < at}
    place = old.lessons[been].id
    if place not in {lesson.id for lesson in new.lessons}:
        day = days_of(old)[place]
        found |= {name for _, name in fresh if days_of(new)[name] <= day}
    return found


def days_of(sequence: Sequence) -> dict[str, int]:
    """For each lesson, the days after the first day."""
    days: dict[str, int] = {}
    reached = 0
    for lesson in sequence.lessons:
        reached = lesson.day if lesson.day is not None else reached + (lesson.after or timedelta()) // ONE_DAY
        days[lesson.id] = reached
    return days


@dataclass(frozen=True)
class Calendar:
    """When a lesson falls due for a reader, from the rows alone."""

    practice_zone: str
    quiet: frozenset[date]

    def agrees(self, sequence: Sequence, lesson: Lesson, progress: Seen, due_at: datetime, now: datetime) -> bool:
        """Whether this due time is the one the rules give at `now`: on the calendar, or in the next slot's spread."""
        wanted = self.on_calendar(sequence, lesson, progress)
        if wanted >= now:
            return due_at == wanted
        today = now.astimezone(ZoneInfo(progress.zone)).date()
        free = today not in progress.busy and (progress.last is None or today > progress.last)
        if self._asked_for_just_now(lesson, progress) and free and now - wanted <= LATE:
            return due_at == now
        zone = self._zone(sequence, progress)
        day = self._allowed(sequence, lesson, progress, now.astimezone(zone).date())
        slot = self._slot(sequence, lesson, progress, day)
        if slot < now:
            slot = self._slot(sequence, lesson, progress, self._allowed(sequence, lesson, progress, day + ONE_DAY))
        same_day = all(
            due_at.astimezone(each).date() == slot.astimezone(each).date() for each in (zone, ZoneInfo(progress.zone))
        )
        return slot <= due_at < slot + SPREAD and same_day

    def on_calendar(self, sequence: Sequence, lesson: Lesson, progress: Seen) -> datetime:
        """The minute the reader's calendar gives, which may be past."""
        if self._asked_for_just_now(lesson, progress) and progress.started_on not in progress.busy:
            return progress.started_at
        days = days_of(sequence)
        day = progress.started_on + timedelta(days=days[lesson.id] + progress.shift_days)
        if progress.last is not None and lesson.after is not None:
            day = max(day, progress.last + lesson.after)
        if progress.last is not None and progress.slower:
            place = furthest(sequence, progress.dealt, progress.skipped_by_edit)
            gap = days[lesson.id] - (days[sequence.lessons[place].id] if place >= 0 else 0)
            day = max(day, progress.last + timedelta(days=2 * gap))
        return self._slot(sequence, lesson, progress, self._allowed(sequence, lesson, progress, day))

    @staticmethod
    def _asked_for_just_now(lesson: Lesson, progress: Seen) -> bool:
        return lesson.day == 0 and not progress.dealt and progress.shift_days == 0

    def _zone(self, sequence: Sequence, progress: Seen) -> ZoneInfo:
        names = {"reader": progress.zone, "practice": self.practice_zone}
        return ZoneInfo(names.get(sequence.send.zone, sequence.send.zone))

    def _slot(self, sequence: Sequence, lesson: Lesson, progress: Seen, day: date) -> datetime:
        at: time = lesson.at or sequence.send.at
        return datetime.combine(day, at, self._zone(sequence, progress)).astimezone(ZoneInfo("UTC"))

    def _allowed(self, sequence: Sequence, lesson: Lesson, progress: Seen, day: date) -> date:
        """The first day from this one on that is a sending day, no quiet one, and free for this reader."""
        while True:
            hers = self._slot(sequence, lesson, progress, day).astimezone(ZoneInfo(progress.zone)).date()
            free = hers not in progress.busy and (progress.last is None or hers > progress.last)
            if free and day.weekday() in sequence.send.days and day not in self.quiet:
                return day
            day += ONE_DAY
