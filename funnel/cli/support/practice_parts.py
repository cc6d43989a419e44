"""An edition of the practice as texts to view and compare: one for each file of the folder that is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_FOLDERS = {"offers": "offers/{}.md", "pages": "pages/{}.md", "trainings": "assets/{}.toml"}
# A file's path and the line its text begins on were not published.
_LEFT_OUT = ("slug", "path", "body", "body_line")


def practice_parts(source: Mapping[str, Any]) -> dict[str, str]:
    """Each file's part of the edition, by path; files of `assets` by their digest."""
    return dict(sorted(_parts(source)))


def _parts(source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "practice.toml", _text(source["practice"])
    if source.get("home"):
        yield "home.md", _text(source["home"])
    if source.get("night"):
        yield "replies.md", _text(source["night"])
    for part, path in _FOLDERS.items():
        for name, said in source.get(part, {}).items():
            yield path.format(name), _text(said)
    for name, file in source["files"].items():
        yield f"assets/{name}", f"{file['size']} bytes as it is served, {file['suffix'][1:]} {file['digest'][:16]}\n"


def _text(said: Mapping[str, Any]) -> str:
    """The keys that have a value, one a line, and the text below them."""
    head = {key: value for key, value in said.items() if key not in _LEFT_OUT and value not in ("", [], {}, None)}
    keys = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)
    return f"{keys}\n{said['body']}" if said.get("body") else keys
