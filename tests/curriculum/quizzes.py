"""A small quiz the tests are written with, as its file and as a value."""

from __future__ import annotations

from funnel.curriculum import check_library
from funnel.curriculum.model import Problem
from funnel.curriculum.quiz import Quiz
from tests.curriculum.examples import SEQUENCE, folder

PATH = "offers/quiz.md"
QUIZ = """\
---
title: Which way do you lean?
kind: quiz
open: true
teaser: A few statements.
button: Send me the letters
consent: Please e-mail me the letters. I can stop at any time.
thanks: Please look into your mail.
scoring:
  {labels: ["no", "rather not", "in between", "rather", "yes"],
   middle: 3.0, in_between: 0.35, sure_to: 0.7, least_answered: 2}
lines:
  anxiety: {title: Worry, low_end: at ease, high_end: on the alert, low: Trust., high: An alarm.}
  avoidance: {title: Distance, low_end: near, high_end: alone, low: Near., high: By oneself.}
statements:
  - {id: wait, line: anxiety, text: I wait for messages.}
  - {id: door, line: avoidance, text: I shut the door.}
  - {id: sleep, line: anxiety, reverse: true, text: I sleep after a quarrel.}
  - {id: tea, line: avoidance, reverse: true, text: I am glad of tea.}
results:
  secure: {title: Towards ease, text: One., tonight: Rest.}
  anxious: {title: Towards an alarm, text: Two., tonight: Breathe.}
  avoidant: {title: Towards distance, text: Three., tonight: Write.}
  mixed: {title: Both ways, text: Four., tonight: Sit.}
  in_between: {title: In between, text: Five., tonight: Walk.}
  too_few: {title: Too few, text: Six., tonight: Sleep.}
cannot_see: It cannot see whom you thought of.
---
What happens with your answers.
"""


def checked(text: str = QUIZ, language: str = "en") -> tuple[Quiz | None, list[Problem]]:
    """The quiz of a file, and what check says about the file."""
    started = SEQUENCE.replace(b"for_offers: [ebook]", b"for_offers: [ebook, quiz]")
    files = folder(sequence=started) | {PATH: text.encode()}
    if language != "en":
        files["practice.toml"] = f'language = "{language}"\n'.encode() + files["practice.toml"]
    library, problems = check_library(files)
    offer = None if library is None else library.offers.get("quiz")
    return (None if offer is None else offer.quiz), [each for each in problems if each.path == PATH]


def the_quiz(text: str = QUIZ) -> Quiz:
    quiz, problems = checked(text)
    assert quiz is not None
    assert [each for each in problems if each.severity == "error"] == []
    return quiz
