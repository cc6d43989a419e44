"""A sequence as plain data, which is how an edition keeps it, and what it is known by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from funnel.curriculum.model import CatchUp, Lesson, Send, Sequence

_PLAIN_LESSON_FIELDS = (
    "id", "path", "subject_discreet", "preheader", "day", "only_if", "content_note", "body", "body_line",
)  # fmt: skip


def sequence_to_json(sequence: Sequence) -> dict[str, Any]:
    """Plain data, as an edition stores it: times as "HH:MM", spans in whole seconds."""
    return {
        "slug": sequence.slug,
        "title": sequence.title,
        "start_on": list(sequence.start_on),
        "for_offers": list(sequence.for_offers),
        "send": {"at": f"{sequence.send.at:%H:%M}", "days": sorted(sequence.send.days), "zone": sequence.send.zone},
        "catch_up": {
            "late_after": int(sequence.catch_up.late_after.total_seconds()),
            "spread_over": int(sequence.catch_up.spread_over.total_seconds()),
        },
        "stop_when": list(sequence.stop_when),
        "lessons": [_lesson_to_json(lesson) for lesson in sequence.lessons],
        "description": sequence.description,
        **({"titles": dict(sequence.titles)} if sequence.titles else {}),
        **_rounds_to_json(sequence),
    }


def sequence_from_json(data: Mapping[str, Any]) -> Sequence:
    """The sequence that was written so. Raises KeyError or ValueError when `data` is something else."""
    send, catch_up = data["send"], data["catch_up"]
    return Sequence(
        slug=data["slug"],
        title=data["title"],
        start_on=tuple(data["start_on"]),
        for_offers=tuple(data["for_offers"]),
        send=Send(time.fromisoformat(send["at"]), frozenset(send["days"]), send["zone"]),
        catch_up=CatchUp(
            timedelta(seconds=catch_up["late_after"]),
            timedelta(seconds=catch_up["spread_over"]),
        ),
        stop_when=tuple(data["stop_when"]),
        lessons=tuple(_lesson_from_json(lesson) for lesson in data["lessons"]),
        description=data["description"],
        titles=tuple(data.get("titles", {}).items()),
        rounds=tuple(map(date.fromisoformat, data.get("rounds", ()))),
        closes=data.get("closes", 0),
    )


def content_hash(sequence: Sequence) -> str:
    """SHA-256, in hex, of what the sequence says.

    Where a lesson stands on disk (`path`, `body_line`) is left out: renaming a file makes no new edition.
    """
    data = sequence_to_json(sequence)
    for lesson in data["lessons"]:
        for said in (lesson, *lesson.get("translations", {}).values()):
            del said["path"], said["body_line"]
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _rounds_to_json(sequence: Sequence) -> dict[str, Any]:
    if not sequence.rounds:
        return {}
    return {"rounds": [day.isoformat() for day in sequence.rounds], "closes": sequence.closes}


def _lesson_to_json(lesson: Lesson) -> dict[str, Any]:
    translations = {language: _lesson_to_json(said) for language, said in lesson.translations}
    return {
        "id": lesson.id,
        "path": lesson.path,
        "subjects": list(lesson.subjects),
        "subject_discreet": lesson.subject_discreet,
        "preheader": lesson.preheader,
        "day": lesson.day,
        "after": None if lesson.after is None else int(lesson.after.total_seconds()),
        "at": None if lesson.at is None else f"{lesson.at:%H:%M}",
        "only_if": lesson.only_if,
        "content_note": lesson.content_note,
        "body": lesson.body,
        "body_line": lesson.body_line,
        **({"on": lesson.on.isoformat()} if lesson.on is not None else {}),
        **({"translations": translations} if translations else {}),
    }


def _lesson_from_json(data: Mapping[str, Any]) -> Lesson:
    rest = {name: data[name] for name in _PLAIN_LESSON_FIELDS}
    return Lesson(
        subjects=tuple(data["subjects"]),
        after=None if data["after"] is None else timedelta(seconds=data["after"]),
        at=None if data["at"] is None else time.fromisoformat(data["at"]),
        on=date.fromisoformat(data["on"]) if "on" in data else None,
        translations=tuple(
            (language, _lesson_from_json(said)) for language, said in data.get("translations", {}).items()
        ),
        **rest,
    )
