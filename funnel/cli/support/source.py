"""A published lesson or sequence as a file it could have come from: reading it gives the same again."""

from __future__ import annotations

import json
from collections.abc import Iterable

from funnel.curriculum import Lesson, Sequence
from funnel.curriculum.parse.fields import say_span
from funnel.curriculum.parse.sequences import WEEKDAYS


def lesson_source(lesson: Lesson) -> str:
    """Front matter and body; keys without a value are left out."""
    subjects = [_text(subject) for subject in lesson.subjects]
    lines = [f"id: {lesson.id}"]
    lines += [f"subject: {subjects[0]}"] if len(subjects) == 1 else ["subject:", *(f"  - {each}" for each in subjects)]
    if lesson.subject_discreet is not None:
        lines.append(f"subject_discreet: {_text(lesson.subject_discreet)}")
    if lesson.preheader:
        lines.append(f"preheader: {_text(lesson.preheader)}")
    lines.append(_when(lesson))
    if lesson.at is not None:
        lines.append(f'at: "{lesson.at:%H:%M}"')
    if lesson.only_if is not None:
        lines.append(f"only_if: {_text(lesson.only_if)}")
    if lesson.content_note is not None:
        lines.append(f"content_note: {_text(lesson.content_note)}")
    return _file(lines, lesson.body)


def _when(lesson: Lesson) -> str:
    if lesson.on is not None:
        return f"on: {lesson.on.isoformat()}"
    return f"day: {lesson.day}" if lesson.after is None else f"after: {say_span(lesson.after)}"


def sequence_source(sequence: Sequence) -> str:
    """The content of `sequence.md`."""
    days = ", ".join(WEEKDAYS[day] for day in sorted(sequence.send.days))
    late_after, spread_over = say_span(sequence.catch_up.late_after), say_span(sequence.catch_up.spread_over)
    lines = [
        f"title: {_text(sequence.title)}",
        f"start_on: {_list(sequence.start_on)}",
        f"for_offers: {_list(sequence.for_offers)}",
        f'send: {{at: "{sequence.send.at:%H:%M}", days: [{days}], zone: {sequence.send.zone}}}',
        f"catch_up: {{late_after: {late_after}, spread_over: {spread_over}}}",
        f"stop_when: {_list(sequence.stop_when)}",
    ]
    return _file(lines, sequence.description)


def _file(lines: Iterable[str], body: str) -> str:
    return "\n".join(["---", *lines, "---", ""]) + body + ("" if body.endswith("\n") else "\n")


def _text(text: str) -> str:
    # JSON strings are YAML's quoted strings.
    return json.dumps(text, ensure_ascii=False)


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(_text(text) for text in texts) + "]"
