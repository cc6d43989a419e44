"""What a practice's folder says, as frozen values.

Every time of day is naive wall time (`datetime.time`), every date a local date; what zone they belong to is said by
`Send.zone`. Nothing here reads a clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from funnel.curriculum.links import https_origin
from funnel.curriculum.names import VIDEO_TYPES
from funnel.curriculum.problem import Problem, Severity


@dataclass(frozen=True, slots=True)
class Send:
    """When lessons of a sequence go out: wall time, weekdays (0 = Monday), and "reader", "practice" or an IANA zone."""

    at: time
    days: frozenset[int]
    zone: str


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What to do when late: beyond `late_after` the calendar shifts; what is caught up is spread over `spread_over`."""

    late_after: timedelta
    spread_over: timedelta


@dataclass(frozen=True, slots=True)
class Lesson:
    """One e-mail of a sequence. One of `day` and `after` is set; `body` starts on line `body_line` of `path`."""

    id: str
    path: str
    subjects: tuple[str, ...]
    subject_discreet: str | None
    preheader: str
    day: int | None
    after: timedelta | None
    at: time | None
    only_if: str | None
    content_note: str | None
    body: str
    body_line: int

    def to_json(self) -> dict[str, Any]:
        """Plain data; times as "HH:MM", spans in whole seconds."""
        return {
            "id": self.id,
            "path": self.path,
            "subjects": list(self.subjects),
            "subject_discreet": self.subject_discreet,
            "preheader": self.preheader,
            "day": self.day,
            "after": None if self.after is None else int(self.after.total_seconds()),
            "at": None if self.at is None else f"{self.at:%H:%M}",
            "only_if": self.only_if,
            "content_note": self.content_note,
            "body": self.body,
            "body_line": self.body_line,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lesson:
        """The lesson `to_json` was made from. Raises KeyError or ValueError when `data` is something else."""
        rest = {name: data[name] for name in _PLAIN_LESSON_FIELDS}
        return cls(
            subjects=tuple(data["subjects"]),
            after=None if data["after"] is None else timedelta(seconds=data["after"]),
            at=None if data["at"] is None else time.fromisoformat(data["at"]),
            **rest,
        )


_PLAIN_LESSON_FIELDS = (
    "id", "path", "subject_discreet", "preheader", "day", "only_if", "content_note", "body", "body_line",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sequence:
    """An ordered set of lessons, in the order in which they fall due.

    `days` and `places` are worked out: for each lesson id, days after the reader's first day, and place from 0.
    """

    slug: str
    title: str
    start_on: tuple[str, ...]
    for_offers: tuple[str, ...]
    send: Send
    catch_up: CatchUp
    stop_when: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    description: str
    days: Mapping[str, int] = field(init=False, repr=False, compare=False)
    places: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        days: dict[str, int] = {}
        reached = 0
        for lesson in self.lessons:
            reached = lesson.day if lesson.day is not None else reached + (lesson.after or timedelta()).days
            days[lesson.id] = reached
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "places", {lesson.id: place for place, lesson in enumerate(self.lessons)})

    def lesson(self, lesson_id: str) -> Lesson | None:
        """The lesson of that id, or None."""
        place = self.places.get(lesson_id)
        return None if place is None else self.lessons[place]

    def to_json(self) -> dict[str, Any]:
        """Plain data, as an edition stores it."""
        return {
            "slug": self.slug,
            "title": self.title,
            "start_on": list(self.start_on),
            "for_offers": list(self.for_offers),
            "send": {"at": f"{self.send.at:%H:%M}", "days": sorted(self.send.days), "zone": self.send.zone},
            "catch_up": {
                "late_after": int(self.catch_up.late_after.total_seconds()),
                "spread_over": int(self.catch_up.spread_over.total_seconds()),
            },
            "stop_when": list(self.stop_when),
            "lessons": [lesson.to_json() for lesson in self.lessons],
            "description": self.description,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sequence:
        """The sequence `to_json` was made from. Raises KeyError or ValueError when `data` is something else."""
        send, catch_up = data["send"], data["catch_up"]
        return cls(
            slug=data["slug"],
            title=data["title"],
            start_on=tuple(data["start_on"]),
            for_offers=tuple(data["for_offers"]),
            send=Send(time.fromisoformat(send["at"]), frozenset(send["days"]), send["zone"]),
            catch_up=CatchUp(
                timedelta(seconds=catch_up["late_after"]),
                timedelta(seconds=catch_up["spread_over"]),
            ),
            stop_when=tuple(data["stop_when"]),
            lessons=tuple(Lesson.from_json(lesson) for lesson in data["lessons"]),
            description=data["description"],
        )


def content_hash(sequence: Sequence) -> str:
    """SHA-256, in hex, of what the sequence says.

    Where a lesson stands on disk (`path`, `body_line`) is left out: renaming a file makes no new edition.
    """
    data = sequence.to_json()
    for lesson in data["lessons"]:
        del lesson["path"], lesson["body_line"]
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Offer:
    """What a visitor signs up for. `kind` is ebook, training, quiz or course; `extra` holds a quiz's own keys."""

    slug: str
    title: str
    kind: str
    open: bool
    teaser: str
    button: str
    consent: str
    thanks: str
    asset: str | None
    body: str
    extra: Mapping[str, Any] = field(default_factory=dict)


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
class Practice:
    """Whoever runs this, from practice.toml. `tracking` is none, clicks or full; `zone` an IANA name.

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


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the practice's own, served at /pages/<slug>.

    `listed` pages stand at the foot of every page; a link in a mail to an `untracked` one is never counted. `exit_to`
    is the https address that a button for leaving at once opens; "" for no button.
    """

    slug: str
    path: str
    title: str
    listed: bool
    untracked: bool
    body: str
    body_line: int
    exit_to: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """The front page. Pictures are file names below `assets/`, or "" for none, each with words to stand for it."""

    title: str
    lead: str
    picture: str
    picture_alt: str
    portrait: str
    portrait_alt: str
    logo: str
    logo_alt: str
    body: str
    body_line: int


@dataclass(frozen=True, slots=True)
class File:
    """A file of `assets/` as it is served: a picture made fit for mails, a text made into a PDF, or the file itself.

    `digest` is the SHA-256 of its bytes in hex, `size` counts them, `suffix` says what it is (".pdf"). A picture has
    its `width` and `height` in CSS pixels, everything else 0. `path` is where the bytes lie on the machine that read
    the folder; it is empty in an edition.
    """

    digest: str
    suffix: str
    size: int
    width: int = 0
    height: int = 0
    path: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """What it is kept and served as: made of its content, so what a name stands for never changes."""
        return f"{self.digest}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Training:
    """assets/<name>.toml: names of files below `assets/` or "", and `minutes`, 0 where none are said."""

    name: str
    title: str
    minutes: int
    stand_in: bool
    video: str  # such a name, or an https address
    captions: str
    chapters: str
    transcript: str
    poster: str

    @property
    def video_url(self) -> str | None:
        """The video's address where it lies elsewhere."""
        return self.video if "://" in self.video else None

    @property
    def video_type(self) -> str | None:
        """Its media type, for a file of the practice's or an address that ends like one; None: another site's page."""
        path = self.video.partition("?")[0].partition("#")[0] if self.video_url else self.video
        return next((kind for suffix, kind in VIDEO_TYPES.items() if path.lower().endswith(suffix)), None)

    @property
    def video_origin(self) -> str | None:
        """The site that the page has to be allowed to play from: a scheme, a host and a port; None: only our own."""
        return https_origin(self.video) if self.video_url and self.video_type else None


@dataclass(frozen=True, slots=True)
class Library:
    """The whole folder. `assets` are file names below `assets/`, such as "ebook.md"; `files` what they are served as.

    What is added to this or to what it holds needs a default, or an edition of before could not be read any more.
    `texts` are the files as they were typed, by path, but for the sequences', whose lessons hold all that was typed.
    """

    practice: Practice
    offers: Mapping[str, Offer]
    sequences: Mapping[str, Sequence]
    assets: frozenset[str]
    pages: Mapping[str, Page] = field(default_factory=dict)
    home: Home | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    trainings: Mapping[str, Training] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


__all__ = [
    "Booking",
    "CatchUp",
    "File",
    "Helpline",
    "Home",
    "Lesson",
    "Library",
    "Offer",
    "Page",
    "Practice",
    "Problem",
    "Send",
    "Sequence",
    "Severity",
    "Training",
    "content_hash",
]
