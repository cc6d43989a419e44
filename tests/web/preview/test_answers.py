"""Each branch of a lesson that speaks to an answer, while it is being written."""

from __future__ import annotations

import pytest

from tests.web.conftest import text_of
from tests.web.preview.conftest import WEEK_1, Writing

WELCOME, LESSON_1 = "lesson/anxious-attachment/week-0-welcome", f"lesson/{WEEK_1}"
COURSE = "offers/course.md"


def letter(writing: Writing, key: str, query: str = "") -> str:
    answer = writing.get(f"/frame/{key}{query}")
    assert answer.status_code == 200
    return text_of(answer)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "You may be in a relationship that hurts."),
        ("?answer-where=together", "You wrote that you are with somebody."),
        ("?answer-where=ended", "You wrote that it has ended."),
        ("?answer-where=hoping&as=fay", "You wrote that you hope to find your way back."),
        ("?answer-where=nowhere", "You may be in a relationship that hurts."),
        ("?answer-else=ended", "You may be in a relationship that hurts."),
    ],
)
def test_each_branch_can_be_looked_at(writing: Writing, query: str, said: str) -> None:
    assert said in letter(writing, WELCOME, query)


def test_a_lesson_that_asks_has_the_answers_to_choose_from(writing: Writing) -> None:
    shown = writing.get(f"/show/{WELCOME}?answer-where=ended&dark=1").text
    assert "Where are you now?" in shown
    assert f'href="/show/{WELCOME}?dark=1&amp;answer-where=together"' in shown
    assert f'href="/show/{WELCOME}?dark=1&amp;answer-where=ended" aria-current="true">It has ended' in shown
    assert f'href="/show/{WELCOME}?dark=1">No answer' in shown
    assert "?dark=1&amp;answer-where=ended" in shown.partition("<iframe")[2], "the frame shows the same"


def test_a_lesson_that_asks_nothing_has_none(writing: Writing) -> None:
    assert "No answer" not in writing.text(f"/show/{LESSON_1}")


def test_who_would_not_get_it_is_said_by_the_answer(writing: Writing) -> None:
    writing.replace(f"{WEEK_1}.md", "day: 7", "day: 7\nonly_if: \"answers.where == 'ended'\"")
    assert "would not get this lesson" in writing.text(f"/show/{LESSON_1}")
    assert "would not get this lesson" not in writing.text(f"/show/{LESSON_1}?answer-where=ended")


def test_every_kind_of_question_can_be_answered(writing: Writing) -> None:
    writing.replace(
        COURSE,
        "# With these lines",
        "  - {name: topics, label: What keeps you awake?, kind: choices, options: {calls: Calls, words: Words}}\n"
        "  - {name: alone, label: Do you live alone?, kind: yes_no}\n# With these lines",
    )
    branches = (
        '{% if "calls" in answers.topics %}The calls.{% endif %}{% if answers.alone == false %}Not alone.{% endif %}'
    )
    writing.replace(f"{WEEK_1}.md", "Dear ", f"{branches}\n\nDear ")
    asked = letter(writing, LESSON_1, "?answer-topics=calls&answer-alone=no")
    assert "The calls." in asked
    assert "Not alone." in asked
    unasked = letter(writing, LESSON_1, "?answer-topics=words&answer-alone=yes")
    assert "The calls." not in unasked
    assert "Not alone." not in unasked
