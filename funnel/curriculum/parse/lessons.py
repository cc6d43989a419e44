"""Reads one lesson file."""

from __future__ import annotations

from datetime import date, timedelta

from funnel.curriculum.conditions import ConditionError, parse_condition
from funnel.curriculum.model import Lesson
from funnel.curriculum.names import LESSON_KEYS
from funnel.curriculum.parse.fields import Fields, read_date
from funnel.curriculum.parse.nodes import Listing, Scalar
from funnel.curriculum.parse.report import printable
from funnel.curriculum.problem import Location

FURTHEST_DAY = 3650
FIRST_YEAR, LAST_YEAR = 2000, 2100
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
        on=_date(fields),
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
    given = [key for key in ("day", "after", "on") if fields.node(key) is not None]
    if len(given) > 1:
        fields.error(
            fields.node(given[-1]), "day-and-after", f"{' and '.join(given)} are given together", "Keep one of them."
        )
    elif not given:
        fields.missing(
            "day",
            "Write day: 7 (days after the first day), after: 7d (after the previous lesson), or on: 2026-12-24.",
        )
    return fields.integer("day", 0, FURTHEST_DAY)


def _date(fields: Fields) -> date | None:
    text = fields.text("on")
    if not text:
        return None
    found, node = read_date(text), fields.node("on")
    if found is None:
        day, hour, _ = text.replace("T", " ").partition(" ")
        fix = "Write one day of the calendar, the year first, such as on: 2026-12-24."
        if hour and (likely := read_date(day)) is not None:
            fix = f'Write on: {likely}, and the time of day on a line of its own: at: "18:30".'
        fields.error(node, "bad-date", f"on is not a date: {printable(text, 30)}", fix)
    elif not FIRST_YEAR <= found.year <= LAST_YEAR:
        fields.error(
            node, "bad-date", f"on is no date of our time: {found}", f"Write a year from {FIRST_YEAR} to {LAST_YEAR}."
        )
        return None
    return found


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
