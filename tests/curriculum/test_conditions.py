"""`only_if`: answered without being run, or refused when it is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.curriculum import CONDITION_NAMES, ConditionError, Facts, parse_condition

ADA = Facts("anxious", frozenset({"evening"}), False, 3, 2, frozenset({"the-alarm"}), frozenset())


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("quiz.result == 'anxious' and not booked", True),
        ('quiz.result != "anxious"', False),
        ("quiz.result in ['anxious', 'mixed']", True),
        ("quiz.result not in ['anxious']", False),
        ("'evening' in tags and watched >= 3", True),
        ("'morning' in tags or watched > 3", False),
        ("weeks < 2 or (weeks == 2 and not clicked('the-alarm'))", True),
        ("opened('the-alarm')", True),
        ("booked == false", True),
        ("not not booked", False),
        ("booked or not booked and booked", False),
        ("watched <= 2.5", False),
    ],
)
def test_a_condition_is_answered(text: str, answer: bool) -> None:
    assert parse_condition(text).evaluate(ADA) is answer


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "empty"),
        ("quiz.reslut == 'anxious'", 1, "did you mean quiz.result"),
        ("quiz.result = 'anxious'", 13, "write =="),
        ("booked and", 11, "too early"),
        ("watched", 1, "no question"),
        ("tags == 'x'", 6, "asked with in"),
        ("watched == 'three'", 9, "never equal"),
        ("quiz.result < 'b'", 13, "numbers only"),
        ("1 < watched < 3", 13, "two things at a time"),
        ("(booked", 8, "missing"),
        ("booked booked", 8, "too many"),
        ("opened(the-alarm)", 8, "quotes"),
        ("__import__('os').system('x')", 1, "not known"),
        ("booked.__class__", 1, "not known"),
        ("(lambda: 1)()", 2, "not known"),
        ("booked; import os", 7, "cannot stand"),
        ("9 ** 9", 3, "cannot stand"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_column(text: str, column: int, words: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert (caught.value.column, words in caught.value.message) == (column, True), caught.value.message


def test_depth_and_length_are_bounded() -> None:
    for text in ("(" * 5000 + "booked", "not " * 120 + "booked", "booked or " * 60 + "booked"):
        with pytest.raises(ConditionError):
            parse_condition(text)


@settings(max_examples=400)
@given(st.text(st.sampled_from("abcdekqu.rslt'\"[]()<>=! notandri159,_\n\x00é"), max_size=40))
def test_any_text_is_either_answered_or_refused(text: str) -> None:
    columns = range(1, len(text) + 2)
    try:
        answer = parse_condition(text).evaluate(ADA)
    except ConditionError as error:
        refused_at = error.column
    else:
        assert answer in (True, False)
        return
    assert refused_at in columns


def test_every_documented_name_can_be_asked() -> None:
    questions = {
        "quiz.result": "quiz.result == 'anxious'",
        "answers.where": "answers.where == 'ended'",
        "tags": "'x' in tags",
        "booked": "booked",
        "replied": "replied",
        "watched": "watched > 0",
        "weeks": "weeks > 0",
        "opened": "opened('a')",
        "clicked": "clicked('a')",
    }
    assert set(questions) == set(CONDITION_NAMES)
    for text in questions.values():
        assert parse_condition(text).evaluate(Facts()) is False
