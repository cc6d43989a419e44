"""A result as its page shows it: two lines with a place and a band each, and what that says, in words."""

from __future__ import annotations

from dataclasses import dataclass

from funnel.curriculum.quiz import LinePlace, LineResult, Quiz, Result
from funnel.language import _


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """One line as the page draws it: places and widths are percents of its length, from its lower end.

    `at` is None where nothing was answered; without `tells` no place is shown, for it would be a guess.
    """

    title: str
    low_end: str
    high_end: str
    words: str
    said: str
    tells: bool
    at: float | None
    band_from: float
    band_wide: float
    middle_from: float
    middle_wide: float


def result_values(quiz: Quiz, found: Result) -> dict[str, object]:
    """What `pages/_quiz_said.html` and `pages/_quiz_made.html` are filled with, beside the offer."""
    return {
        "quiz": quiz,
        "words": quiz.results[found.region],
        "lines": [_drawn(quiz, line) for line in found.lines],
        "made_of": _made_of(quiz, found),
        "unanswered": found.unanswered,
    }


def _made_of(quiz: Quiz, found: Result) -> str:
    asked, answered = len(quiz.statements), len(quiz.statements) - len(found.unanswered)
    per_line = _(" and ").join(
        _("%(number)s on “%(title)s”", number=line.asked, title=quiz.lines[line.line].title) for line in found.lines
    )
    counted = {"number": asked, "lines": per_line, "answered": answered}
    if answered == asked:
        return _("There were %(number)s statements, %(lines)s, and you answered all %(answered)s.", **counted)
    if not answered:
        return _("There were %(number)s statements, %(lines)s, and you answered none of them.", **counted)
    return _("There were %(number)s statements, %(lines)s, and you answered %(answered)s of them.", **counted)


def _drawn(quiz: Quiz, result: LineResult) -> DrawnLine:
    line, scoring = quiz.lines[result.line], quiz.scoring
    length = len(scoring.labels) - 1

    def percent(steps: float) -> float:
        """How far up the line a place lies that is so many steps from 1; what lies beyond an end is at it."""
        return round(min(1.0, max(0.0, (steps - 1) / length)) * 100, 2)

    middle, around = scoring.middle / 100, scoring.in_between / 100
    middle_from, middle_to = percent(middle - around), percent(middle + around)
    mean, off = result.mean or middle, result.off or 0.0
    band_from, band_to = percent(mean - off), percent(mean + off)
    return DrawnLine(
        title=line.title,
        low_end=line.low_end,
        high_end=line.high_end,
        words=_words(quiz, result),
        said=_said(quiz, result),
        tells=result.place is not LinePlace.TOO_FEW,
        at=None if result.mean is None else percent(mean),
        band_from=band_from,
        band_wide=round(band_to - band_from, 2),
        middle_from=middle_from,
        middle_wide=round(middle_to - middle_from, 2),
    )


def _words(quiz: Quiz, result: LineResult) -> str:
    line, least = quiz.lines[result.line], quiz.scoring.least_answered
    return {
        LinePlace.LOW: line.low,
        LinePlace.HIGH: line.high,
        LinePlace.BETWEEN: _("In between: so near the middle, nobody can say more."),
        LinePlace.TOO_FEW: _(
            "You answered %(answered)s of its %(asked)s statements. With fewer than %(least)s, any place on the line "
            "would be a guess.",
            answered=result.answered,
            asked=result.asked,
            least=least,
        ),
    }[result.place]


def _said(quiz: Quiz, result: LineResult) -> str:
    """The drawing in words, for who does not see it."""
    line = quiz.lines[result.line]
    where = {
        LinePlace.LOW: _("Your place is nearer to “%(end)s”, give or take.", end=line.low_end),
        LinePlace.HIGH: _("Your place is nearer to “%(end)s”, give or take.", end=line.high_end),
        LinePlace.BETWEEN: _("Your place is in between."),
        LinePlace.TOO_FEW: _("No place is shown."),
    }[result.place]
    ends = _("A line from “%(low)s” to “%(high)s”.", low=line.low_end, high=line.high_end)
    return f"{ends} {where}"
