"""A set of answers has one result, by rules that are written down, and no more is said than the answers can tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.curriculum import check_library, read_folder
from funnel.curriculum.quiz import (
    IN_BETWEEN,
    REGIONS,
    TOO_FEW,
    LinePlace,
    Quiz,
    census,
    read_answers,
    region_at,
    score,
    told_to_lessons,
)
from funnel.curriculum.quiz_examples import answers_for
from funnel.settings import starter
from tests.curriculum.quizzes import the_quiz

SMALL = the_quiz()


def starters() -> Quiz:
    texts, _ = read_folder(starter("sequences"))
    # This runs whenever tests are collected, and the lessons, which take longest, have nothing to do with it.
    library, _ = check_library({path: text for path, text in texts.items() if path.startswith(("practice", "offers/"))})
    assert library is not None
    quiz = library.offers["quiz"].quiz
    assert quiz is not None
    return quiz


STARTERS = starters()


def answers_to(quiz: Quiz, anxiety: int, avoidance: int) -> dict[str, int]:
    """The answers that put somebody so far up on both lines, whichever way a statement counts."""
    highest = len(quiz.scoring.labels)
    wanted = {"anxiety": anxiety, "avoidance": avoidance}
    return {each.id: highest + 1 - wanted[each.line] if each.reverse else wanted[each.line] for each in quiz.statements}


@pytest.mark.parametrize(
    ("anxiety", "avoidance", "region"),
    [(1, 1, "secure"), (5, 1, "anxious"), (1, 5, "avoidant"), (5, 5, "mixed"), (3, 3, IN_BETWEEN), (5, 3, IN_BETWEEN),
     (3, 1, IN_BETWEEN), (4, 2, "anxious"), (2, 4, "avoidant")],
)  # fmt: skip
@pytest.mark.parametrize("quiz", [SMALL, STARTERS], ids=["small", "the starter's"])
def test_both_lines_together_give_the_region(quiz: Quiz, anxiety: int, avoidance: int, region: str) -> None:
    found = score(quiz, answers_to(quiz, anxiety, avoidance))
    assert found.region == region
    assert [line.mean for line in found.lines] == [anxiety, avoidance]
    assert found.unanswered == ()


def test_a_reversed_statement_counts_from_the_other_end() -> None:
    agrees_with_all = score(SMALL, {each.id: 5 for each in SMALL.statements})
    assert [line.mean for line in agrees_with_all.lines] == [3.0, 3.0]
    assert agrees_with_all.region == IN_BETWEEN


def test_the_edge_of_the_band_is_in_between_to_the_last_hundredth() -> None:
    one_by_one = dict(zip((each.id for each in STARTERS.on("anxiety")), (5, 5, 3, 3, 3, 3), strict=True))
    typed = answers_to(STARTERS, 1, 1) | {
        each.id: 6 - one_by_one[each.id] if each.reverse else one_by_one[each.id] for each in STARTERS.on("anxiety")
    }
    assert score(STARTERS, typed).lines[0].mean == 22 / 6
    for band, place in ((66, LinePlace.HIGH), (67, LinePlace.BETWEEN)):  # 22/6 is 66.67 hundredths from the middle
        quiz = replace(STARTERS, scoring=replace(STARTERS.scoring, in_between=band))
        assert score(quiz, typed).lines[0].place is place
    quiz = replace(SMALL, scoring=replace(SMALL.scoring, in_between=50))
    exactly = score(quiz, {"wait": 4, "sleep": 3, "door": 1, "tea": 5})
    assert (exactly.lines[0].mean, exactly.lines[0].place) == (3.5, LinePlace.BETWEEN)


def test_what_was_left_open_is_named_and_not_counted() -> None:
    typed = answers_to(STARTERS, 5, 1)
    del typed["sleep-after"]
    found = score(STARTERS, typed)
    assert found.region == "anxious"
    assert [each.id for each in found.unanswered] == ["sleep-after"]
    assert (found.lines[0].mean, found.lines[0].answered, found.lines[0].asked) == (5.0, 5, 6)


def test_too_few_answers_on_one_line_give_no_result_though_the_other_is_full() -> None:
    typed = answers_to(STARTERS, 5, 1)
    del typed["sleep-after"], typed["own-day"]
    found = score(STARTERS, typed)
    assert found.region == TOO_FEW
    assert [line.place for line in found.lines] == [LinePlace.TOO_FEW, LinePlace.LOW]
    nothing = score(STARTERS, {})
    assert nothing.region == TOO_FEW
    assert [line.mean for line in nothing.lines] == [None, None]
    assert len(nothing.unanswered) == 12


def test_the_fewer_answers_the_further_off_a_place_may_be() -> None:
    typed = answers_to(STARTERS, 5, 1)
    all_of_them = score(STARTERS, typed).lines[0].off
    del typed["sleep-after"]
    fewer = score(STARTERS, typed).lines[0].off
    assert all_of_them == pytest.approx(0.7)
    assert fewer == pytest.approx(0.7 * (6 / 5) ** 0.5)


def test_answers_are_read_from_whatever_a_browser_sends() -> None:
    typed = {"wait": "5", "sleep": "6", "door": "0", "tea": "٣", "other": "1", "": "2"}
    assert read_answers(SMALL, typed) == {"wait": 5}
    assert read_answers(SMALL, {"wait": "05", "sleep": " 1", "door": "1.0", "tea": "9" * 5000}) == {}


@pytest.mark.parametrize("answer", [0, 6, -1])
def test_an_answer_that_is_on_no_label_is_no_answer(answer: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 5"):
        score(SMALL, {"wait": answer})


def test_the_census_counts_all_sets_as_trying_each_of_them_does() -> None:
    tried = Counter[str]()
    for chosen in product((None, 1, 2, 3, 4, 5), repeat=4):
        typed = {each.id: a for each, a in zip(SMALL.statements, chosen, strict=True) if a is not None}
        tried[score(SMALL, typed).region] += 1
    found = census(SMALL)
    assert found.is_proof
    assert found.possible == 6**4 == tried.total()
    assert dict(found.sets) == {region: tried[region] for region in REGIONS}


def test_the_starters_two_thousand_million_sets_have_one_result_each() -> None:
    found = census(STARTERS)
    assert found.is_proof
    assert found.possible == 6**12 == sum(found.sets.values())
    assert all(found.sets[region] for region in REGIONS)
    assert set(STARTERS.results) == set(REGIONS)


@given(middle=st.integers(-100, 600), band=st.integers(-100, 500), least=st.integers(0, 9), labels=st.integers(2, 7))
def test_the_census_calls_it_a_proof_just_where_each_sum_has_one_place(
    middle: int, band: int, least: int, labels: int
) -> None:
    scoring = replace(
        SMALL.scoring, labels=tuple("abcdefg"[:labels]), middle=middle, in_between=band, least_answered=least
    )
    found = census(replace(SMALL, scoring=scoring))
    means = {Fraction(100 * total, n) for n in (1, 2) for total in range(n, n * labels + 1) if n >= max(1, least)}
    several = any((mean < middle - band) + (mean > middle + band) + (abs(mean - middle) <= band) != 1 for mean in means)
    assert found.is_proof is not several


@given(st.data())
def test_no_set_of_answers_to_the_starters_quiz_is_without_words(data: st.DataObject) -> None:
    typed = {
        each.id: answer
        for each in STARTERS.statements
        if (answer := data.draw(st.one_of(st.none(), st.integers(1, 5)))) is not None
    }
    found = score(STARTERS, typed)
    words = STARTERS.results[found.region]
    assert all((words.title, words.text, words.tonight))
    assert found.region == region_at(found.lines[0].place, found.lines[1].place)
    if found.region not in (TOO_FEW, IN_BETWEEN):
        assert all(line.mean is not None and abs(line.mean - 3) > 0.35 for line in found.lines)


def test_lessons_hear_nothing_where_no_more_than_in_between_can_be_said() -> None:
    assert [told_to_lessons(region) for region in REGIONS] == ["secure", "anxious", "avoidant", "mixed", "", ""]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("quiz", [SMALL, STARTERS], ids=["small", "starter"])
def test_there_are_answers_that_lead_to_each_result(quiz: Quiz, region: str) -> None:
    answers = answers_for(quiz, region)
    assert answers is not None
    assert score(quiz, answers).region == region


def test_a_result_that_nobody_can_have_has_no_answers() -> None:
    nobody_is_low = replace(SMALL, scoring=replace(SMALL.scoring, middle=100))
    assert answers_for(nobody_is_low, "secure") is None
    assert answers_for(nobody_is_low, "mixed") is not None
    without = replace(SMALL, statements=())
    assert answers_for(without, "mixed") is None
