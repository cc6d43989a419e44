"""What the demonstration knows, as plain values: the service's rows, the catcher's mail, and what people did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from funnel.curriculum import Sequence
from funnel.demo.deeds import Deeds, Recalled

ACCEPTED, FAILED, SKIPPED = "accepted", "failed", "skipped"
RECEIPT = "session"
"""The kind of all mail about a session that was asked for by the form."""


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
    """One person's way through one sequence, as the service has it. `due` is its next lesson's time, if it has one.

    `began_on` is day 0 on the reader's wall.
    """

    email: str
    sequence: str
    state: str
    due: datetime | None
    round: int = 1
    began_on: date | None = None


@dataclass(frozen=True, slots=True)
class CaughtFile:
    """One mail in the catcher's folder: whose it is, by their first address, and when it came in (machine time).

    `address` is what stood on the envelope, `language` what the mail says it is written in, `texts` what was written,
    paragraph by paragraph, without the footer.
    """

    message_id: str
    recipient: str
    at: datetime
    file: str
    subject: str = ""
    address: str = ""
    language: str = ""
    texts: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What it is recognised by."""
        return self.message_id, self.recipient.casefold()


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
    addresses: Mapping[str, str] = field(default_factory=dict)  # where each reader is written to, by the first address
    languages: Mapping[str, str] = field(default_factory=dict)  # of each reader
    sessions: Mapping[tuple[str, str], int] = field(default_factory=dict)  # asked for, by session and source
    purchases: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # and how many given back, by offer
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything `reconcile` compares, taken when the service was at rest.

    `ends` is the story time up to which things had to be done. `followers` are the sequences that begin where another
    has ended, `guests` those who are on no list,
    `together` the sequences whose round is chosen by confirming, `dated` the days of lessons with one of their own,
    `sold` the sequences that are. `leaving_takes` is how long (machine time) a mail that
    was already on the wire when somebody left may still take to arrive. `rate` is story seconds per machine second.
    `written_in` are the languages the practice serves, its own first, `lessons_in` those of each (sequence, lesson).
    `speaking` are the words by which a (sequence, lesson) speaks to an answer, as (question, value).
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
    guests: frozenset[str] = frozenset()
    followers: frozenset[str] = frozenset()
    together: Mapping[str, Sequence] = field(default_factory=dict)
    dated: Mapping[tuple[str, str], date] = field(default_factory=dict)
    sold: frozenset[str] = frozenset()
    leaving_takes: timedelta = timedelta(seconds=2)
    rate: float = 1.0
    written_in: tuple[str, ...] = ()
    lessons_in: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    speaking: Mapping[tuple[str, str], Mapping[tuple[str, str], str]] = field(default_factory=dict)


class Fault(StrEnum):
    """What sort of disagreement it is."""

    DUPLICATE = "duplicate"
    MISSING = "missing"
    UNASKED = "unasked"
    AFTER_LEAVING = "after leaving"
    REFUSED = "refused"
    EARLY = "early"
    ROUND = "round"
    DATED = "dated"
    ANSWER = "answer"
    IN_A_BREAK = "in a break"
    ADDRESS = "address"
    LANGUAGE = "language"
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
