"""What people did, and remember of it, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


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
class LanguageChoice:
    """The press that chose this language."""

    language: str
    pressed: Press


@dataclass(frozen=True, slots=True)
class AddressMove:
    """The press by which the new address became hers, and the one by which the old one took that back, if it did."""

    to: str
    pressed: Press
    taken_back: Press | None = None


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
class Recalled:
    """What one person knows of themselves.

    `confirming` is taken before the button was pressed and `confirmed` after it was answered: the service's own time
    lies between the two. `left` is when leaving was answered. `began_again` is the press that started the course over.
    `email` is their first address; `choices` are the languages chosen, in order. `ticks_both`: both boxes
    are ticked where there are two. `agreed` is the press by which what may follow was agreed to later.
    `bought`: they never signed up, but bought the offer; `left` is then when that was given back.
    `answers` are what they chose at their offer's questions, as (question, value).
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
    choices: tuple[LanguageChoice, ...] = ()
    move: AddressMove | None = None
    ticks_both: bool = False
    agreed: Press | None = None
    bought: bool = False
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GuestDeeds:
    """What makes nobody a reader. By address: `asked` is which session each asked for by the form, and the page or
    lesson that led there; `changed` who changed it, and whether that was to cancel it.
    """

    asked: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    changed: Mapping[str, bool] = field(default_factory=dict)
    looked_for_help: int = 0


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the audience did over HTTP, counted by the audience. `opens` and `clicks` are by Message-ID.

    `came_by` and `confirmed_by` are people by their door and the source that was kept with it ("" for none);
    `links_asked` are the fresh links people asked for, by address, and `readings` what they read by them.

    `addresses_asked` is the other address that each wished for who did.

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
    addresses_asked: Mapping[str, str] = field(default_factory=dict)
    readings: tuple[RoomReading, ...] = ()
    guests: GuestDeeds = field(default_factory=GuestDeeds)
