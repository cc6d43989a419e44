"""What a practice's folder says, as frozen values.

Every time of day is naive wall time (`datetime.time`), every date a local date; what zone they belong to is said by
`Send.zone`. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

from funnel.curriculum.files import File, Training
from funnel.curriculum.help import FindingHelp
from funnel.curriculum.practice import Practice
from funnel.curriculum.problem import Problem, Severity
from funnel.curriculum.questions import Question, asked_questions, sensitive_names
from funnel.curriculum.quiz import Quiz
from funnel.curriculum.sessions import SessionList
from funnel.language import spoken


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
    """One e-mail of a sequence. One of `day`, `after` and `on` is set; `body` starts on line `body_line` of `path`.

    A lesson with `on` is dated: it goes on that local date to whoever is on the way by then, beside the calendar.
    """

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
    translations: tuple[tuple[str, Lesson], ...] = ()  # what its siblings say, by language
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """An ordered set of lessons, in the order in which they fall due; dated ones after the one their file follows.

    A sequence with `rounds` begins together on each of these dates, on every reader's own wall; who comes at most
    `closes` days late still joins. `days`, `places` and `dated` are worked out: for each lesson id, days after the
    reader's first day, and place from 0; and the dated lessons, earliest first. The days of those say only where they
    stand.
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
    titles: tuple[tuple[str, str], ...] = ()  # its title in other languages
    rounds: tuple[date, ...] = ()  # in order
    closes: int = 0
    days: Mapping[str, int] = field(init=False, repr=False, compare=False)
    places: Mapping[str, int] = field(init=False, repr=False, compare=False)
    dated: tuple[Lesson, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        days: dict[str, int] = {}
        reached = 0
        for lesson in self.lessons:
            reached = lesson.day if lesson.day is not None else reached + (lesson.after or timedelta()).days
            days[lesson.id] = reached
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "places", {lesson.id: place for place, lesson in enumerate(self.lessons)})
        dated = ((lesson.on, lesson) for lesson in self.lessons if lesson.on is not None)
        object.__setattr__(self, "dated", tuple(lesson for _, lesson in sorted(dated, key=lambda pair: pair[0])))

    @property
    def dated_ids(self) -> frozenset[str]:
        """The ids of its dated lessons."""
        return frozenset(lesson.id for lesson in self.dated)

    @property
    def said_title(self) -> str:
        """Its title in the language that is spoken, as far as it has one in it."""
        return dict(self.titles).get(spoken(), self.title) if self.titles else self.title

    def lesson(self, lesson_id: str) -> Lesson | None:
        """The lesson of that id, or None."""
        place = self.places.get(lesson_id)
        return None if place is None else self.lessons[place]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a visitor signs up for. `kind` is ebook, training, quiz or course; a quiz has its `quiz`.

    `followed_by` is the sequence that a second box asks for, with `followed_by_consent` beside it; "" for no box.
    `thanks_url` and `confirmed_url` are pages of the practice's own after signing up and confirming; "" for ours.
    What is `paid` has no form: its page leads to the practice's own `checkout`, and a purchase is noted there.
    """

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
    quiz: Quiz | None = None
    followed_by: str = ""
    followed_by_consent: str = ""
    thanks_url: str = ""
    confirmed_url: str = ""
    questions: tuple[Question, ...] = ()
    paid: bool = False
    price: str = ""  # as readers see it; what is sold has one
    checkout: str = ""

    @property
    def on_its_page_only(self) -> bool:
        """Whether other sites only lead to its page: there stand a quiz's statements, and the way to a checkout."""
        return self.kind == "quiz" or self.paid


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
    signature: str = ""
    signature_alt: str = ""

    @property
    def pictures(self) -> tuple[str, ...]:
        """The names of all its pictures."""
        return tuple(filter(None, (self.picture, self.portrait, self.logo, self.signature)))


@dataclass(frozen=True, slots=True)
class NightAnswer:
    """What somebody hears who writes while nobody reads, from replies.md. Paragraphs of `body` part by an empty line.

    Answers are read from `opens` to `closes`, wall time in the practice's zone, on `days` (0 = Monday), but for the
    practice's quiet days.
    """

    subject: str
    opens: time
    closes: time
    days: frozenset[int]
    body: str


@dataclass(frozen=True, slots=True)
class Translated:
    """What of a folder is written in another language too, beside its sequences. The rest is said as it is."""

    offers: Mapping[str, Offer] = field(default_factory=dict)
    pages: Mapping[str, Page] = field(default_factory=dict)
    home: Home | None = None
    night: NightAnswer | None = None
    trainings: Mapping[str, Training] = field(default_factory=dict)
    help: Mapping[str, str] = field(default_factory=dict)  # texts of help.toml
    sessions: Mapping[str, str] = field(default_factory=dict)  # texts of sessions.toml


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
    night: NightAnswer | None = None
    translated: Mapping[str, Translated] = field(default_factory=dict)
    help: FindingHelp | None = None
    sessions: SessionList | None = None

    def in_language(self, code: str) -> Library:
        """The same as readers of this language get it; unchanged where they are not served in it."""
        practice = self.practice.in_language(code)
        if practice is self.practice:
            return self
        said = self.translated.get(code, Translated())
        return replace(
            self,
            practice=practice,
            offers={**self.offers, **said.offers},
            pages={**self.pages, **said.pages},
            home=said.home or self.home,
            night=said.night or self.night,
            trainings={**self.trainings, **said.trainings},
            help=None if self.help is None else self.help.said_in(code, said.help, self.practice.spoken),
            sessions=None if self.sessions is None else self.sessions.said_in(said.sessions),
        )

    @property
    def help_addresses(self) -> tuple[str, ...]:
        """The web addresses that help.toml lists."""
        return () if self.help is None else self.help.addresses()

    @property
    def questions(self) -> dict[str, Question]:
        """Every question of its offers by name; one that any offer calls sensitive is."""
        asked, sensitive = asked_questions(offer.questions for offer in self.offers.values()), self.sensitive
        return {name: replace(each, sensitive=name in sensitive) for name, each in asked.items()}

    @property
    def sensitive(self) -> frozenset[str]:
        """The names of the questions whose answers nobody else is to know."""
        return sensitive_names(offer.questions for offer in self.offers.values())

    @property
    def every_training(self) -> tuple[Training, ...]:
        """Its trainings in all languages."""
        said = (training for each in self.translated.values() for training in each.trainings.values())
        return (*self.trainings.values(), *said)


__all__ = [
    "CatchUp",
    "File",
    "Home",
    "Lesson",
    "Library",
    "NightAnswer",
    "Offer",
    "Page",
    "Problem",
    "Send",
    "Sequence",
    "Severity",
    "Training",
    "Translated",
]
