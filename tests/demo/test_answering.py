"""What the audience answers at sign-up, and whether the letters speak to it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from funnel.curriculum import Library
from funnel.curriculum.questions import Question
from funnel.demo.answering import answers_as_given, drawn_answers, letters_to_answers, spoken_answers
from funnel.demo.evidence import Evidence, Fault
from funnel.demo.filling import filled_form, sign_up_as_json
from funnel.demo.markup import parse_page
from tests.demo.cast import ADA, CLEO, COURSE, WELCOME, peaceful
from tests.demo.conftest import ADA as ADA_HERSELF

ENDED, TOGETHER = ("where", "ended"), ("where", "together")
WORDS = {ENDED: "It has ended", TOGETHER: "You share your days"}
FORM = """<form action="/offers/course/signup" method="post"><input name="email" type="email">
<label><input name="answer-where" type="radio" value="together"> together</label>
<label><input name="answer-where" type="radio" value="ended"> ended</label>
<label><input name="answer-where" type="radio" value="" checked> not said</label></form>"""


def answered(said: str, *, ada: tuple[tuple[str, str], ...] = (ENDED,)) -> Evidence:
    """The welcome letter says this to Ada, who answered so, and to Cleo, who answered nothing, something else."""
    evidence = peaceful()
    hers = {row.key: row.email for row in evidence.rows if row.lesson_id == WELCOME}
    texts = {ADA: (f"Dear Ada, {said}, and part of you has not heard.",), CLEO: ("You may be anywhere.",)}
    caught = tuple(replace(mail, texts=texts.get(hers.get(mail.key, ""), ())) for mail in evidence.caught)
    people = {**evidence.people, ADA: replace(evidence.people[ADA], answers=ada)}
    return replace(evidence, caught=caught, people=people, speaking={(COURSE, WELCOME): WORDS})


def test_letters_that_speak_to_what_was_answered_agree() -> None:
    evidence = answered("It has ended")
    assert list(answers_as_given(evidence)) == []
    assert letters_to_answers(evidence) == 1


@pytest.mark.parametrize(
    ("said", "ada"),
    [("You share your days", (ENDED,)), ("hello", (ENDED,)), ("It has ended", ()), ("It has ended", (TOGETHER,))],
)
def test_a_letter_that_speaks_to_another_answer_is_found(said: str, ada: tuple[tuple[str, str], ...]) -> None:
    (found,) = answers_as_given(answered(said, ada=ada))
    assert found.kind is Fault.ANSWER
    assert ADA in found.sentence


def test_the_words_of_each_branch_are_found_in_the_starter(starter_library: Library) -> None:
    words = spoken_answers(starter_library)["anxious-attachment", "begin-here"]
    assert {value for _, value in words} == {"together", "ended", "hoping"}
    assert len(set(words.values())) == 3


def test_a_question_that_is_required_is_always_answered() -> None:
    asked = Question("where", "Where?", "choice", (("a", "A"), ("b", "B")), required=True)
    drawn = {drawn_answers([asked], random.Random(number)) for number in range(40)}
    assert drawn == {(("where", "a"),), (("where", "b"),)}


def test_a_form_is_filled_in_with_the_answer_or_left() -> None:
    (form,) = parse_page(FORM).forms
    answers = replace(ADA_HERSELF, answers=(ENDED,))
    assert filled_form(form, answers)["answer-where"] == "ended"
    assert filled_form(form, ADA_HERSELF)["answer-where"] == ""
    assert sign_up_as_json(answers, "site")["answers"] == {"where": "ended"}
