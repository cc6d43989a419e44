"""How two states of one sequence differ, lesson by lesson, and what that puts behind a reader."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.schedule.calendar import furthest_index

ChangeKind = Literal["text", "subject", "condition", "retimed", "reordered", "inserted", "removed", "settings"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `lesson_id` is "" for the sequence's own settings; `detail` says from what to what.

    `counts` maps a category to a number of readers; each reader is in one of these at most:

    * `had`, `held`, `on_its_way`: received it; it waits for a person; it is being sent
    * `passed_over`, `not_sent`: their condition did not hold; it was skipped or refused
    * `will_get`, `excluded`: get it; do not, as their condition stands
    * `lost`, `past`: would have got it and never will; are past it
    * `waiting`, `ahead`: waited for what is removed; would have come to it

    Of those who get it, `moved` get it at another time, `overtaken` waited for it and get another lesson first,
    `now_next` waited for another and get this one next. `kept`: their next lesson keeps a date that the new rules would
    no longer assign. `undated`: their round is gone, and they wait until a date is set; `begins`: they have one now.
    `depends`: their condition may still change, through the names in `depends_on`.

    `examples` are e-mail hints of a few of those concerned, `dates` the moves of the next due date and how many readers
    each concerns, commonest first; `following` is what those who waited for it come to instead or first ("": the end).
    """

    kind: ChangeKind
    lesson_id: str
    detail: str
    counts: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    next_id: str = ""
    dates: tuple[tuple[str, str, int], ...] = ()
    depends_on: tuple[str, ...] = ()
    following: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "kind": self.kind,
            "lesson": self.lesson_id,
            "detail": self.detail,
            "counts": dict(self.counts),
            "examples": list(self.examples),
            "next": self.next_id,
            "dates": [{"from": before, "to": after, "people": people} for before, after, people in self.dates],
            "depends_on": list(self.depends_on),
            "following": [{"lesson": lesson, "people": people} for lesson, people in self.following],
        }


def inserted_behind(
    old: Sequence, new: Sequence, delivered: AbstractSet[str], skipped_by_edit: AbstractSet[str] = frozenset()
) -> frozenset[str]:
    """Ids of lessons this edit inserts behind a reader; added to `Progress.skipped_by_edit`, they stay behind.

    A reader's place is the furthest lesson delivered, but for a bonus, which is in `skipped_by_edit` too. If the edit
    removes that very lesson, new lessons up to its day count as behind too: what takes the place of a lesson somebody
    has had is most often the same lesson renamed. A dated lesson is behind nobody; one that was had while it was dated,
    and has a day now, is no progress either.
    """
    had_by_date = frozenset(each for each in old.dated_ids - new.dated_ids if each in delivered and each in new.places)
    inserted = new.places.keys() - old.places.keys() - delivered
    progress = delivered - skipped_by_edit if skipped_by_edit else delivered
    place = furthest_index(old, progress)
    if place < 0 or not inserted:
        return had_by_date
    furthest = old.lessons[place]
    here = furthest_index(new, progress)
    day = old.days[furthest.id] if furthest.id not in new.places else -1
    return had_by_date | {
        lesson.id
        for index, lesson in enumerate(new.lessons)
        if lesson.id in inserted and lesson.on is None and (index < here or new.days[lesson.id] <= day)
    }


def differences(old: Sequence, new: Sequence) -> list[Change]:
    """Every difference, in the order of the new sequence, what was removed last; nobody counted yet."""
    changes: list[Change] = []
    settings = _settings(old, new)
    if settings:
        changes.append(Change("settings", "", "; ".join(settings)))
    before, moved = {lesson.id: lesson for lesson in old.lessons}, _reordered(old, new)
    for lesson in new.lessons:
        earlier = before.get(lesson.id)
        if earlier is None:
            changes.append(Change("inserted", lesson.id, _nominal(lesson, new)))
        else:
            changes.extend(_lesson_changes(earlier, lesson, old, new))
            if lesson.id in moved:
                changes.append(Change("reordered", lesson.id, "stands elsewhere in the order"))
    kept = {lesson.id for lesson in new.lessons}
    changes.extend(
        Change("removed", lesson.id, f"was {_nominal(lesson, old)}") for lesson in old.lessons if lesson.id not in kept
    )
    return changes


def _lesson_changes(earlier: Lesson, lesson: Lesson, old: Sequence, new: Sequence) -> list[Change]:
    changes: list[Change] = []
    if earlier.body != lesson.body or earlier.content_note != lesson.content_note:
        changes.append(Change("text", lesson.id, "text changed"))
    if _subject(earlier) != _subject(lesson):
        changes.append(Change("subject", lesson.id, "subject changed"))
    changes += [Change("text", lesson.id, said) for said in _translated(dict(earlier.translations), lesson)]
    if earlier.only_if != lesson.only_if:
        words = f"only if {lesson.only_if}" if lesson.only_if else "now for everybody"
        changes.append(Change("condition", lesson.id, words))
    if day_in_words(earlier, old) != day_in_words(lesson, new):
        changes.append(Change("retimed", lesson.id, f"{day_in_words(earlier, old)} → {day_in_words(lesson, new)}"))
    elif lesson.on is None and old.days[lesson.id] != new.days[lesson.id]:
        # Counted from the one before, which has another day now.
        changes.append(Change("retimed", lesson.id, f"day {old.days[lesson.id]} → day {new.days[lesson.id]}"))
    return changes


def _translated(earlier: dict[str, Lesson], lesson: Lesson) -> list[str]:
    """What changed in its siblings. Who reads in a language that it is not written in any more gets the source."""
    now = dict(lesson.translations)
    gone = [f"no longer written in {code}: its readers get the source" for code in sorted(earlier.keys() - now.keys())]
    new = [f"now written in {code} too" for code in sorted(now.keys() - earlier.keys())]
    both = sorted(earlier.keys() & now.keys())
    return gone + new + [f"text in {code} changed" for code in both if _words(earlier[code]) != _words(now[code])]


def _words(lesson: Lesson) -> tuple[object, ...]:
    return lesson.body, lesson.content_note, *_subject(lesson)


def _subject(lesson: Lesson) -> tuple[object, ...]:
    return lesson.subjects, lesson.subject_discreet, lesson.preheader


def day_in_words(lesson: Lesson, sequence: Sequence) -> str:
    """When a lesson goes, in words: "day 28", "7 days after the one before, 18:00", "on 2026-12-24"."""
    at = f", {lesson.at:%H:%M}" if lesson.at is not None else ""
    if lesson.on is not None:
        return f"on {lesson.on}{at}"
    if lesson.after is not None:
        days = lesson.after // timedelta(days=1)
        return f"{days} day{'' if days == 1 else 's'} after the one before{at}"
    return f"day {lesson.day}{at}"


def _nominal(lesson: Lesson, sequence: Sequence) -> str:
    return f"day {sequence.days[lesson.id]}" if lesson.on is None else f"on {lesson.on}"


def rounds_in_words(sequence: Sequence) -> str:
    """When it begins: "2027-01-08, 2027-03-05", "… open 3 days", "with each reader"."""
    if not sequence.rounds:
        return "with each reader"
    days = ", ".join(day.isoformat() for day in sequence.rounds)
    return f"{days}, open {sequence.closes} day{'' if sequence.closes == 1 else 's'}" if sequence.closes else days


def _reordered(old: Sequence, new: Sequence) -> set[str]:
    """Lessons that must be moved to turn the old order into the new: all but a longest run that kept its order."""
    places = {lesson.id: index for index, lesson in enumerate(old.lessons)}
    dated = old.dated_ids | new.dated_ids  # their place says nothing
    order = [lesson.id for lesson in new.lessons if lesson.id in places and lesson.id not in dated]
    best: list[tuple[int, str | None]] = []
    for index, lesson_id in enumerate(order):
        fitting = [
            (best[earlier][0], order[earlier]) for earlier in range(index) if places[order[earlier]] < places[lesson_id]
        ]
        length, before = max(fitting, default=(0, None), key=lambda pair: pair[0])
        best.append((length + 1, before))
    kept: set[str] = set()
    if best:
        at: str | None = order[max(range(len(best)), key=lambda index: best[index][0])]
        while at is not None:
            kept.add(at)
            at = best[order.index(at)][1]
    return set(order) - kept


def _settings(old: Sequence, new: Sequence) -> list[str]:
    words: list[str] = []
    if old.send.at != new.send.at:
        words.append(f"sent at {old.send.at:%H:%M} → {new.send.at:%H:%M}")
    if old.send.days != new.send.days:
        words.append("sending days changed")
    if old.send.zone != new.send.zone:
        words.append(f"zone {old.send.zone} → {new.send.zone}")
    if (old.start_on, old.for_offers) != (new.start_on, new.for_offers):
        words.append("what starts it changed")
    if old.stop_when != new.stop_when:
        words.append("the goals that end it changed")
    if (old.rounds, old.closes) != (new.rounds, new.closes):
        words.append(f"rounds {rounds_in_words(old)} → {rounds_in_words(new)}")
    if old.catch_up != new.catch_up:
        words.append("catching up changed")
    if (old.title, old.description) != (new.title, new.description):
        words.append("title or description changed")
    return words
