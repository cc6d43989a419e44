"""What lessons and conditions may ask of answers, and what the check says where they ask amiss."""

from __future__ import annotations

import pytest

from funnel.curriculum import Facts, check_library, parse_condition
from funnel.curriculum.conditions import ConditionError
from funnel.curriculum.plan.foresee import foresee
from tests.curriculum.examples import FIRST, SECOND, folder
from tests.curriculum.test_questions import PRESSED, TOPICS, TOWN, WHERE, asking

ENDED = Facts(answers=(("where", "ended"), ("topics", ("a", "b")), ("safe", False), ("town", "Cork")))


@pytest.mark.parametrize(
    ("condition", "ended", "nobody"),
    [
        ("answers.where == 'ended'", True, False),
        ("answers.where != 'ended'", False, True),
        ("answers.where in ['ended', 'x']", True, False),
        ("answers.where", True, False),
        ("'a' in answers.topics and not 'c' in answers.topics", True, False),
        ("answers.safe == false", True, False),
        ("not answers.safe", True, True),
        ("answers.town", True, False),
    ],
)
def test_a_condition_asks_for_answers(condition: str, ended: bool, nobody: bool) -> None:
    read = parse_condition(condition)
    assert (read.evaluate(ENDED), read.evaluate(Facts())) == (ended, nobody)


@pytest.mark.parametrize(
    "text", ["answers.where > 2", "answers.where == 3", "answers == 'x'", "answers.a == answers.b"]
)
def test_what_no_answer_can_be_compared_with_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse_condition(text)


def test_a_plan_tells_nobodys_answer() -> None:
    assert foresee("answers.where == 'ended'", Facts()) == (False, ("answers.where",))


def found(*, body: str = "", only_if: str = "", subject: str = "", offer: bytes = b"") -> list[str]:
    """The codes of what the check finds, in a folder that asks for one answer of each kind."""
    second = SECOND
    if only_if:
        second = b"\n".join(
            f'only_if: "{only_if}"'.encode() if line.startswith(b"only_if:") else line for line in second.split(b"\n")
        )
    if subject:
        second = second.replace(SECOND.split(b"subject:")[1].split(b"\n")[0], f' "{subject}"'.encode())
    files = folder(offer=offer or asking(WHERE, TOPICS, PRESSED), first=FIRST + body.encode(), second=second)
    return [f"{each.code}: {each.message} → {each.fix}" for each in check_library(files)[1] if each.severity == "error"]


@pytest.mark.parametrize(
    "body",
    [
        "{% if answers.where == 'ended' %}a{% elif answers.where %}b{% else %}c{% endif %}",
        "{% if 'ended' in answers.topics %}a{% else %}b{% endif %}",
        "{% if answers.pressed %}a{% elif answers.pressed == false %}b{% endif %}",
        "{% if answers.where in ['ended', 'together'] %}a{% endif %}",
        "{{ 'a' if answers.where == 'ended' else 'b' }}",
    ],
)
def test_a_lesson_may_speak_to_an_answer(body: str) -> None:
    assert found(body=body) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{% if answers.wher == 'ended' %}a{% endif %}", "Did you mean answers.where?"),
        ("{% if answers.where == 'endet' %}a{% endif %}", "Did you mean ended?"),
        ("{% if 'endd' in answers.topics %}a{% endif %}", "Did you mean ended?"),
        ("{% if 'ended' in answers.where %}a{% endif %}", "Ask answers.where == 'together'."),
        ("{% if answers.topics == 'ended' %}a{% endif %}", "Ask 'together' in answers.topics."),
        ("{% if answers.pressed == 'yes' %}a{% endif %}", "Ask answers.pressed."),
        ("{{ answers.where }}", "answers.where cannot be printed"),
        ("{{ answers.where or 'x' }}", "answers.where cannot be printed"),
        ("{{ answers }}", "there is no variable answers"),
    ],
)
def test_a_lesson_that_asks_amiss_is_told(body: str, said: str) -> None:
    (problem,) = found(body=body)
    assert said in problem


@pytest.mark.parametrize(
    ("only_if", "said"),
    [
        ("answers.wher == 'ended'", "Did you mean answers.where?"),
        ("answers.where == 'endet'", "Did you mean ended?"),
        ("'ended' in answers.where", "Ask answers.where == 'together'."),
        ("answers.where == 'ended' and answers.where == 'together'", "nobody can ever get this lesson"),
    ],
)
def test_a_condition_that_asks_amiss_is_told(only_if: str, said: str) -> None:
    (problem,) = found(only_if=only_if)
    assert said in problem


def test_a_condition_on_each_kind_can_hold() -> None:
    assert found(only_if="answers.where == 'ended' and 'ended' in answers.topics and not answers.pressed") == []
    assert found(only_if="answers.town", offer=asking(TOWN)) == []


def test_a_sensitive_answer_stands_in_no_subject() -> None:
    line = "{% if answers.%s %}a{% else %}b{% endif %}"
    (problem,) = found(subject=line.replace("%s", "pressed"))
    assert "subject tells answers.pressed" in problem
    assert found(subject=line.replace("%s", "where")) == []
