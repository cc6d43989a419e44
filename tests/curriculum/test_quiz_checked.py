"""Check proves that all sets of answers have one result each, and words; and that none says what no quiz knows."""

from __future__ import annotations

import pytest

from funnel.curriculum.problem import Problem
from tests.curriculum.quizzes import QUIZ, checked


def found(old: str, new: str, language: str = "en") -> list[Problem]:
    assert QUIZ.count(old) == 1, old
    _, problems = checked(QUIZ.replace(old, new), language)
    return [each for each in problems if each.code != "quiz-closed"]


def codes(old: str, new: str, language: str = "en") -> list[tuple[str, int]]:
    return [(each.code, each.line) for each in found(old, new, language)]


def test_a_quiz_as_it_should_be_has_nothing_to_say_about() -> None:
    assert found("A few statements.", "A few statements.") == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "says"),
    [
        ("middle: 3.0", "midle: 3.0", "unknown-key", 11, "Did you mean middle?"),
        ("middle: 3.0", "high_above: 3.0", "unknown-key", 11, "in_between: 0.35"),
        ("middle: 3.0", "lowest: 1, middle: 3.0", "unknown-key", 11, "counts from 1"),
        ("{id: wait, line: anxiety", "{id: wait, scale: anxiety", "unknown-key", 16, "Write line: in its place"),
        ("line: anxiety, text", "line: anxeity, text", "unknown-value", 16, "Did you mean anxiety?"),
        ("text: I wait for messages.", "text: ''", "missing-key", 16, "needs its text"),
        ("id: tea", "id: door", "duplicate-id", 19, "id of its own"),
        ("I am glad of tea.", "i  shut the DOOR.", "duplicate-text", 19, "count twice"),
        ("tonight: Rest.", "tonigt: Rest.", "unknown-key", 21, "Did you mean tonight?"),
        ("  mixed: {", "  both: {", "unknown-key", 24, "Known keys"),
        ("{title: Towards ease, text: One., tonight: Rest.}", "Towards ease", "not-a-table", 21, "indented"),
        ("middle: 3.0", "middle: 3,5", "front-matter", 11, ""),
        ("middle: 3.0", "middle: '3,5'", "bad-number", 11, "3.0"),
        ("in_between: 0.35", "in_between: -0.1", "bad-number", 11, "0.35"),
        ("least_answered: 2", "least_answered: 3", "bad-number", 11, ""),
        ("least_answered: 2", "least_answered: 0", "bad-number", 11, ""),
        ('"no", "rather not", "in between", "rather", "yes"', '"no"', "bad-labels", 10, "from least to most"),
        ('"rather not"', '"yes"', "duplicate-text", 10, "its own way"),
        ("cannot_see: It", "cannot_se: It", "unknown-key", 27, "Did you mean cannot_see?"),
    ],
)  # fmt: skip
def test_a_slip_is_told_of_at_its_line_with_what_to_do(old: str, new: str, code: str, line: int, says: str) -> None:
    problems = found(old, new)
    at = [each for each in problems if each.code == code and each.line == line]
    if code == "front-matter":
        assert problems
        return
    assert at, problems
    assert says in at[0].fix
    assert at[0].severity == "error"


@pytest.mark.parametrize("region", ["secure", "anxious", "avoidant", "mixed", "in_between", "too_few"])
def test_a_region_without_words_is_an_error(region: str) -> None:
    (line,) = [each for each in QUIZ.splitlines() if each.startswith(f"  {region}: ")]
    (problem,) = found(line + "\n", "")
    assert (problem.code, problem.severity) == ("missing-key", "error")
    assert region in problem.message
    for key in ("title", "text", "tonight"):
        start = line.index(f"{key}: ") + len(key) + 2
        end = min(at for at in (line.find(",", start), line.find("}", start)) if at > 0)
        ((code, at),) = codes(line, f"{line[:start]}''{line[end:]}")
        assert (code, at) == ("missing-key", QUIZ[: QUIZ.index(line)].count("\n") + 1)


def test_a_line_without_statements_is_an_error() -> None:
    without = "\n".join(each for each in QUIZ.splitlines() if "line: avoidance" not in each) + "\n"
    _, problems = checked(without.replace("least_answered: 2", "least_answered: 1"))
    assert ("empty-line", "no statement counts for avoidance") in [(each.code, each.message) for each in problems]


def test_a_region_that_nobody_can_reach_is_an_error() -> None:
    assert codes("in_between: 0.35", "in_between: 2.0") == [("unreachable", 11)]
    assert codes("middle: 3.0", "middle: 5.0") == [("unreachable", 11)]


def test_a_band_so_narrow_that_one_answer_jumps_over_it_is_an_error() -> None:
    # With two answers, one step of one of them moves the mean by 0.5.
    (problem,) = found("in_between: 0.35", "in_between: 0.24")
    assert (problem.code, problem.severity) == ("narrow-band", "error")
    assert "0.25" in problem.fix
    assert found("in_between: 0.35", "in_between: 0.25") == []
    assert codes("in_between: 0.35", "in_between: 0") == [("narrow-band", 11)]


def test_no_page_shows_a_place_more_exactly_than_it_is_said() -> None:
    assert codes("sure_to: 0.7", "sure_to: 0.3") == [("narrow-band", 11)]


@pytest.mark.parametrize(
    "said",
    [
        "You are anxious.", "So you’re afraid.", "Perhaps you're avoidant.", "you  are", "Are you like that?",
        "This is your diagnosis.", "It was diagnosed.", "An attachment disorder.", "Clinical signs.", "A toxic love.",
        "You run a risk.", "A risky way.", "In the 80th percentile.", "More than 70 percent of people.",
        "73 % of all.", "7 out of 10.", "Score 12/100.", "Above average.", "Borderline.", "As the ECR-R says.",
        "A validated test.",
    ],
)  # fmt: skip
def test_no_result_says_what_no_quiz_can_know(said: str) -> None:
    problems = found("text: Two.", f'text: "{said}"')
    assert problems, said
    assert {(each.severity, each.line) for each in problems} == {("error", 22)}
    assert {each.code for each in problems} <= {"not-for-a-quiz", "score"}


@pytest.mark.parametrize(
    "said",
    [
        "Your answers lean towards an alarm.", "It is not a diagnosis.", "This is no diagnosis.", "An asterisk.",
        "Young area.", "Your area.", "Ecru curtains.", "How you have been these weeks.", "Twelve sentences.",
    ],
)  # fmt: skip
def test_plain_words_may_be_said(said: str) -> None:
    assert found("text: Two.", f'text: "{said}"') == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("high: An alarm.", "high: You are afraid.", 13),
        ("tonight: Breathe.", "tonight: Lower your risk.", 22),
        ("It cannot see whom", "No diagnosis, and no disorder, in whom", 27),
        ("teaser: A few statements.", "teaser: A diagnosis in four minutes.", 5),
        ("I wait for messages.", "I have symptoms.", 16),
        ("What happens with your answers.", "Find out your attachment disorder.", 29),
    ],
)
def test_it_is_looked_for_wherever_a_reader_sees_it(old: str, new: str, line: int) -> None:
    assert codes(old, new) == [("not-for-a-quiz", line)]


def test_the_place_told_of_is_the_words_own() -> None:
    (problem,) = found("text: Two.", 'text: "Hm. You are anxious."')
    line = QUIZ.replace("text: Two.", 'text: "Hm. You are anxious."').splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("You are")


def test_help_may_be_named_where_it_is_not_about_her() -> None:
    assert found("What happens with your answers.", "If you are in danger, ring somebody.") == []


def test_in_another_language_figures_are_still_no_result() -> None:
    assert codes("text: Two.", "text: Zu 80 % aengstlich.", "de") == [("score", 22)]
    assert codes("text: Two.", "text: Das Risiko und der Patient.", "de") == []


def test_a_quiz_that_cannot_be_read_never_stops_the_check() -> None:
    for said in ("scoring: 3", "scoring: []", "statements: {}", "results: []", "lines: x"):
        key = said.partition(":")[0]
        head, _, rest = QUIZ.partition(f"\n{key}:")
        rest = rest[rest.index("\n") :]
        while rest.startswith("\n  "):
            rest = rest[rest.index("\n", 1) :]
        _, problems = checked(f"{head}\n{said}{rest}")
        assert any(each.severity == "error" for each in problems), said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("middle: 3.0", "high_above: 3.0"),
        ("line: anxiety, text", "scale: anxiety, text"),
        ("text: One.", "text: You are secure."),
        ("in_between: 0.35", "in_between: 0.01"),
    ],
)
def test_what_is_wrong_with_a_quiz_that_is_not_open_stops_nothing(old: str, new: str) -> None:
    wrong = QUIZ.replace(old, new)
    _, problems = checked(wrong)
    said = [(each.code, each.line) for each in problems if each.severity == "error"]
    assert said
    _, problems = checked(wrong.replace("open: true", "open: false"))
    assert not [each for each in problems if each.severity == "error"]
    assert set(said) <= {(each.code, each.line) for each in problems}
