"""Who runs this, as practice.toml says: names and addresses, what is measured, conversations and helplines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from funnel.curriculum.countries import country_in


@dataclass(frozen=True, slots=True)
class Helpline:
    """Where to find help in a crisis; `checked` is the date somebody last rang or looked, None where nobody has."""

    country: str
    name: str
    phone: str
    url: str
    hours: str
    checked: date | None


@dataclass(frozen=True, slots=True)
class Booking:
    """A kind of conversation one can book. `url` is empty when the practice has no calendar on the web."""

    key: str
    title: str
    minutes: int
    url: str


@dataclass(frozen=True, slots=True)
class PracticeWords:
    """What practice.toml says in another language; what is "" or not there is said as it is.

    `bookings` are titles by the names of conversations, `hours` of helplines by what is written of them.
    """

    replies: str = ""
    credentials: str = ""
    licence: str = ""
    also: str = ""
    bookings: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Practice:
    """Whoever runs this, from practice.toml. `tracking` is none, clicks, full or ask; `zone` an IANA name.

    `id` tells this practice from others, whatever it is called and wherever its folder lies; the starter has none.
    """

    name: str
    sender: str
    from_address: str
    reply_to: str
    postal_address: str
    zone: str
    quiet_days: frozenset[date]
    tracking: str
    language: str
    colours: Mapping[str, str]
    bookings: Mapping[str, Booking]
    helplines: tuple[Helpline, ...]
    id: str = ""
    replies: str = ""  # who reads answers, and how soon: a sentence at the foot of each lesson
    keep_replies: bool = False  # whether the words of answers are kept, encrypted
    remind: bool = False  # whether who has not confirmed after two days is reminded once
    wave: bool = True  # whether pages, the tab's icon and cards bear a wave in the practice's colours
    languages: tuple[str, ...] = ()  # in which readers are served beside `language`, which its texts are written in
    sites: tuple[str, ...] = ()  # the origins on whose pages its forms may stand
    words: Mapping[str, PracticeWords] = field(default_factory=dict)  # by language
    credentials: str = ""  # behind the name of whoever writes: MA, LMFT
    licence: str = ""  # who gave it, and its number: a line below each mail
    also: str = ""  # a second service under another name: a line
    sender_discreet: str = ""  # the name in the From line of discreet mail; "" for that of all mail

    def sender_of(self, *, discreet: bool) -> str:
        """The name in the From line."""
        return (self.sender_discreet if discreet else "") or self.sender

    @property
    def with_credentials(self) -> str:
        """The name of whoever writes, and what stands behind it; the name alone is "" here, for it stands elsewhere."""
        return f"{self.sender}, {self.credentials}" if self.credentials else ""

    @property
    def spoken(self) -> tuple[str, ...]:
        """Every language in which readers are served, its own first."""
        return (self.language, *self.languages)

    def in_language(self, code: str) -> Practice:
        """The same as readers of this language get it; unchanged where they are not served in it.

        Countries whose names are known have those of the language; name, sender and addresses are the same in all.
        """
        if code == self.language or code not in self.languages:
            return self
        said = self.words.get(code, PracticeWords())
        return replace(
            self,
            language=code,
            languages=tuple(each for each in self.spoken if each != code),
            replies=said.replies or self.replies,
            credentials=said.credentials or self.credentials,
            licence=said.licence or self.licence,
            also=said.also or self.also,
            bookings={
                key: replace(booking, title=said.bookings.get(key, booking.title))
                for key, booking in self.bookings.items()
            },
            helplines=tuple(
                replace(
                    line,
                    country=country_in(code, line.country, *self.spoken),
                    hours=said.hours.get(line.hours, line.hours),
                )
                for line in self.helplines
            ),
        )
