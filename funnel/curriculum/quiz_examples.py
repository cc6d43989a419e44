"""A set of answers that leads to a wanted result, for who writes a quiz and wants to see each of its pages."""

from __future__ import annotations

from itertools import product

from funnel.curriculum.quiz import LINES, LinePlace, Quiz, place_of, region_at


def answers_for(quiz: Quiz, region: str) -> dict[str, int] | None:
    """Answers by statement id, as far from the borders as can be; None where nobody can have this result."""
    ways = {line: _by_place(quiz, line) for line in LINES}
    for first, second in product(LinePlace, repeat=2):
        if region_at(first, second) == region and first in ways[LINES[0]] and second in ways[LINES[1]]:
            return ways[LINES[0]][first] | ways[LINES[1]][second]
    return None


def _by_place(quiz: Quiz, line: str) -> dict[LinePlace, dict[str, int]]:
    """For each place on a line that can be reached, answers that reach it: by the middle one of their sums."""
    statements, highest = quiz.on(line), len(quiz.scoring.labels)
    count = len(statements)
    found: dict[LinePlace, list[int]] = {}
    for total in range(count, count * highest + 1) if count else ():
        found.setdefault(place_of(quiz.scoring, total, count), []).append(total)
    ways = {place: _spread(quiz, line, totals[len(totals) // 2]) for place, totals in found.items()}
    few = quiz.scoring.least_answered - 1
    ways[LinePlace.TOO_FEW] = {each.id: highest for each in statements[: max(0, few)]}
    return ways


def _spread(quiz: Quiz, line: str, total: int) -> dict[str, int]:
    """Answers to all statements of a line that come to this sum, as equal as can be."""
    statements, highest = quiz.on(line), len(quiz.scoring.labels)
    each, more = divmod(total, len(statements))
    counted = {one.id: each + (n < more) for n, one in enumerate(statements)}
    return {one.id: highest + 1 - counted[one.id] if one.reverse else counted[one.id] for one in statements}
