"""Who plays: the cast by name, then numbered people, each with habits drawn from the seed. Data, no action."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from funnel.curriculum import Offer
from funnel.curriculum.quiz import LINES, Quiz, score
from funnel.demo.answering import Answered, drawn_answers
from funnel.demo.doors import Door
from funnel.demo.guests import Guest, make_guests
from funnel.demo.rounds import IN_TIME, TOGETHER, TOO_LATE
from funnel.demo.ways import LanguageHabits, MoveHabits, PauseHabits, QuizHabits, StopsAt

FEWEST = 8
# How many take up an offer of each kind.
_KINDS = {"ebook": 4, "training": 3, "course": 3, "quiz": 3}
# Sixty people come in five days, more take longer; but all within an eighth of the time.
_ARRIVALS_OF_SIXTY = timedelta(days=5)

_ZONES = (
    "Europe/Dublin", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/Los_Angeles",
    "America/Sao_Paulo", "Africa/Lagos", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
# Some leave the field empty, and some names are hard on software.
_NAMES = ("Hana", "Ines", "", "Zoë", "Jonas", "O'Neill", "Kemal", "*<b>Bob", "Mara", "Nils", "", "Renée", "{{ Tom }}")
_SOURCES = ("newsletter", "search", "friend", "podcast")
# How many come by each door.
_DOORS = {Door.PAGE: 9, Door.PROGRAM: 3, Door.LINK: 2, Door.FORM: 2, Door.FRAME: 2, Door.SCRIPT: 2}
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
)
# Who takes the quiz whatever chance says: whether they have the result kept, and where they stop.
_QUIZ_PARTS = {
    8: (True, StopsAt.NOWHERE),
    9: (False, StopsAt.NOWHERE),
    10: (False, StopsAt.ANSWERED),
    11: (False, StopsAt.BEGUN),
}
# Up to here people have parts of their own; of those after them so many take a break, or read again what they had.
_LAST_PART = 18
_TAKE_A_BREAK, _READ_AGAIN = 0.2, 0.2
_CHANGE_LANGUAGE, _MOVE = 0.15, 0.12
_TOGETHER = 6  # after those with parts, so many take the course that begins together
_TICK_BOTH, _AGREE_LATER = 0.35, 0.3
_ASK_FOR_SESSION = 0.3
_ANSWERS_EACH = 0.97  # the chance that a statement is answered
# Who has this one part alone.
_PLAIN: Mapping[str, Any] = {
    "door": Door.PAGE, "leaves_after": None, "pauses": None, "reads_after": None, "moves": None, "language": None,
    "ticks_both": False, "agrees_later": False, "asks_for_session": False,
}  # fmt: skip
_ASKS: Mapping[str, Any] = {"asks_for_session": True}
# A scanner does not say that it is one.
SCANNER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/112.0.0.0 Safari/537.36"


@dataclass(frozen=True, slots=True)
class Person:
    """One person and their habits. `arrives` is story time after the beginning; chances are from 0 to 1.

    `source` is the campaign whose link led to our own page, where that was their door.

    `scanned`: a machine in front of the mailbox fetches everything in a mail at once. `leaves_after`: how many lessons
    it takes until this person leaves by one click. `changes_mind`: cancels what was booked, and asks again.
    `reads_after`: after so many lessons asks for the link to the whole room, and reads again what was sent.
    `begins_again`: starts the course over once it has ended. `language` and `moves`: what they change in their room.
    `ticks_both`: agrees, where the form asks, to what may follow; `agrees_later`: by the link in a letter.
    `asks_for_session`: by the link in a letter, too. `answers` are what they choose at the offer's questions.
    """

    email: str
    first_name: str
    zone: str
    offer: str
    arrives: timedelta
    browser: str
    source: str
    door: Door = Door.PAGE
    confirms: bool = True
    scanned: bool = False
    refuses: bool = False
    signs_up_twice: bool = False
    books: bool = False
    changes_mind: bool = False
    leaves_after: int | None = None
    opens: float = 0.7
    clicks: float = 0.3
    may_be_measured: bool = True
    takes_it: bool = True
    watches: int = 0
    quiz: QuizHabits | None = None
    pauses: PauseHabits | None = None
    reads_after: int | None = None
    begins_again: bool = False
    language: LanguageHabits | None = None
    moves: MoveHabits | None = None
    ticks_both: bool = False
    agrees_later: bool = False
    asks_for_session: bool = False
    answers: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who plays, the seed that all chance comes from, and the guests, who sign up for nothing."""

    people: tuple[Person, ...]
    seed: int
    guests: tuple[Guest, ...] = ()

    @property
    def known_by(self) -> dict[str, str]:
        """By every address of theirs, in small letters, the one people are known by here, which is their first."""
        first = {each.email: each.email for each in self.people}
        return first | {each.moves.to: each.email for each in self.people if each.moves is not None}


def make_audience(count: int, offers: Sequence[Offer], weeks: int, seed: int) -> Audience:
    """`count` people, FEWEST or more, the same for the same seed. Raises ValueError where no offer is open to them."""
    if count < FEWEST:
        raise ValueError(f"the audience needs at least {FEWEST} people, one for each part")
    slugs = {offer.slug: _KINDS[offer.kind] for offer in offers if _is_open(offer) and offer.slug != TOGETHER}
    if not slugs:
        raise ValueError("no offer is open for sign-up")
    quizzes = {offer.slug: offer.quiz for offer in offers if offer.quiz is not None and _is_open(offer)}
    chance = random.Random(f"audience:{seed}")  # noqa: S311  # nosec B311 # habits, no secrets
    latest = min(timedelta(weeks=weeks) / 8, _ARRIVALS_OF_SIXTY * max(1.0, count / 60))
    people = [_anybody(number, slugs, latest, chance) for number in range(1, count + 1)]
    asked = random.Random(f"boxes:{seed}")  # noqa: S311  # nosec B311 # habits, no secrets
    people = [_with_boxes(person, asked.random()) for person in people]
    parts = _parts(_course(offers, slugs), next(iter(quizzes), None))
    training = next((offer.slug for offer in offers if offer.slug in slugs and offer.kind == "training"), None)
    if training is not None:
        parts[_LAST_PART + _TOGETHER + 1] = {**_PLAIN, "offer": training, "arrives": timedelta(0), **_ASKS}
    if any(offer.slug == TOGETHER for offer in offers):
        parts |= _parts_together(timedelta(weeks=weeks))
    changed = (_with_changes(person, number, seed) for number, person in enumerate(people, 1))
    cast = (replace(person, **parts.get(number, {})) for number, person in enumerate(changed, 1))
    everybody = (_with_quiz(each, number, quizzes, chance) for number, each in enumerate(cast, 1))
    asks = {offer.slug: offer.questions for offer in offers}
    said = random.Random(f"answers:{seed}")  # noqa: S311  # nosec B311 # habits, no secrets
    answering = tuple(replace(each, answers=drawn_answers(asks.get(each.offer, ()), said)) for each in everybody)
    return Audience(answering, seed, make_guests(count, _BROWSERS, weeks, seed))


def _is_open(offer: Offer) -> bool:
    return offer.open and not offer.paid and offer.kind in _KINDS and (offer.kind != "quiz" or offer.quiz is not None)


def _anybody(number: int, slugs: dict[str, int], latest: timedelta, chance: random.Random) -> Person:
    return Person(
        email=_address(number),
        first_name=chance.choice(_NAMES),
        zone=chance.choice(_ZONES),
        offer=chance.choices(list(slugs), list(slugs.values()))[0],
        arrives=latest * chance.random(),
        browser=chance.choice(_BROWSERS),
        source=chance.choice(_SOURCES),
        door=chance.choices(list(_DOORS), list(_DOORS.values()))[0],
        opens=chance.uniform(0.3, 1.0),
        clicks=chance.uniform(0.0, 0.5),
        may_be_measured=chance.random() < 0.8,
        takes_it=chance.random() < 0.8,
        watches=chance.randint(0, 4),
        pauses=_a_break(chance) if number > _LAST_PART and chance.random() < _TAKE_A_BREAK else None,
        reads_after=chance.randint(2, 6) if number > _LAST_PART and chance.random() < _READ_AGAIN else None,
    )


def _with_boxes(person: Person, drawn: float) -> Person:
    """The same person, who ticks the second box, agrees later, or does neither, as most do."""
    later = _TICK_BOTH <= drawn < _TICK_BOTH + _AGREE_LATER
    both, pauses = drawn < _TICK_BOTH, person.pauses
    if pauses is not None and not both:
        pauses = replace(pauses, after=min(pauses.after, 2))  # after the last of three mails nothing is left to pause
    # Of who also takes a break nobody could say from outside what it moved.
    return replace(person, ticks_both=both, agrees_later=later and pauses is None, pauses=pauses)


def _with_changes(person: Person, number: int, seed: int) -> Person:
    """The same person, who may change their language or address; the links that moving takes are for that alone."""
    if number <= _LAST_PART:
        return person
    chance = random.Random(f"changes:{seed}:{number}")  # noqa: S311  # nosec B311 # habits, no secrets
    after = chance.randint(1, 3)
    back_after = after + 1 if chance.random() < 0.3 else None
    language = LanguageHabits(after, back_after) if chance.random() < _CHANGE_LANGUAGE else None
    move = _a_new_address(person.email, chance.randint(1, 3), undoes=chance.random() < 0.4)
    if chance.random() < _MOVE:
        return replace(person, language=language, moves=move, reads_after=None)
    # Who has left is mailed nothing any more, and who moves would ask by an address that is hers no longer.
    asks = person.leaves_after is None and chance.random() < _ASK_FOR_SESSION
    return replace(person, language=language, asks_for_session=asks)


def _address(number: int) -> str:
    return f"person-{number}@example.org"


def _a_new_address(email: str, after: int, undoes: bool) -> MoveHabits:
    return MoveHabits(after, email.replace("@", ".new@"), undoes)


def _a_break(chance: random.Random) -> PauseHabits:
    return PauseHabits(after=chance.randint(1, 3), weeks=chance.choice((1, 2, 4)), by_hand=chance.random() < 0.4)


def _with_quiz(person: Person, number: int, quizzes: Mapping[str, Quiz], chance: random.Random) -> Person:
    """The same person with a way of taking the quiz that they come for; a program of one's own cannot take it."""
    quiz = quizzes.get(person.offer)
    if quiz is None:
        return person
    wanted = {line: chance.choice((0.05, 0.95)) for line in LINES}
    highest = len(quiz.scoring.labels)
    near = {line: round(1 + (highest - 1) * place) for line, place in wanted.items()}
    answers = {
        each.id: highest + 1 - near[each.line] if each.reverse else near[each.line]
        for each in quiz.statements
        if chance.random() < _ANSWERS_EACH
    }
    drawn = chance.choices((StopsAt.NOWHERE, StopsAt.ANSWERED, StopsAt.BEGUN), (8, 1, 1))[0]
    stops_at = drawn if number >= FEWEST else StopsAt.NOWHERE  # those before have parts of their own to play
    keeps, stops_at = _QUIZ_PARTS.get(number, (chance.random() < 0.5, stops_at))
    habits = QuizHabits(
        answers=tuple((f"s-{name}", str(answer)) for name, answer in answers.items()),
        leans=score(quiz, answers).region,
        scripted=chance.random() < 0.7,
        keeps=keeps,
        stops_at=stops_at,
    )
    return replace(person, quiz=habits, door=Door.PAGE if person.door is Door.PROGRAM else person.door)


def _parts(course: str, quiz: str | None) -> dict[int, dict[str, Any]]:
    """What is fixed about the first people. Two book: they come at once, by the shortest way to the last letter."""
    at_once = timedelta(0)
    at_course = {"offer": course, "arrives": at_once}

    def named(name: str, **habits: Any) -> dict[str, Any]:
        return {"email": f"{name.lower()}@example.org", "first_name": name, "zone": "Europe/Dublin", **habits}

    return {
        1: named("Ada", offer=course, arrives=at_once, door=Door.PAGE, books=True, opens=1.0),
        2: named("Ben", confirms=False, scanned=True),
        3: named("Cleo", leaves_after=2, opens=1.0, arrives=at_once, door=Door.FORM),
        4: named("Dan", refuses=True, door=Door.FRAME),
        5: named("Eve", scanned=True, arrives=at_once, door=Door.SCRIPT),
        6: named("Fay", zone="Australia/Sydney", signs_up_twice=True, door=Door.PAGE),
        7: {"offer": course, "arrives": at_once, "books": True, "changes_mind": True, "door": Door.PROGRAM},
        12: {**at_course, "pauses": PauseHabits(after=1, weeks=1, by_hand=False)},
        13: {**at_course, "pauses": PauseHabits(after=2, weeks=2, by_hand=True)},
        14: {**at_course, "reads_after": 3},
        15: {**at_course, "begins_again": True, "reads_after": 7},
        16: {**at_course, "language": LanguageHabits(after=1, back_after=4)},
        17: {**at_course, "language": LanguageHabits(after=2), "moves": _a_new_address(_address(17), 3, undoes=False)},
        18: {**at_course, "moves": _a_new_address(_address(18), 2, undoes=True)},
        **({number: {"offer": quiz} for number in _QUIZ_PARTS} if quiz else {}),
    }


def _parts_together(lasts: timedelta) -> dict[int, dict[str, Any]]:
    """Who takes the course that begins together: most come in time, and two too late for its first round."""
    plain = {**_PLAIN, "offer": TOGETHER}
    in_time, late = {"arrives": lasts * IN_TIME}, {"arrives": lasts * TOO_LATE}
    first = _LAST_PART + 1
    return {number: plain | (late if number > first + 3 else in_time) for number in range(first, first + _TOGETHER)}


def _course(offers: Sequence[Offer], slugs: dict[str, int]) -> str:
    return next((offer.slug for offer in offers if offer.slug in slugs and offer.kind == "course"), next(iter(slugs)))
