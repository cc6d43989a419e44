"""A sequence: its own file, and its lessons in the order in which they fall due."""

from __future__ import annotations

import re
from collections.abc import Sequence as Seq
from datetime import date, time, timedelta
from itertools import pairwise

from funnel.curriculum.model import CatchUp, Lesson, Send, Sequence
from funnel.curriculum.names import CATCH_UP_KEYS, GOALS, SEND_KEYS, SEQUENCE_KEYS, TRIGGERS
from funnel.curriculum.parse.fields import Fields, read_date
from funnel.curriculum.parse.nodes import Listing, Scalar, Table
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.problem import Location
from funnel.curriculum.tag_names import TAG_RULE, asked_tag, asks_for_tag

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_DEFAULT_DAYS = frozenset(range(5))


def read_sequence(slug: str, fields: Fields, description: str, lessons: tuple[Lesson, ...]) -> Sequence:
    """The sequence of a folder, from its front matter and the lessons that could be read."""
    fields.only(SEQUENCE_KEYS)
    return Sequence(
        slug=slug,
        title=fields.text("title", "Write title: followed by the sequence's name."),
        start_on=_start_on(fields),
        for_offers=tuple(item.text for item in fields.texts("for_offers")),
        send=_send(fields),
        catch_up=_catch_up(fields),
        stop_when=_stop_when(fields),
        lessons=lessons,
        description=description.strip(),
        rounds=_rounds(fields),
        closes=_closes(fields),
    )


def _start_on(fields: Fields) -> tuple[str, ...]:
    known = [name for name in TRIGGERS if not name.endswith(":")]
    found: list[str] = []
    for item in fields.texts("start_on"):
        if asks_for_tag(item.text):
            found += _asked(fields, "start_on", item)
            continue
        names_a_sequence = item.text.startswith("finished:") and item.text != "finished:"
        if names_a_sequence or fields.is_known("start_on", item, (*known, "finished:<sequence>", "tag:<name>")):
            found.append(item.text)
    if fields.node("start_on") is None:
        fields.missing("start_on", "Write start_on: [confirm] and for_offers, or start_on: [by_hand].")
    return tuple(found)


def _stop_when(fields: Fields) -> tuple[str, ...]:
    known = [*(name for name in GOALS if not name.endswith(":")), "tag:<name>"]
    found: list[str] = []
    for item in fields.texts("stop_when"):
        if asks_for_tag(item.text):
            found += _asked(fields, "stop_when", item)
        elif fields.is_known("stop_when", item, known):
            found.append(item.text)
    return tuple(found)


def _asked(fields: Fields, key: str, item: Scalar) -> list[str]:
    """What asks for a tag, as it is written; a name that none can have is reported, and left out."""
    if asked_tag(item.text):
        return [item.text]
    fields.error(item, "bad-tag", f"{key} asks for {printable(item.text, 80)}, and no tag is called so", TAG_RULE)
    return []


def _inner(fields: Fields, key: str, example: str) -> Fields:
    node = fields.node(key)
    if node is not None and not isinstance(node, Table):
        fields.error(node, "not-a-table", f"{key} is not a list of keys", f"Write {key}: {example}.")
    table = node if isinstance(node, Table) else Table({}, fields.table.line, fields.table.column)
    return Fields(fields.path, table, fields.report)


def _send(fields: Fields) -> Send:
    inner = _inner(fields, "send", '{at: "08:00", days: [mon, tue, wed, thu, fri], zone: reader}')
    inner.only(SEND_KEYS)
    days = frozenset(WEEKDAYS.index(name) for name in inner.choices("days", WEEKDAYS))
    node = inner.node("days")
    if isinstance(node, Listing) and not node.items:
        inner.error(
            node, "no-days", "no day is named, so no lesson could ever go out", f"Write days: [{', '.join(WEEKDAYS)}]."
        )
    return Send(
        inner.time("at") or time(8), days or _DEFAULT_DAYS, inner.zone("zone", ("reader", "practice"), "reader")
    )


def _catch_up(fields: Fields) -> CatchUp:
    inner = _inner(fields, "catch_up", "{late_after: 3d, spread_over: 4h}")
    inner.only(CATCH_UP_KEYS)
    late_after = inner.span("late_after", "hdw", 12 * _HOUR, 60 * _DAY)
    spread_over = inner.span("spread_over", "mh", timedelta(minutes=1), 12 * _HOUR)
    return CatchUp(late_after or 3 * _DAY, spread_over or 4 * _HOUR)


def _rounds(fields: Fields) -> tuple[date, ...]:
    found: set[date] = set()
    for item in fields.texts("rounds"):
        day = read_date(item.text)
        if day is None:
            fields.error(
                item, "bad-date", f"rounds does not understand {printable(item.text, 30)}",
                "Write the first day of each, as in rounds: [2027-01-08, 2027-03-05].",
            )  # fmt: skip
        elif day in found:
            fields.error(item, "same-day", f"the round of {day} stands there twice", "Write each of its dates once.")
        else:
            found.add(day)
    return tuple(sorted(found))


def _closes(fields: Fields) -> int:
    span = fields.span("closes", "dw", _DAY, 60 * _DAY)
    if span is not None and fields.node("rounds") is None:
        fields.error(
            fields.node("closes"), "no-rounds", "closes is said of rounds, and there are none",
            "Write rounds: [2027-01-08], or take closes away: then everybody begins when she signs up.",
        )  # fmt: skip
    return 0 if span is None else span.days


def file_order(path: str) -> tuple[tuple[int, int, str], ...]:
    """A sorting key that puts week-2.md before week-10.md."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", path)
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)


def in_due_order(slug: str, lessons: Seq[Lesson], report: Report) -> tuple[Lesson, ...]:
    """The lessons of a folder in the order they fall due. Two on one day, or an unclear order, is reported."""
    days: list[tuple[int, Lesson]] = []
    reached = 0
    in_files = sorted(lessons, key=lambda lesson: file_order(lesson.path))
    _report_backwards(in_files, report)
    # A dated lesson stands beside the calendar: what comes after counts from the lesson before it.
    first = next((lesson for lesson in in_files if lesson.on is None), None)
    for lesson in in_files:
        if lesson.after is not None and lesson is first:
            report.error(
                Location(lesson.path), "no-previous", f"{lesson.id} comes after the previous lesson, but is the first",
                "Write day: 0 instead of after.",
            )  # fmt: skip
        reached = lesson.day if lesson.day is not None else reached + (lesson.after or timedelta()).days
        days.append((reached, lesson))
    ordered = sorted(days, key=lambda pair: pair[0])
    by_day = [pair for pair in ordered if pair[1].on is None]
    _report_ties(by_day, report)
    _report_torn([pair for pair in days if pair[1].on is None], by_day, report)
    return tuple(lesson for _, lesson in ordered)


def _report_backwards(in_files: list[Lesson], report: Report) -> None:
    """Reports two dated lessons on one date, and one whose date is before that of a file before it."""
    dated = [(lesson.on, lesson) for lesson in in_files if lesson.on is not None]
    for (day, lesson), (next_day, next_one) in pairwise(dated):
        if next_day == day:
            report.error(
                Location(next_one.path), "same-day", f"{next_one.id} falls on {day}, as {lesson.id} does",
                "Give one of them another date: nobody gets two lessons in one day.",
            )  # fmt: skip
        elif next_day < day:
            report.error(
                Location(next_one.path), "dates-backwards", f"{next_one.id} is for {next_day}, {lesson.id} for {day}",
                "Rename the files into the order of their dates, or put one of the dates right.",
            )  # fmt: skip


def _report_ties(ordered: list[tuple[int, Lesson]], report: Report) -> None:
    for (day, lesson), (next_day, next_one) in pairwise(ordered):
        if day == next_day:
            report.error(
                Location(next_one.path), "same-day", f"{next_one.id} falls on day {day}, as {lesson.id} does",
                "Give one of them another day: nobody gets two lessons in one day.",
            )  # fmt: skip


def _report_torn(days: list[tuple[int, Lesson]], ordered: list[tuple[int, Lesson]], report: Report) -> None:
    """Reports another lesson falling due between a lesson and the file its `after` refers to: it would be unclear which
    is meant.
    """
    before_in_files = {lesson.path: earlier for (_, earlier), (_, lesson) in pairwise(days)}
    for (_, earlier), (_, lesson) in pairwise(ordered):
        meant = before_in_files.get(lesson.path)
        if lesson.after is not None and meant is not None and meant is not earlier and meant.path != earlier.path:
            report.error(
                Location(lesson.path), "after-what",
                f"{lesson.id} comes after {meant.id} by file name, but {earlier.id} falls in between",
                "Rename the files into the order of their days, or write day instead of after.",
            )  # fmt: skip
