"""What the demonstration knows, as plain values: the service's rows, the catcher's mail, and what people did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks, aware UTC: `machine` is the computer's, `story` the one that runs fast."""

    machine: datetime
    story: datetime


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One delivery row. `due` is the time of its next attempt; all times are story time, aware UTC."""

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


@dataclass(frozen=True, slots=True)
class CaughtFile:
    """One mail in the catcher's folder: to whom the envelope was addressed, and when it came in (machine time)."""

    message_id: str
    recipient: str
    at: datetime
    file: str


@dataclass(frozen=True, slots=True)
class Recalled:
    """What one person knows of themselves.

    `confirming` is taken before the button was pressed and `confirmed` after it was answered: the service's own time
    lies between the two. `left` is when leaving was answered.
    """

    email: str
    zone: str
    offer: str
    confirming: Moment | None = None
    confirmed: Moment | None = None
    left: Moment | None = None
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """One lesson a reader should have by the calendar: never before `earliest`, surely by `latest` (story, UTC)."""

    email: str
    sequence: str
    lesson_id: str
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the audience did over HTTP, counted by the audience. `opens` and `clicks` are by Message-ID.

    `came_by` and `confirmed_by` are people by their door and the source that was kept with it ("" for none).

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
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything `reconcile` compares, taken when the service was at rest.

    `ends` is the story time up to which things had to be done. `leaving_takes` is how long (machine time) a mail that
    was already on the wire when somebody left may still take to arrive.
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


class Fault(StrEnum):
    """What sort of disagreement it is."""

    DUPLICATE = "duplicate"
    MISSING = "missing"
    UNASKED = "unasked"
    AFTER_LEAVING = "after leaving"
    REFUSED = "refused"
    EARLY = "early"
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
