"""YAML and TOML as one small tree in which every node knows its line and column.

YAML is read from its events, so nothing is ever constructed: tags, anchors and aliases are refused, and depth and size
are bounded while reading. Scalars stay the text that was typed, so 10:00 is not turned into 600, nor "no" into false.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.parse.slips import Slip, slip_in_toml, slip_in_yaml
from funnel.curriculum.problem import Location

DEEPEST_DATA = 8
MOST_NODES = 5_000
# libyaml gives the same events many times faster, where the wheel includes it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as typed. `comment` is the YAML comment after it, with the spaces before its #."""

    text: str
    quoted: bool
    line: int
    column: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Node, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Table:
    entries: dict[str, Entry]
    line: int
    column: int


Node = Scalar | Listing | Table


@dataclass(frozen=True, slots=True)
class Entry:
    key: Scalar
    value: Node


class _Refused(Exception):
    def __init__(self, line: int, column: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.fix = line, column, message, fix


def read_yaml(path: str, text: str, first_line: int, report: Report) -> Table | None:
    """The keys of a front matter whose first line has the number `first_line`; None with the reason in `report`."""
    try:
        return _YamlReader(path, text, first_line, report).read()
    except _Refused as refused:
        report.error(Location(path, refused.line, refused.column), "front-matter", refused.message, refused.fix)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        slip = slip_in_yaml(text, line) or Slip(
            line, column, f"the front matter cannot be read here ({printable(error.problem or 'syntax')})",
            "Write key: value, one per line; put text that holds a colon, # or quotes into quotes.",
        )  # fmt: skip
        place = Location(path, slip.line + first_line - 1, slip.column)
        report.error(place, "front-matter", slip.message, slip.fix)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        report.error(
            Location(path, first_line), "front-matter", f"the front matter cannot be read ({type(error).__name__})",
            "Write key: value, one per line.",
        )  # fmt: skip
    return None


# YAML 1.2, 6.6: a # behind a blank begins a comment, also in the middle of a sentence. One on the next line ends a
# plain text too, where it stands as deep as the text would go on.
_COMMENT = re.compile(r"((?:[ \t]+|[ \t]*\n[ \t]+)#.*)")


class _YamlReader:
    def __init__(self, path: str, text: str, first_line: int, report: Report) -> None:
        self._path = path
        self._report = report
        self._first_line = first_line
        self._text = text
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self._nodes = 0

    def read(self) -> Table:
        document: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.events.DocumentStartEvent):
                if document is not None:
                    raise self._refuse(event, "a second front matter begins here", "Keep one.")
                document = self._node(next(self._events), 1)
        if document is None:
            return Table({}, self._first_line, 1)
        if isinstance(document, Scalar) and not document.text:
            return Table({}, document.line, document.column)
        if not isinstance(document, Table):
            raise _Refused(
                document.line, document.column, "the front matter is not a list of keys", "Write key: value lines."
            )
        return document

    def _refuse(self, event: Any, message: str, fix: str) -> _Refused:
        line, column = self._mark(event)
        return _Refused(line, column, message, fix)

    def _mark(self, event: Any) -> tuple[int, int]:
        return event.start_mark.line + self._first_line, event.start_mark.column + 1

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.events.AliasEvent) or event.anchor is not None:
            raise self._refuse(event, "anchors (&) and aliases (*) are not used here", "Write it out, or quote it.")
        if event.tag is not None:
            raise self._refuse(event, "tags (!) are not used here", "Remove it, or put the text in quotes.")
        self._nodes += 1
        if depth > DEEPEST_DATA or self._nodes > MOST_NODES:
            raise self._refuse(event, "the front matter is too deep or too long", "Keep it short and flat.")
        line, column = self._mark(event)
        if isinstance(event, yaml.events.ScalarEvent):
            return Scalar(event.value, bool(event.style), line, column, self._comment_behind(event))
        if isinstance(event, yaml.events.SequenceStartEvent):
            return Listing(tuple(self._items(depth)), line, column)
        return self._table(depth, line, column)

    def _comment_behind(self, event: yaml.events.ScalarEvent) -> str:
        if event.style or event.end_mark is None:
            return ""  # nothing is lost inside quotes
        found = _COMMENT.match(self._text, event.end_mark.index)
        return found[1] if found else ""

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.events.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _table(self, depth: int, line: int, column: int) -> Table:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.events.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self._refuse(event, "a key is one word", "Write key: value.")
            value = self._node(next(self._events), depth + 1)
            if key.text in entries:
                self._report.error(
                    Location(self._path, key.line, key.column), "duplicate-key",
                    f"{printable(key.text)} is said twice", "Keep one of the two.",
                )  # fmt: skip
            else:
                entries[key.text] = Entry(key, value)
        return Table(entries, line, column)


_TOML_TABLE = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(?:#.*)?$")
_TOML_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=\s*")
_TOML_DOTS = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){20}")
_TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


def read_toml(path: str, text: str, report: Report) -> Table | None:
    """The keys of a TOML file; None with the reason in `report`."""
    line, column, what = 1, 1, "too many dots or brackets"
    try:
        # tomllib's time grows with the square of a key's dots.
        if _TOML_DOTS.search(text) is None:
            return _toml_table(tomllib.loads(text), (), _toml_marks(text), (1, 1))
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.search(str(error))
        line, column = (int(found[1]), int(found[2])) if found else (text.count("\n") + 1, 1)
        what = printable(_TOML_PLACE.sub("", str(error)).strip())
    except (RecursionError, ValueError) as error:
        what = type(error).__name__
    slip = slip_in_toml(text, line, what) or Slip(
        line, column, f"the file cannot be read here ({what})", 'Write key = "value", one per line, with the quotes.'
    )  # fmt: skip
    report.error(Location(path, slip.line, slip.column), "toml", slip.message, slip.fix)
    return None


_Marks = dict[tuple[str, ...], tuple[int, int]]


def _toml_marks(text: str) -> _Marks:
    """The place of each key, by its path; searched for in the text, because tomllib does not give it."""
    marks: _Marks = {}
    inside: tuple[str, ...] = ()
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if (table := _TOML_TABLE.match(line[:300])) is not None:
            name = table[2].replace('"', "").replace("'", "").replace(" ", "")
            inside = tuple(name.split("."))
            if table[1] == "[[":
                inside = (*inside, str(seen.get(name, 0)))
                seen[name] = seen.get(name, 0) + 1
            marks.setdefault(inside, (number, table.start(1) + 1))
        elif (key := _TOML_KEY.match(line[:300])) is not None:
            marks.setdefault((*inside, key[1]), (number, key.start(1) + 1))
    return marks


def _toml_node(value: Any, path: tuple[str, ...], marks: _Marks, parent: tuple[int, int]) -> Node:
    line, column = marks.get(path, parent)
    if isinstance(value, dict):
        return _toml_table(value, path, marks, (line, column))
    if isinstance(value, list):
        items = [_toml_node(item, (*path, str(at)), marks, (line, column)) for at, item in enumerate(value)]
        return Listing(tuple(items), line, column)
    if isinstance(value, str):
        return Scalar(value, True, line, column)
    if isinstance(value, bool):
        return Scalar("true" if value else "false", False, line, column)
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return Scalar(text, False, line, column)


def _toml_table(data: dict[str, Any], path: tuple[str, ...], marks: _Marks, parent: tuple[int, int]) -> Table:
    line, column = marks.get(path, parent)
    entries: dict[str, Entry] = {}
    for name, value in data.items():
        at = marks.get((*path, name), (line, column))
        entries[name] = Entry(Scalar(name, False, *at), _toml_node(value, (*path, name), marks, at))
    return Table(entries, line, column)
