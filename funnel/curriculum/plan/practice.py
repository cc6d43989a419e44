"""How two editions of the practice itself differ, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from funnel.curriculum.plan.changes import Change
from funnel.curriculum.plan.result import Plan

PRACTICE = "practice"
"""What the practice's own editions are called where a sequence has its name."""

_FOLDERS = {"offers": "offers/{}.md", "pages": "pages/{}.md", "trainings": "assets/{}.toml", "files": "assets/{}"}
_FILES = {
    "practice": "practice.toml", "home": "home.md", "night": "replies.md", "help": "help.toml",
    "sessions": "sessions.toml",
}  # fmt: skip


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
    before, after = _by_file(old), _by_file(new)
    for path in dict.fromkeys((*before, *after)):
        said, says = before.get(path), after.get(path)
        if said and says:
            # What an older version did not know of, and this folder does not say, has not changed.
            says = {key: value for key, value in says.items() if key in said or value}
        if said != says:
            yield f"{path}: {_what(said, says)}"


def _by_file(source: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What each file says, by its path: first those of the practice's own language, then the siblings."""
    practice = dict(source.get("practice") or {})
    said: list[tuple[str, Mapping[str, Any]]] = [("", {**source, "practice": {**practice, "words": None}})]
    translated = source.get("translated") or {}
    words = practice.get("words") or {}
    said += [
        (f".{code}", {**(translated.get(code) or {}), "practice": words.get(code)})
        for code in sorted({*translated, *words})
    ]
    found: dict[str, Mapping[str, Any]] = {}
    for code, parts in said:
        files = [(path, parts.get(part)) for part, path in _FILES.items()]
        for part, path in _FOLDERS.items():
            files += [(path.format(name), each) for name, each in sorted((parts.get(part) or {}).items())]
        found |= {_with_code(path, code): each for path, each in files if each}
    return found


def _with_code(path: str, code: str) -> str:
    stem, dot, ending = path.rpartition(".")
    return f"{stem}{code}{dot}{ending}" if code else path


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
