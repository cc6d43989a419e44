"""A quiz is open like any offer, and check says what follows from its result."""

from __future__ import annotations

import pytest

from funnel.curriculum import Facts, check_library, parse_condition, read_folder
from funnel.curriculum.lint.notes import notes_on
from funnel.settings import starter
from tests.curriculum.examples import SECOND, SEQUENCE, folder
from tests.curriculum.quizzes import QUIZ


@pytest.mark.parametrize(("said", "is_open"), [("open: true\n", True), ("open: false\n", False), ("", True)])
def test_a_quiz_is_open_unless_its_file_says_otherwise(said: str, is_open: bool) -> None:
    library, problems = check_library(folder() | {"offers/quiz.md": QUIZ.replace("open: true\n", said).encode()})
    assert library is not None
    assert library.offers["quiz"].open is is_open
    assert [each for each in problems if each.severity == "error"] == []


def test_check_says_what_it_has_proved() -> None:
    library, _ = check_library(folder() | {"offers/quiz.md": QUIZ.encode()})
    assert library is not None
    (note,) = notes_on(library)
    assert note.startswith("offers/quiz.md: each of the 1,296 possible sets of answers has exactly one result.")
    assert notes_on(library, {"offers/quiz.md"}) == []


def test_other_offers_are_open_unless_their_file_says_otherwise() -> None:
    library, _ = check_library(folder())
    assert library is not None
    assert library.offers["ebook"].open
    assert notes_on(library) == []


def test_a_lesson_that_waits_for_a_result_is_told_of_and_one_with_a_neutral_side_is_not() -> None:
    for condition, warned in (
        ("quiz.result == 'anxious'", True),
        ("quiz.result in ['anxious', 'mixed'] and not booked", True),
        ("quiz.result != ''", True),
        ("quiz.result == 'anxious' or weeks >= 1", False),
        ("quiz.result == ''", False),
        ("quiz.result != 'secure'", False),
    ):
        _, problems = check_library(folder(second=SECOND.replace(b"not booked", condition.encode())))
        assert [problem.code for problem in problems] == (["no-quiz"] if warned else []), condition
        assert {problem.severity for problem in problems} <= {"warning"}
        assert parse_condition(condition).evaluate(Facts(weeks=1)) is not warned


def test_where_a_quiz_is_open_nothing_is_told_of() -> None:
    files = folder(
        sequence=SEQUENCE.replace(b"[confirm]", b"[confirm, quiz_result]"),
        second=SECOND.replace(b"not booked", b"quiz.result == 'anxious'"),
    ) | {"offers/quiz.md": QUIZ.encode()}
    assert [each.code for each in check_library(files)[1] if each.code == "no-quiz"] == []


@pytest.mark.parametrize("key", ["subject", "subject_discreet", "preheader"])
def test_no_line_that_others_may_see_depends_on_a_result(key: str) -> None:
    said = f"{key}: \"{{% if quiz.result == 'mixed' %}}Both{{% else %}}One{{% endif %}} quiz.\"\n".encode()
    changed = b"\n".join(line for line in SECOND.split(b"\n") if not line.startswith(f"{key}:".encode()))
    _, problems = check_library(folder(second=changed.replace(b"---\n", b"---\n" + said, 1)))
    assert [(each.code, each.line) for each in problems if each.severity == "error"] == [("quiz-in-subject", 2)]


def test_a_sequence_that_a_result_would_start_is_told_of() -> None:
    changed = SEQUENCE.replace(b"[confirm]", b"[confirm, quiz_result]")
    (problem,) = check_library(folder(sequence=changed))[1]
    assert (problem.code, problem.line, problem.column) == ("no-quiz", 3, 21)


def test_the_starters_quiz_is_open_and_every_lesson_has_words_for_who_has_no_result() -> None:
    library, problems = check_library(read_folder(starter("sequences"))[0])
    assert library is not None
    assert library.offers["quiz"].open
    assert [problem for problem in problems if problem.code == "no-quiz"] == []
