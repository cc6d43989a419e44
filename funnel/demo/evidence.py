"""What the demonstration knows, as plain values: the service's rows, the catcher's mail, and what people did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

ACCEPTED, FAILED, SKIPPED = "accepted", "failed", "skipped"


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks, aware UTC: `machine` is the computer's, `story` the one that runs fast."""

    machine: datetime
    story: datetime


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed: the service's own time of it lies between `before` and `after`."""

    before: Moment
    after: Moment


@dataclass(frozen=True, slots=True)
class Pause:
    """A break of so many weeks, and the press that ended it sooner, if one did."""

    pressed: Press
    weeks: int
    went_on: Press | None = None

    @property
    def lasts_until(self) -> datetime:
        """The story time up to which it surely lasted."""
        runs_out = self.pressed.before.story + timedelta(weeks=self.weeks)
        return runs_out if self.went_on is None else min(runs_out, self.went_on.before.story)

    @property
    def over_by(self) -> datetime:
        """The story time at which it was surely over."""
        runs_out = self.pressed.after.story + timedelta(weeks=self.weeks)
        return runs_out if self.went_on is None else min(runs_out, self.went_on.after.story)


@dataclass(frozen=True, slots=True)
class ListedLetter:
    """A letter as a room lists it: the number of its delivery, and its subject."""

    number: int
    subject: str


@dataclass(frozen=True, slots=True)
class RoomReading:
    """Somebody saw between these moments what her room lists, and read all of it."""

    email: str
    seen: Press
    letters: tuple[ListedLetter, ...]


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One delivery row. `due` is the time of its next attempt; all times are story time, aware UTC.

    `round` says which time it is that this person goes through the sequence, 0 for what is no lesson.
    """

    id: int
    message_id: str
    email: str
    kind: str
    state: str
    created_at: datetime
    due: datetime
    offer: str | None = None
    sequence: str | None = None
    lesson_id: str | None = None
    reason: str = ""
    ended_at: datetime | None = None
    round: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What its mail is recognised by."""
        return self.message_id, self.email.casefold()

    @property
    def name(self) -> str:
        """How people call this mail: `anxious-attachment/name-the-alarm`, or `confirmation`."""
        return f"{self.sequence}/{self.lesson_id}" if self.lesson_id else self.kind


@dataclass(frozen=True, slots=True)
class SeenEnrolment:
    """One person's way through one sequence, as the service has it. `due` is its next lesson's time, if it has one."""

    email: str
    sequence: str
    state: str
    due: datetime | None
    round: int = 1


@dataclass(frozen=True, slots=True)
class CaughtFile:
    """One mail in the catcher's folder: to whom the envelope was addressed, and when it came in (machine time)."""

    message_id: str
    recipient: str
    at: datetime
    file: str
    subject: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What it is recognised by."""
        return self.message_id, self.recipient.casefold()


@dataclass(frozen=True, slots=True)
class Recalled:
    """What one person knows of themselves.

    `confirming` is taken before the button was pressed and `confirmed` after it was answered: the service's own time
    lies between the two. `left` is when leaving was answered. `began_again` is the press that started the course over.
    """

    email: str
    zone: str
    offer: str
    confirming: Moment | None = None
    confirmed: Moment | None = None
    left: Moment | None = None
    refuses: bool = False
    pause: Pause | None = None
    began_again: Press | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """One lesson a reader should have by the calendar: never before `earliest`, surely by `latest` (story, UTC).

    `after_a_break` is the earliest time of one that was not yet made due when the reader took her break, None where she
    took none. `round` says which time it is that she goes through the sequence.
    """

    email: str
    sequence: str
    lesson_id: str
    earliest: datetime
    latest: datetime
    round: int = 1
    after_a_break: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the audience did over HTTP, counted by the audience. `opens` and `clicks` are by Message-ID.

    `came_by` and `confirmed_by` are people by their door and the source that was kept with it ("" for none);
    `links_asked` are the fresh links people asked for, by address, and `readings` what they read by them.

    `keeping` is what the quiz of each came to who agreed to have it kept, by address.
    """

    visits: Mapping[str, int] = field(default_factory=dict)
    begun: Mapping[str, int] = field(default_factory=dict)
    answered: Mapping[str, int] = field(default_factory=dict)
    signups: Mapping[str, int] = field(default_factory=dict)
    confirmed: Mapping[str, int] = field(default_factory=dict)
    booked: Mapping[str, int] = field(default_factory=dict)
    opens: Mapping[str, int] = field(default_factory=dict)
    clicks: Mapping[str, int] = field(default_factory=dict)
    downloads: int = 0
    cancelled: int = 0
    asked_again: int = 0
    keeping: Mapping[str, str] = field(default_factory=dict)
    came_by: Mapping[tuple[str, str], int] = field(default_factory=dict)
    confirmed_by: Mapping[tuple[str, str], int] = field(default_factory=dict)
    links_asked: Mapping[str, int] = field(default_factory=dict)
    readings: tuple[RoomReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What the service says. `funnel` is offer → stage, `lessons` (sequence, lesson) → measure, both as the dashboard
    shows them; `opens` and `clicks` are Message-ID → actor → hits, from the stored events; `disagreements` are the
    service's own sentences about counters that do not match its rows."""

    funnel: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    lessons: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    opens: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    clicks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    downloads: int = 0
    results: Mapping[str, str] = field(default_factory=dict)  # of quizzes, that are kept and count, by address
    sources: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # asked and confirmed, by source
    paused_until: Mapping[str, datetime] = field(default_factory=dict)  # of those who have, or had, a break
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything `reconcile` compares, taken when the service was at rest.

    `ends` is the story time up to which things had to be done. `leaving_takes` is how long (machine time) a mail that
    was already on the wire when somebody left may still take to arrive. `rate` is story seconds per machine second.
    """

    rows: tuple[SeenRow, ...]
    caught: tuple[CaughtFile, ...]
    people: Mapping[str, Recalled]
    expected: tuple[Expected, ...]
    ends: datetime
    deeds: Deeds = field(default_factory=Deeds)
    figures: Figures = field(default_factory=Figures)
    enrolments: tuple[SeenEnrolment, ...] = ()
    staff: frozenset[str] = frozenset()
    leaving_takes: timedelta = timedelta(seconds=2)
    rate: float = 1.0


class Fault(StrEnum):
    """What sort of disagreement it is."""

    DUPLICATE = "duplicate"
    MISSING = "missing"
    UNASKED = "unasked"
    AFTER_LEAVING = "after leaving"
    REFUSED = "refused"
    EARLY = "early"
    IN_A_BREAK = "in a break"
    STATE = "state"
    FIGURE = "figure"
    AUDIENCE = "audience"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One thing that does not agree, as a sentence for the report."""

    kind: Fault
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


def totals(by_message: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    """Hits by actor over all mails."""
    counted: Counter[str] = Counter()
    for actors in by_message.values():
        counted.update(actors)
    return counted
