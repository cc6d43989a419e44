"""Every result of a quiz as its page will be, while the quiz is being written."""

from __future__ import annotations

import pytest

from funnel.curriculum.quiz import REGIONS
from tests.web.conftest import text_of
from tests.web.preview.conftest import Writing

QUIZ = "offers/quiz.md"


def framed(writing: Writing, region: str) -> str:
    answer = writing.get(f"/frame/quiz/quiz/{region}")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "<script" not in answer.text
    return text_of(answer)


@pytest.mark.parametrize(
    ("region", "title", "dots"),
    [
        ("secure", "Your answers lean towards ease", 2),
        ("anxious", "Your answers lean towards an early alarm", 2),
        ("avoidant", "Your answers lean towards managing alone", 2),
        ("mixed", "Your answers lean both ways", 2),
        ("in_between", "Your answers lie in between", 2),
        ("too_few", "Too few answers to say anything", 0),
    ],
)
def test_each_result_has_its_page(writing: Writing, region: str, title: str, dots: int) -> None:
    shown = writing.text(f"/show/quiz/quiz/{region}")
    assert title in shown
    assert QUIZ in shown
    assert "cannot be shown" not in shown
    said = framed(writing, region)
    assert title in said
    assert "What you can do tonight" in said
    assert "this is not a diagnosis" in said
    assert writing.get(f"/frame/quiz/quiz/{region}").text.count('class="line-dot"') == dots


def test_all_results_are_listed_with_the_quiz(writing: Writing) -> None:
    page = writing.get("/").text
    assert [f"/show/quiz/quiz/{region}" in page for region in REGIONS] == [True] * len(REGIONS)


def test_what_was_written_last_is_shown_and_what_is_wrong_with_it(writing: Writing) -> None:
    writing.replace(QUIZ, "Your answers lean both ways", "Your answers lean here and there")
    assert "lean here and there" in framed(writing, "mixed")
    writing.replace(QUIZ, "middle: 3.0", "middle: three")
    shown = writing.text("/show/quiz/quiz/mixed")
    assert "cannot be shown" in shown
    assert "Middle is not a number" in shown
    assert writing.get("/frame/quiz/quiz/mixed").status_code == 404
    assert writing.get("/frame/quiz/quiz/nothing").status_code == 404


def test_dark_and_light_are_as_chosen(writing: Writing) -> None:
    dark = writing.get("/frame/quiz/quiz/mixed?dark=1").text
    light = writing.get("/frame/quiz/quiz/mixed").text
    assert "(min-width: 0)" in dark
    assert dark != light


def test_a_template_that_does_not_work_is_said(writing: Writing) -> None:
    path = writing.templates / "pages" / "_quiz_said.html"
    path.write_text(path.read_text() + "{% if %}")
    assert "cannot be shown" in writing.text("/show/quiz/quiz/mixed")
