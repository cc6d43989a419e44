"""What a practitioner does to a sequence of letters between two publishings."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from funnel.curriculum import Lesson, Sequence
from tests.curriculum.examples import lesson

EDITS = (
    "insert",
    "remove",
    "cut",
    "reorder",
    "retime",
    "after",
    "text",
    "settings",
    "bonus",
    "move",
    "condition",
    "send",
)
CONDITIONS = (None, "booked", "not booked", "'evening' in tags", "opened('l0')")
_ZONES = ("reader", "practice", "Asia/Tokyo")


def edited(course: Sequence, kind: str, first: int, second: int, number: int) -> tuple[Sequence, str]:
    """The sequence after one edit, and the id of what was inserted, if anything was; days keep their order."""
    lessons = list(course.lessons)
    place = first % len(lessons)
    one = lessons[place]
    inserted = ""
    if kind in ("insert", "bonus"):
        inserted = f"new{number}"
        place = first % (len(lessons) + 1)
        before = course.days[lessons[place - 1].id] if place else 0
        lessons.insert(place, lesson(inserted, before + second % 4))
    elif kind == "remove" and len(lessons) > 1:
        del lessons[place]
    elif kind == "cut" and len(lessons) > 1:
        del lessons[-1]
    elif kind == "reorder":
        other = second % len(lessons)
        lessons[place], lessons[other] = _timed(lessons[other], one), _timed(one, lessons[other])
    elif kind == "retime":
        lessons[place] = replace(one, day=second * 2, after=None, at=time(18) if second % 3 == 0 else None)
    elif kind == "after":
        lessons[place] = replace(one, day=None, after=timedelta(days=1 + second))
    elif kind == "move":
        lessons[place] = replace(one, day=second * 2, after=None)
        lessons.sort(key=lambda each: second * 2 if each.id == one.id else course.days[each.id])
    elif kind == "condition":
        lessons[place] = replace(one, only_if=CONDITIONS[second % len(CONDITIONS)])
    elif kind == "text":
        lessons[place] = replace(one, body=f"Text {number}.")
    send = course.send
    if kind == "settings":
        send = replace(send, at=time(7 + second), zone=_ZONES[first % 3])
    return replace(course, send=send, lessons=tuple(_in_order(lessons))), inserted


def _timed(one: Lesson, like: Lesson) -> Lesson:
    return replace(one, day=like.day, after=like.after)


def _in_order(lessons: list[Lesson]) -> list[Lesson]:
    """No day before the one before it, and a day for the first."""
    found: list[Lesson] = []
    reached = 0
    for each in lessons:
        if each.after is None or not found:
            reached = max(reached, each.day or 0)
            found.append(replace(each, day=reached, after=None))
        else:
            reached += each.after.days
            found.append(each)
    return found
