"""A plan in plain words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from funnel.curriculum.plan.changes import Change
from funnel.curriculum.plan.result import Loss, Plan
from funnel.curriculum.schedule.spoken import say_day_and_month
from funnel.curriculum.sold import started_in_words
from funnel.curriculum.tag_names import tag_trigger

MOST_NAMED = 3
_APART = {
    "passed_over": "passed over",
    "held": "held",
    "on_its_way": "on its way as it was",
    "not_sent": "not sent",
}
_CHANGING = {
    "booked": "a booking",
    "replied": "an answer",
    "watched": "how much they watch",
    "tags": "their tags",
    "quiz.result": "the result of a quiz, which a plan does not look up",
    "opened": "what they open",
    "clicked": "what they click",
}
_NOBODY = "nobody gets it"
_SIGNS = {"inserted": "+", "removed": "-"}


def render_plan(plan: Plan) -> str:
    """The plan as a practitioner reads it before publishing; several lines, without one at the end."""
    if plan.kind == "unchanged" and not plan.bonus:
        return f"{plan.slug}\n  nothing changes"
    if plan.kind == "new":
        head = f"{plan.slug}\n  a new sequence of {_count(len(plan.changes), 'lesson')}"
        if starting := started_in_words(map(tag_trigger, plan.started_by)):
            head += f"\n  starts {starting}"
        return "\n".join([head, *(f"  + {change.lesson_id}  {change.detail}" for change in plan.changes)])
    if plan.kind == "removed":
        said = plan.refused or "nobody is under way in it"
        return f"{plan.slug}\n  the sequence is removed: {said}"
    sent = {each.lesson_id for each in plan.bonus}
    rows = [(_name(change), _what(change), _effect(change, plan, sent)) for change in plan.changes]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    lines = [f"  {name:<{widths[0]}}  {what:<{widths[1]}}  {effect}".rstrip() for name, what, effect in rows]
    rests = ["  rests: which days these will be is known when it goes on"] if plan.rests else []
    return "\n".join([plan.slug, *rests, *lines, *_consequences(plan)])


def _consequences(plan: Plan) -> list[str]:
    """What the changes together do to people: who loses what, who finishes, who is sent something beside the way."""
    lines = [f"  ! {loss.lesson_id}: {_loses(loss)}" for loss in plan.lost]
    if plan.finishing.people:
        verb = "finishes" if plan.finishing.people == 1 else "finish"
        lines.append(f"  ! {_count(plan.finishing.people, 'reader')} {verb} on the spot: {_names(plan.finishing)}")
    for bonus in plan.bonus:
        gets = f"{_count(bonus.people, 'reader')} get{'s' if bonus.people == 1 else ''} it" if bonus.people else _NOBODY
        lines.append(f"  * {bonus.lesson_id}: as a bonus {gets}{_between(bonus.dates)}")
    return lines


def _loses(loss: Loss) -> str:
    left = loss.people - loss.sent_all_the_same
    never = f"{_count(loss.people, 'reader')} never {'gets' if loss.people == 1 else 'get'} it now: {_names(loss)}"
    if not loss.sent_all_the_same:
        return f"{never}\n    (--bonus {loss.lesson_id} sends it to them all the same)"
    rest = f", {left:,} not, by its condition" if left else ""
    return f"{_count(loss.people, 'reader')} would never get it: {loss.sent_all_the_same:,} as a bonus{rest}"


def _names(loss: Loss) -> str:
    """The first few, and how many more."""
    few = loss.who[:MOST_NAMED]
    more = f" and {loss.people - len(few):,} more" if loss.people > len(few) else ""
    return f"{', '.join(few)}{more}"


def _between(dates: tuple[tuple[str, int], ...]) -> str:
    if not dates:
        return ""
    first, last = (say_day_and_month(date.fromisoformat(dates[place][0])) for place in (0, -1))
    return f", on {first}" if first == last else f", from {first} to {last}"


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
    """Who has handled a lesson, and how it ended where it did not arrive."""
    apart = [f"{counts[name]:,} {words}" for name, words in _APART.items() if counts.get(name)]
    return "; ".join([_some(counts.get("had", 0), "has had it", "have had it"), *([", ".join(apart)] if apart else [])])


def _depends(change: Change) -> str:
    """Who is left out by a condition as things stand, and for how many that may still change."""
    excluded, depends = change.counts.get("excluded", 0), change.counts.get("depends", 0)
    words = f"; {_some(excluded, 'is', 'are')} passed over as things stand" if excluded else ""
    if not depends:
        return words
    names = " and ".join(_CHANGING.get(name, f"{name}, which a plan does not look up") for name in change.depends_on)
    return f"{words}; for {depends:,} it depends on {names}"


def _effect(change: Change, plan: Plan, sent: Collection[str]) -> str:
    counts = change.counts
    will_get, past = counts.get("will_get", 0), counts.get("past", 0)
    if change.kind == "removed":
        return _removed(change, counts.get("waiting", 0))
    if change.kind == "inserted":
        behind = _some(past, "is past it", "are past it")
        bonus = "sent as a bonus" if change.lesson_id in sent else "nothing (--bonus sends it to them)"
        behind = f"; {behind}: {bonus}" if past else ""
        had = f"; {_had(counts)}" if _handled(counts) else ""
        return f"{_some(will_get, 'will get it', 'will get it')}{_depends(change)}{behind}{had}"
    if change.kind == "settings" and not counts:
        return ""  # of the practice or of how mails look, which is about nobody's day
    if change.kind in ("retimed", "settings"):
        return f"{_retimed(change, rests=plan.rests)}{_depends(change)}"
    if change.kind == "reordered":
        others = [f"; {said}" for said in _other_next(change)]
        all_told = will_get + counts.get("overtaken", 0) + counts.get("now_next", 0)
        there = _some(all_told, "will get it there", "will get it there")
        return f"{there}{''.join(others)}{_depends(change)}; {_had(counts)}"
    if change.kind == "condition":
        asked = will_get + counts.get("excluded", 0)
        who = _count(asked, "reader") if asked else "nobody"
        return f"asked of {who} still to come to it{_depends(change)}; {_had(counts)}"
    new = "the new text" if change.kind == "text" else "the new subject"
    next_ones = f"next {_count(will_get, 'reader')}" if will_get else "nobody"
    return f"{next_ones} {'get' if will_get > 1 else 'gets'} {new}{_depends(change)}; {_had(counts)}"


def _handled(counts: Mapping[str, int]) -> bool:
    return any(counts.get(name) for name in ("had", *_APART))


def _removed(change: Change, waiting: int) -> str:
    ahead = change.counts.get("ahead", 0)
    later = f"; {_some(ahead, 'more would have come to it', 'more would have come to it')}" if ahead else ""
    if not waiting:
        return f"nobody was waiting for it{later}; {_had(change.counts)}"
    return f"{_some(waiting, 'was waiting for it', 'were waiting for it')}: {_following(change, waiting)}{later}"


def _following(change: Change, waiting: int) -> str:
    ways = change.following or ((change.next_id, waiting),)
    if len(ways) == 1:
        if waiting == 1:
            return f"this reader goes on to {ways[0][0]}" if ways[0][0] else "this reader has then finished"
        return f"they go on to {ways[0][0]}" if ways[0][0] else "they have then finished"
    return ", ".join(
        f"{people:,} {'goes' if people == 1 else 'go'} on to {lesson}" if lesson else _then_finished(people)
        for lesson, people in ways
    )


def _then_finished(people: int) -> str:
    return _some(people, "has then finished", "have then finished")


def _retimed(change: Change, *, rests: bool) -> str:
    """Whose next lesson moves, who gets another one next, and who comes to this one later."""
    counts = change.counts
    moved, later, kept = (counts.get(name, 0) for name in ("moved", "will_get", "kept"))
    said = [_moved(change, moved, rests=rests)] if moved else []
    said += _other_next(change)
    if kept:
        one, many = "reader's next lesson keeps the day it was", "readers' next lessons keep the day they were"
        said.append(f"{kept:,} {one if kept == 1 else many} moved to")
    said += _rounds(counts)
    if not said:
        said = ["nobody's next lesson moves"]
    elif change.examples:
        said[0] += f", for example {change.examples[0]}"
    if later:
        said.append(_some(later, "further on gets it at its new time", "further on get it at its new time"))
    return "; ".join(said)


def _rounds(counts: Mapping[str, int]) -> list[str]:
    """Who waits for a round that is gone, and who waited for a date that is set now."""
    undated, begins = counts.get("undated", 0), counts.get("begins", 0)
    counted = (
        (undated, "waits until a new date is set", "wait until a new date is set"),
        (begins, "who waited for a date has one", "who waited for a date have one"),
    )
    return [_some(number, one, many) for number, one, many in counted if number]


def _other_next(change: Change) -> list[str]:
    """Who gets another lesson before the one she waited for, and who gets this one before another."""
    said = [
        f"{_count(people, 'reader')} {'gets' if people == 1 else 'get'} {lesson} first"
        for lesson, people in change.following
    ]
    now_next = change.counts.get("now_next", 0)
    return [*said, *([f"it comes next for {_count(now_next, 'reader')}"] if now_next else [])]


def _moved(change: Change, moved: int, *, rests: bool) -> str:
    if rests:
        whose = "reader's next lesson moves" if moved == 1 else "readers' next lessons move"
        return f"{moved:,} {whose}, when it goes on"
    before, after, people = change.dates[0] if change.dates else ("", "", moved)
    who = f"{_count(people, 'reader')} {'moves' if people == 1 else 'move'}"
    days = f" {_from_to(before, after)}" if change.dates else ""
    return f"{who}{days}{_others(change, moved - people)}"


def _others(change: Change, others: int) -> str:
    """Those who move from another date: by just as many days, or by others."""
    if others <= 0 or not change.dates:
        return ""
    by = _days_between(*change.dates[0][:2])
    as_much = sum(people for before, after, people in change.dates[1:] if _days_between(before, after) == by)
    words = [f", {as_much:,} by as much on other dates"] if as_much else []
    return "".join([*words, *([f", {others - as_much:,} by other days"] if others > as_much else [])])


def _days_between(before: str, after: str) -> int:
    return (date.fromisoformat(after) - date.fromisoformat(before)).days


def _from_to(before: str, after: str) -> str:
    first, last = date.fromisoformat(before), date.fromisoformat(after)
    if first == last:
        return f"within {say_day_and_month(first)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"from {first.day} to {say_day_and_month(last)}"
    return f"from {say_day_and_month(first)} to {say_day_and_month(last)}"
