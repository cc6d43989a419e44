"""Which lessons ask for the result of a quiz: those that name it in what is filled, not those that speak of a quiz."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from funnel.compose import CompiledLesson, HouseStyle, compile_lesson
from funnel.curriculum.asking import condition_asks_result
from funnel.publishing.publish import mark_of
from tests.compose.conftest import PRACTICE, TEMPLATES, Compile, lesson_of, sequence_of

ASKED = "{{ quiz.result }}"


@pytest.mark.parametrize(
    "body",
    [
        "Take the quiz: quiz.result is what it is called, and `quiz.result == 'anxious'` is code.",
        "```\nquiz.result\n```",
        "{# if quiz.result == 'anxious' #}Text.",
        "{{ 'quiz.result' }} and {{ \"{{ quiz.result }}\" }}",
        "{% if 'quiz' in tags %}One.{% else %}Two.{% endif %}",
        "[The quiz](https://example.org/quiz?quiz.result=1)",
    ],
)
def test_a_text_that_mentions_the_quiz_asks_for_nothing(compiled: Compile, body: str) -> None:
    assert not compiled(body).asks_result


@pytest.mark.parametrize(
    "body",
    [
        f"It leaned this way: {ASKED}.",
        "{% if quiz.result == 'anxious' %}One.{% endif %}",
        "{% if booked %}One.{% elif not booked and quiz.result in ['secure'] %}Two.{% endif %}",
        "{%if(quiz.result)%}One.{%endif%}",
        "{{ 'a' if quiz.result else 'b' }}",
        "[x]({{ page('web') if quiz.result == 'anxious' else page('pause') }})",
    ],
)
def test_a_text_that_names_the_result_where_it_is_filled_asks_for_it(compiled: Compile, body: str) -> None:
    assert compiled(body).asks_result


def test_so_does_one_that_names_it_in_a_line_around_the_text(compiled: Compile) -> None:
    assert not compiled("Text.", subjects=("The quiz",), subject_discreet="quiz.result", preheader="quiz").asks_result
    assert compiled("Text.", subjects=("One", f"It is {ASKED}")).asks_result
    assert compiled("Text.", subject_discreet=f"A note {ASKED}").asks_result
    assert compiled("Text.", preheader=f"You are {ASKED}").asks_result


def test_one_language_that_asks_is_enough(compiled: Compile) -> None:
    practice = replace(PRACTICE, languages=("de",))
    german = replace(lesson_of(f"Ihr Ergebnis: {ASKED}."), path="anxious-attachment/week-1.de.md")
    lesson = compiled("Text.", practice=practice, translations=(("de", german),))
    assert lesson.asks_result
    assert set(lesson.translations) == {"de"}


def test_a_layout_of_the_practices_own_may_ask(tmp_path: Path) -> None:
    templates = copytree(TEMPLATES, tmp_path / "templates")
    frame = templates / "email" / "base.txt"
    frame.write_text(frame.read_text() + '\n{{ blank("quiz.result") }}\n')
    lesson = lesson_of("Text.")
    assert compile_lesson(sequence_of(lesson), lesson, HouseStyle(PRACTICE, templates, "example.org")).asks_result


def test_a_link_that_is_called_after_the_quiz_is_a_link_like_any_other(compiled: Compile) -> None:
    practice = replace(PRACTICE, bookings={"quiz": PRACTICE.bookings["intro"]})
    assert compiled('[Talk]({{ book("quiz") }})', practice=practice).links == ("book:quiz",)


def test_an_edition_from_before_looks_the_result_up_and_is_still_the_same_edition(compiled: Compile) -> None:
    lesson = compiled("Text.")
    kept = lesson.to_json()
    del kept["asks_result"]
    before = CompiledLesson.from_json(kept)
    assert before.asks_result
    sequence = sequence_of(lesson_of("Text."))
    assert mark_of(sequence, [before]) == mark_of(sequence, [lesson])


@pytest.mark.parametrize(
    ("only_if", "asks"),
    [
        (None, False),
        ("'quiz' in tags", False),
        ("'quiz.result' in tags and booked", False),
        ('not opened("quiz.result")', False),
        ("quiz.result == 'anxious'", True),
        ("booked or not (watched > 1 and quiz.result in ['anxious', 'mixed'])", True),
        ("'anxious' != quiz.result", True),
    ],
)
def test_a_condition_asks_where_it_names_the_result(only_if: str | None, asks: bool) -> None:
    assert condition_asks_result(only_if) == asks
