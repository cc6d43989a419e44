"""What an offer asks beside the address: up to three questions, and what may be answered to each.

An answer is a text for `choice` and `line`, True or False for `yes_no`, and for `choices` the chosen values in the
order in which they are offered. No answer is none of these: it is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from funnel.language import _

QUESTION_KINDS = ("choice", "choices", "line", "yes_no")
MOST_QUESTIONS = 3
MOST_OPTIONS = 12
LONGEST_LINE = 200
QUESTION_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""What can stand behind `answers.` in a lesson: a hyphen would subtract there."""

ANSWERS = "answers."
"""Before the name of a question, where lessons and conditions ask for what was answered."""

Answer = str | bool | tuple[str, ...]
_SAYS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `options` are pairs of a value, which never changes, and what readers see in its place.

    What is answered to a `sensitive` one is encrypted, and stands in no report, filter or subject.
    """

    name: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    sensitive: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """What may be chosen, as programs name it."""
        return tuple(value for value, _label in self.options)

    @property
    def is_sealed(self) -> bool:
        """Whether an answer is kept encrypted: a sensitive one, and whatever somebody wrote in her own words."""
        return self.sensitive or self.kind == "line"

    def said(self, answer: Answer) -> str:
        """An answer in the words of the form; a value that is no longer offered as it is."""
        if isinstance(answer, bool):
            return _("yes") if answer else _("no")
        labels = dict(self.options)
        if isinstance(answer, tuple):
            return ", ".join(labels.get(value, value) for value in answer)
        return labels.get(answer, answer)


def asked_questions(offers: Iterable[Iterable[Question]]) -> dict[str, Question]:
    """Every question of these offers by its name, as the first of them asks it."""
    found: dict[str, Question] = {}
    for questions in offers:
        for question in questions:
            found.setdefault(question.name, question)
    return found


def sensitive_names(offers: Iterable[Iterable[Question]]) -> frozenset[str]:
    """The names of the questions that one of these offers calls sensitive."""
    return frozenset(question.name for questions in offers for question in questions if question.sensitive)


class AnswerError(ValueError):
    """Why something cannot be taken as an answer, and what to do."""


def given_answers(
    questions: Iterable[Question], given: Mapping[str, object] | None, *, may_be_missing: bool = False
) -> dict[str, Answer]:
    """What was answered, by name. None as `given`: nobody was asked, so nothing is missing either.

    Raises AnswersError with a sentence for each that cannot be taken.
    """
    asked = {question.name: question for question in questions}
    if given is None:
        return {}
    wrong = {name: _unknown(name, asked) for name in given if name not in asked}
    found: dict[str, Answer] = {}
    for name, question in asked.items():
        try:
            answer = _answer_to(question, given.get(name))
        except AnswerError as error:
            wrong[name] = str(error)
            continue
        if answer is not None:
            found[name] = answer
        elif question.required and not may_be_missing:
            wrong[name] = _("Please answer this one, so that we can send you what fits.")
    if wrong:
        raise AnswersError(wrong)
    return found


class AnswersError(ValueError):
    """What is wrong with a form's answers: `errors` has a sentence for each name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def _answer_to(question: Question, given: object) -> Answer | None:
    """What was answered; None for nothing. A form sends a list of texts, a program a text, a list or a boolean.

    Raises AnswerError.
    """
    if question.kind == "yes_no":
        return _yes_or_no(given)
    texts = _texts(given)
    if question.kind == "line":
        return _line(texts)
    unknown = [text for text in texts if text not in question.values]
    if unknown:
        raise AnswerError(
            _(
                "There is no “%(value)s” to choose here. There is: %(known)s.",
                value=_short(unknown[0]),
                known=", ".join(question.values),
            )
        )
    if question.kind == "choices":
        return tuple(value for value in question.values if value in texts) or None
    if len(set(texts)) > 1:
        raise AnswerError(_("Only one of these can be chosen."))
    return texts[0] if texts else None


def _texts(given: object) -> list[str]:
    items = given if isinstance(given, list | tuple) else [] if given is None else [given]
    texts = [item for item in items if isinstance(item, str)]
    if len(items) > MOST_OPTIONS or len(texts) < len(items):
        raise AnswerError(_("This must be text, or a list of texts."))
    return [text for text in texts if text.strip()]


def _line(texts: list[str]) -> str | None:
    if len(texts) > 1:
        raise AnswerError(_("Please write one line."))
    text = " ".join(_UNPRINTABLE.sub(" ", "".join(texts)[: 10 * LONGEST_LINE]).split())
    if len(text) > LONGEST_LINE:
        raise AnswerError(_("Please keep it to %(most)s characters.", most=LONGEST_LINE))
    return text or None


def _yes_or_no(given: object) -> bool | None:
    if isinstance(given, bool) or given is None:
        return given
    texts = _texts(given)
    if not texts:
        return None
    word = texts[0].strip().lower()
    if len(texts) > 1 or word not in _SAYS:
        raise AnswerError(_("Please answer with yes or no."))
    return _SAYS[word]


def _unknown(name: str, asked: Mapping[str, Question]) -> str:
    known = ", ".join(asked)
    if not known:
        return _("Nothing is asked here, so there is nothing to answer.")
    return _("There is no question “%(name)s” here. There is: %(known)s.", name=_short(name), known=known)


def _short(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:40]
