"""Reads one lesson file."""

from __future__ import annotations

from datetime import timedelta

from funnel.curriculum.conditions import ConditionError, parse_condition
from funnel.curriculum.model import Lesson
from funnel.curriculum.names import LESSON_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Listing, Scalar
from funnel.curriculum.problem import Location

FURTHEST_DAY = 3650
MOST_SUBJECTS = 4


def read_lesson(fields: Fields, body: str, body_line: int) -> Lesson | None:
    """The lesson of a file, or None when a required part is missing; every reason is reported."""
    before = fields.report.count_errors()
    fields.only(LESSON_KEYS)
    unknown_only = fields.report.count_errors()
    lesson = Lesson(
        id=fields.slug("id", "Give it a name that never changes, such as id: name-the-alarm."),
        path=fields.path,
        subjects=_subjects(fields),
        subject_discreet=fields.text("subject_discreet") or None,
        preheader=fields.text("preheader"),
        day=_day(fields),
        after=fields.span("after", "dw", timedelta(days=1), timedelta(days=FURTHEST_DAY)),
        at=fields.time("at"),
        only_if=_condition(fields),
        content_note=fields.text("content_note") or None,
        body=body,
        body_line=body_line,
    )
    if not body.strip():
        fields.report.error(
            Location(fields.path, body_line), "empty-lesson", "the lesson has no text", "Write it below the second ---."
        )
    broken = fields.report.count_errors() > unknown_only >= before
    return None if broken else lesson


def _subjects(fields: Fields) -> tuple[str, ...]:
    node = fields.node("subject")
    if node is None:
        fields.missing("subject", 'Write subject: "…", at most 60 characters.')
        return ()
    subjects = fields.texts("subject")
    if isinstance(node, Listing) and not 2 <= len(subjects) <= MOST_SUBJECTS:
        fields.error(node, "bad-subject", "a list of subjects has two to four", "Write one subject, or two to four.")
    for item in subjects:
        if "\n" in item.text:
            fields.error(item, "not-one-line", "the subject has several lines", "Write it on one line.")
    if len({item.text for item in subjects}) < len(subjects):
        fields.error(node, "bad-subject", "two of the subjects are the same", "Make them differ, or keep one.")
    return tuple(item.text for item in subjects)


def _day(fields: Fields) -> int | None:
    both = fields.node("day") is not None and fields.node("after") is not None
    if both:
        fields.error(fields.node("after"), "day-and-after", "day and after are both given", "Keep one of the two.")
    elif fields.node("day") is None and fields.node("after") is None:
        fields.missing("day", "Write day: 7 (days after the first day), or after: 7d (after the previous lesson).")
    return fields.integer("day", 0, FURTHEST_DAY)


def _condition(fields: Fields) -> str | None:
    text = fields.text("only_if", lines=True)
    node = fields.node("only_if")
    if not text or not isinstance(node, Scalar):
        return None
    try:
        parse_condition(text)
    except ConditionError as error:
        column = node.column + error.column - 1 + (1 if node.quoted else 0)
        fields.report.error(
            Location(fields.path, node.line, column), "only-if", f"only_if: {error.message}",
            "Ask about quiz.result, tags, booked, replied, watched, weeks, opened(\"id\") or clicked(\"id\").",
        )  # fmt: skip
    return text
