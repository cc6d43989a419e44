"""How two editions of the practice itself differ, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from funnel.curriculum.plan.changes import Change
from funnel.curriculum.plan.result import Plan

PRACTICE = "practice"
"""What the practice's own editions are called where a sequence has its name."""

_FOLDERS = {"offers": "offers/{}.md", "pages": "pages/{}.md", "trainings": "assets/{}.toml", "files": "assets/{}"}
_FILES = {"practice": "practice.toml", "home": "home.md", "night": "replies.md"}


def plan_practice(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Plan:
    """What publishing `new` over `old` changes; both are what `practice_source` gave, `old` None the first time.

    A change's `lesson_id` is empty and its `detail` begins with the path of the file.
    """
    if old is None:
        changes = [Change("settings", "", "the practice, its offers, pages and files, for the first time")]
    else:
        changes = [Change("settings", "", detail) for detail in _differences(old, new)]
    return Plan(PRACTICE, "edited" if changes else "unchanged", tuple(changes), {})


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for part, path in _FILES.items():
        before, after = old.get(part) or {}, new.get(part) or {}
        if before != after:
            yield f"{path}: {_what(before, after)}"
    for part, path in _FOLDERS.items():
        before, after = old.get(part) or {}, new.get(part) or {}
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield f"{path.format(name)}: {_what(before.get(name), after.get(name))}"


def _what(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """ "new", "removed", or which keys changed."""
    if not before:
        return "new"
    if not after:
        return "removed"
    if "digest" in before:
        return "changed"
    # A file's place on disk and the line its text begins in say nothing to a reader.
    changed = [key for key in after if before.get(key) != after[key] and key not in ("path", "body_line")]
    words = [_WORDS.get(key, key.replace("_", " ")) for key in changed]
    return f"{', '.join(words) or 'the file'} changed"


_WORDS = {"body": "the text", "from_address": "from", "bookings": "booking", "opens": "from", "closes": "to"}
