"""A plan in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from funnel.curriculum.plan.changes import Change
from funnel.curriculum.plan.compute import Plan
from funnel.curriculum.schedule.calendar import say_day_and_month

_SIGNS = {"inserted": "+", "removed": "-"}


def render_plan(plan: Plan) -> str:
    """The plan as a practitioner reads it before publishing; several lines, without one at the end."""
    if plan.kind == "unchanged":
        return f"{plan.slug}\n  nothing changes"
    if plan.kind == "new":
        head = f"{plan.slug}\n  a new sequence of {_count(len(plan.changes), 'lesson')}"
        return "\n".join([head, *(f"  + {change.lesson_id}  {change.detail}" for change in plan.changes)])
    if plan.kind == "removed":
        said = plan.refused or "nobody is under way in it"
        return f"{plan.slug}\n  the sequence is removed: {said}"
    rows = [(_name(change), _what(change), _effect(change)) for change in plan.changes]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {name:<{widths[0]}}  {what:<{widths[1]}}  {effect}".rstrip() for name, what, effect in rows]
    return "\n".join([plan.slug, *lines])


def _name(change: Change) -> str:
    return f"{_SIGNS.get(change.kind, '~')} {change.lesson_id or '(settings)'}"


def _what(change: Change) -> str:
    if change.kind == "inserted":
        return f"inserted, {change.detail}"
    return "removed" if change.kind == "removed" else change.detail


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _some(number: int, one: str, many: str) -> str:
    """ "nobody has had it", "1 has had it", "212 have had it"."""
    return f"{number:,} {many}" if number > 1 else f"{number or 'nobody'} {one}"


def _had(counts: Mapping[str, int]) -> str:
    return _some(counts.get("had", 0), "has had it", "have had it")


def _effect(change: Change) -> str:
    counts = change.counts
    will_get, past = counts.get("will_get", 0), counts.get("past", 0)
    if change.kind == "removed":
        return _removed(change, counts.get("waiting", 0))
    if change.kind == "inserted":
        behind = _some(past, "is past it", "are past it")
        behind = f"; {behind}: nothing (--bonus sends it to them)" if past else ""
        return f"{_some(will_get, 'will get it', 'will get it')}{behind}"
    if change.kind in ("retimed", "settings"):
        return _moved(change, counts.get("moved", 0), will_get)
    if change.kind == "reordered":
        return f"{_some(will_get, 'will get it there', 'will get it there')}; {_had(counts)}"
    if change.kind == "condition":
        return f"asked of {_count(will_get, 'reader') if will_get else 'nobody'} still to come to it; {_had(counts)}"
    new = "the new text" if change.kind == "text" else "the new subject"
    next_ones = f"next {_count(will_get, 'reader')}" if will_get else "nobody"
    return f"{next_ones} {'get' if will_get > 1 else 'gets'} {new}; {_had(counts)}"


def _removed(change: Change, waiting: int) -> str:
    if not waiting:
        return f"nobody was waiting for it; {_had(change.counts)}"
    one = f"this reader goes on to {change.next_id}" if change.next_id else "this reader has then finished"
    many = f"they go on to {change.next_id}" if change.next_id else "they have then finished"
    return _some(waiting, f"was waiting for it: {one}", f"were waiting for it: {many}")


def _moved(change: Change, moved: int, later: int) -> str:
    on = _some(later, "further on gets it at its new time", "further on get it at its new time")
    further = f"; {on}" if later else ""
    if not moved:
        return f"nobody's next lesson moves{further}"
    example = f", for example {change.examples[0]}" if change.examples else ""
    before, after, people = change.dates[0] if change.dates else ("", "", moved)
    who = f"{_count(people, 'reader')} {'moves' if people == 1 else 'move'}"
    days = f" {_from_to(before, after)}" if change.dates else ""
    rest = f", {moved - people:,} by other days" if moved > people else ""
    return f"{who}{days}{rest}{example}{further}"


def _from_to(before: str, after: str) -> str:
    first, last = date.fromisoformat(before), date.fromisoformat(after)
    if first == last:
        return f"within {say_day_and_month(first)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"from {first.day} to {say_day_and_month(last)}"
    return f"from {say_day_and_month(first)} to {say_day_and_month(last)}"
