"""How a set of answers becomes a result: two lines, her place on each, and one word for the region of the plane.

A line's mean is taken over the statements that were answered, with reversed ones counted from the other end. Near the
middle nobody may say more than "in between": one sitting is not that exact. Sums and means are compared as whole
numbers, so that no answer lies on the wrong side of a border by a rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import product
from math import sqrt

LINES = ("anxiety", "avoidance")
TOO_FEW, IN_BETWEEN = "too_few", "in_between"


class LinePlace(StrEnum):
    """What can be said of one line."""

    TOO_FEW = "too_few"
    LOW = "low"
    BETWEEN = "in_between"
    HIGH = "high"


# (on the first line, on the second); whatever is not here is in between, or too few.
_REGIONS = {
    (LinePlace.LOW, LinePlace.LOW): "secure",
    (LinePlace.HIGH, LinePlace.LOW): "anxious",
    (LinePlace.LOW, LinePlace.HIGH): "avoidant",
    (LinePlace.HIGH, LinePlace.HIGH): "mixed",
}
REGIONS = (*_REGIONS.values(), IN_BETWEEN, TOO_FEW)


@dataclass(frozen=True, slots=True)
class QuizStatement:
    """One sentence to agree with or not; a reversed one counts from the other end."""

    id: str
    line: str
    reverse: bool
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One dimension: what it is called, what stands at its two ends, and what is said of a place near each."""

    title: str
    low_end: str
    high_end: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one region, and what one can do tonight."""

    title: str
    text: str
    tonight: str


@dataclass(frozen=True, slots=True)
class Scoring:
    """How answers count. An answer is 1 to as many as there are labels; lengths are hundredths of one step.

    A mean within `in_between` of `middle` is in between. `sure_to` is how far one sitting may be off to either side
    when all statements of a line are answered.
    """

    labels: tuple[str, ...]
    middle: int
    in_between: int
    sure_to: int
    least_answered: int


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz as it is written: statements in the order in which they are asked, words by region."""

    scoring: Scoring
    lines: Mapping[str, Line]
    statements: tuple[QuizStatement, ...]
    results: Mapping[str, Words]
    cannot_see: str

    def on(self, line: str) -> tuple[QuizStatement, ...]:
        """The statements that count for a line."""
        return tuple(each for each in self.statements if each.line == line)


@dataclass(frozen=True, slots=True)
class LineResult:
    """Her place on one line. `mean` is in steps from 1, `off` how far it may be off; None with no answer."""

    line: str
    place: LinePlace
    answered: int
    asked: int
    mean: float | None
    off: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a set of answers says: one of `REGIONS`, both lines, and the statements that were passed over."""

    region: str
    lines: tuple[LineResult, ...]
    unanswered: tuple[QuizStatement, ...]


@dataclass(frozen=True, slots=True)
class Census:
    """How many of all possible sets of answers lead to each region.

    `astray` are the pairs (sum of the answers of a line, how many were answered) with no place, or with several.
    """

    sets: Mapping[str, int]
    possible: int
    astray: tuple[tuple[int, int], ...]

    @property
    def is_proof(self) -> bool:
        """Whether every possible set of answers has exactly one result."""
        return not self.astray and sum(self.sets.values()) == self.possible


def read_answers(quiz: Quiz, typed: Mapping[str, str]) -> dict[str, int]:
    """The answers by statement id; what is no label's number was not answered."""
    numbers = {str(number): number for number in range(1, len(quiz.scoring.labels) + 1)}
    given = ((each.id, numbers.get(typed.get(each.id, ""))) for each in quiz.statements)
    return {name: number for name, number in given if number is not None}


def score(quiz: Quiz, answers: Mapping[str, int]) -> Result:
    """The result of a set of answers, by statement id. Raises ValueError for an answer that is on no label."""
    lines = tuple(_score_line(quiz, line, answers) for line in LINES)
    return Result(
        region=region_at(lines[0].place, lines[1].place),
        lines=lines,
        unanswered=tuple(each for each in quiz.statements if each.id not in answers),
    )


def region_at(first: LinePlace, second: LinePlace) -> str:
    """The region of two places. Whatever is not far enough from the middle on both lines is in between."""
    if LinePlace.TOO_FEW in (first, second):
        return TOO_FEW
    return _REGIONS.get((first, second), IN_BETWEEN)


def place_of(scoring: Scoring, total: int, count: int) -> LinePlace:
    """Where on a line answers lie that come to this sum; `count` is how many were answered."""
    (place,) = _places(scoring, total, count)
    return place


def told_to_lessons(region: str) -> str:
    """What `quiz.result` holds: "" where only "in between", or nothing, can be said."""
    return region if region in _REGIONS.values() else ""


def census(quiz: Quiz) -> Census:
    """Goes through all sets of answers, by the sums that they can come to: exact, and at once.

    That every pair of a sum and a count has one place, and every two places one region, is looked at, not assumed.
    """
    ways = {line: _ways(len(quiz.on(line)), len(quiz.scoring.labels)) for line in LINES}
    found = {line: {pair: _places(quiz.scoring, *pair) for pair in ways[line]} for line in LINES}
    astray = tuple(pair for places in found.values() for pair, place in places.items() if len(place) != 1)
    by_place = {line: dict.fromkeys(LinePlace, 0) for line in LINES}
    for line, pairs in ways.items():
        for pair, count in pairs.items():
            for place in found[line][pair]:
                by_place[line][place] += count
    sets = dict.fromkeys(REGIONS, 0)
    for first, second in product(LinePlace, repeat=2):
        sets[region_at(first, second)] += by_place[LINES[0]][first] * by_place[LINES[1]][second]
    possible = (len(quiz.scoring.labels) + 1) ** sum(len(quiz.on(line)) for line in LINES)
    return Census(sets, possible, tuple(sorted(set(astray))))


def _score_line(quiz: Quiz, line: str, answers: Mapping[str, int]) -> LineResult:
    asked = quiz.on(line)
    counted = [_counted(quiz.scoring, each, answers[each.id]) for each in asked if each.id in answers]
    total, count = sum(counted), len(counted)
    place = place_of(quiz.scoring, total, count)
    if not count:
        return LineResult(line, place, 0, len(asked), None, None)
    # The fewer answers a mean is made of, the further off it may be: by the square root of their number.
    off = quiz.scoring.sure_to / 100 * sqrt(len(asked) / count)
    return LineResult(line, place, count, len(asked), total / count, off)


def _counted(scoring: Scoring, statement: QuizStatement, answer: int) -> int:
    highest = len(scoring.labels)
    if not 1 <= answer <= highest:
        raise ValueError(f"an answer lies between 1 and {highest}")
    return highest + 1 - answer if statement.reverse else answer


def _places(scoring: Scoring, total: int, count: int) -> tuple[LinePlace, ...]:
    """Every place whose condition holds; `census` shows that it is one, whatever was answered."""
    enough = count >= max(1, scoring.least_answered)
    from_middle = Fraction(100 * total, count) - scoring.middle if count else Fraction(0)
    holds = {
        LinePlace.TOO_FEW: not enough,
        LinePlace.LOW: enough and from_middle < -scoring.in_between,
        LinePlace.BETWEEN: enough and abs(from_middle) <= scoring.in_between,
        LinePlace.HIGH: enough and from_middle > scoring.in_between,
    }
    return tuple(place for place, does in holds.items() if does)


def _ways(statements: int, labels: int) -> dict[tuple[int, int], int]:
    """In how many ways so many statements come to each (sum, how many were answered). Reversing changes none."""
    ways = {(0, 0): 1}
    for _ in range(statements):
        more = dict(ways)  # this one was not answered
        for (total, count), number in ways.items():
            for answer in range(1, labels + 1):
                pair = total + answer, count + 1
                more[pair] = more.get(pair, 0) + number
        ways = more
    return ways
