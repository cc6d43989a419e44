"""Typed access to the keys of one file. Every wrong value is reported with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta

from funnel.curriculum.names import nearest
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table
from funnel.curriculum.parse.report import Report, printable, some_of
from funnel.curriculum.problem import Location
from funnel.curriculum.walltime import is_zone, looks_like_offset, zone_names

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 64
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_SPAN = re.compile(r"([0-9]{1,4})(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# No leading zero: YAML 1.1 reads that as another number (010 is eight).
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,8})")
_ROUGH_TIME = re.compile(r"(?i)([0-9]{1,2})(?:[:.h]([0-9]{2}))?(?::[0-9]{2})?\s*(am|pm|a\.m\.|p\.m\.|h|uhr)?")

_QUOTED = '"…"'
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


class Fields:
    """The keys of `table`, from the file `path`."""

    def __init__(self, path: str, table: Table, report: Report) -> None:
        self.path = path
        self.table = table
        self.report = report

    def error(self, node: Node | None, code: str, message: str, fix: str) -> None:
        """Reports an error at `node`, or where the table begins."""
        at = node or self.table
        self.report.error(Location(self.path, at.line, at.column), code, message, fix)

    def warning(self, node: Node | None, code: str, message: str, fix: str) -> None:
        """Reports something worth a second look at `node`, or where the table begins."""
        at = node or self.table
        self.report.warning(Location(self.path, at.line, at.column), code, message, fix)

    def only(self, known: Iterable[str], of_file: Iterable[str] = ()) -> None:
        """Reports every key that is not in `known`, with the nearest known one.

        `of_file` are the keys of the whole file, where this is a table in it: one added at the file's end lands here.
        """
        names, above = list(known), set(of_file)
        for name, entry in self.table.entries.items():
            if name in names:
                continue
            near = nearest(name, names)
            fix = f"Did you mean {near}?" if near else f"Known keys: {', '.join(names)}."
            if name in above:
                fix = "Move its line up, above the first line in [brackets]: what stands below one belongs to it."
            self.error(entry.key, "unknown-key", f"the key {printable(name)} is not known here", fix)

    def node(self, key: str) -> Node | None:
        """The value written for `key`; None when it is missing or empty."""
        entry = self.table.entries.get(key)
        if entry is None or (isinstance(entry.value, Scalar) and not entry.value.text.strip()):
            return None
        return entry.value

    def missing(self, key: str, fix: str) -> None:
        """Reports that a key is required."""
        entry = self.table.entries.get(key)
        self.error(entry.key if entry else None, "missing-key", f"{key} is missing", fix)

    def written(self, key: str, value: str) -> str:
        """`key` with `value`, as this file writes it."""
        return f"{key} = {value}" if self.path.endswith(".toml") else f"{key}: {value}"

    def text(self, key: str, fix: str = "", *, lines: bool = False) -> str:
        """The text of `key`, stripped; "" when there is none, which is reported if `fix` says what to write."""
        node = self.node(key)
        if node is None:
            if fix:
                self.missing(key, fix)
            return ""
        if not isinstance(node, Scalar):
            self.error(
                node, "not-text", f"{key} is not a text", f"Write {self.written(key, _QUOTED)}, one text in quotes."
            )
            return ""
        text = node.text.strip()
        if not lines and "\n" in text:
            self.error(node, "not-one-line", f"{key} has several lines", "Write it on one line.")
            return " ".join(text.split())
        return text

    def texts(self, key: str) -> list[Scalar]:
        """The texts of a list, or of a single text, each with its place."""
        node = self.node(key)
        if node is None:
            return []
        items = node.items if isinstance(node, Listing) else (node,)
        found: list[Scalar] = []
        for item in items:
            if isinstance(item, Scalar) and item.text.strip():
                found.append(Scalar(item.text.strip(), item.quoted, item.line, item.column))
            elif isinstance(item, Table) and len(item.entries) == 1:
                pair = next(f"{word}:{_bare(entry.value)}" for word, entry in item.entries.items())
                self.error(
                    item, "not-text", f"{key} holds a text with a colon that stands in no quotation marks",
                    f'Put them round it: "{printable(pair)}".',
                )  # fmt: skip
            else:
                self.error(item, "not-text", f"{key} holds something that is not a text", "Write texts, with commas.")
        return found

    def choices(self, key: str, known: Mapping[str, object] | Iterable[str]) -> tuple[str, ...]:
        """The texts of a list, each of which must be one of `known`; others are reported and left out."""
        return tuple(item.text for item in self.texts(key) if self.is_known(key, item, known))

    def is_known(self, key: str, item: Scalar, known: Iterable[str]) -> bool:
        """Whether `item` is one of `known`. If not, reports it with the nearest known one."""
        names = list(known)
        if item.text in names:
            return True
        near = nearest(item.text, names)
        fix = f"Did you mean {near}?" if near else f"Write one of: {some_of(names)}."
        self.error(item, "unknown-value", f"{key} does not know {printable(item.text)}", fix)
        return False

    def choice(self, key: str, known: Iterable[str], default: str = "") -> str:
        """The text of `key`, which must be one of `known`. When missing: `default`, or reported if there is none."""
        names = list(known)
        if self.node(key) is None and default:
            return default
        text = self.text(key, f"Write one of: {', '.join(names)}.")
        node = self.node(key)
        if not text or not isinstance(node, Scalar):
            return default
        known_one = self.is_known(key, Scalar(text, node.quoted, node.line, node.column), names)
        return text if known_one else default

    def boolean(self, key: str, default: bool) -> bool:
        """true or false."""
        text = self.text(key).lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        if text:
            self.error(self.node(key), "not-boolean", f"{key} is neither true nor false", "Write true or false.")
        return default

    def integer(self, key: str, low: int, high: int) -> int | None:
        """A whole number within two bounds, or None."""
        text = self.text(key)
        if not text:
            return None
        if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
            bare = text.lstrip("0") or "0"
            likely = bare if _NUMBER.fullmatch(bare) and low <= int(bare) <= high else str(min(max(7, low), high))
            what = f"{key} is not a whole number from {low} to {high}: {printable(text, 20)}"
            zero = ", without a zero in front" if text.startswith("0") else ""
            self.error(
                self.node(key), "bad-number", what, f"Write a number, such as {self.written(key, likely)}{zero}."
            )
            return None
        return int(text)

    def time(self, key: str) -> time | None:
        """A time of day, HH:MM on the 24-hour clock, or None."""
        text = self.text(key)
        if not text:
            return None
        if _TIME.fullmatch(text):
            return time.fromisoformat(text)
        likely = _likely_time(text)
        said = self.written(key, f'"{likely}"')
        fix = f"Write {said}." if likely else 'Write it as "HH:MM", from "00:00" to "23:59".'
        if text.startswith("24"):
            fix = 'A day ends at "23:59"; midnight is "00:00" of the next day.'
        self.error(self.node(key), "bad-time", f"{key} is not a time of day: {printable(text, 20)}", fix)
        return None

    def span(self, key: str, units: str, low: timedelta, high: timedelta) -> timedelta | None:
        """A time span such as 7d; `units` are the letters allowed. None when missing or reported."""
        text = self.text(key)
        if not text:
            return None
        match = _SPAN.fullmatch(text)
        if match is not None and match[2] in units:
            span = timedelta(**{_UNITS[match[2]]: int(match[1])})
            if low <= span <= high:
                return span
        words = " or ".join(f"{letter} ({_UNITS[letter]})" for letter in units)
        self.error(
            self.node(key), "bad-span", f"{key} is no span of time that fits here: {printable(text, 20)}",
            f"Write a number and {words}, between {say_span(low)} and {say_span(high)}.",
        )  # fmt: skip
        return None

    def zone(self, key: str, also: tuple[str, ...] = (), default: str = "UTC") -> str:
        """A place name from the time zone database, or one of `also`; `default` when it is neither, reported."""
        text = self.text(key)
        if not text or text in also or is_zone(text):
            return text or default
        near = nearest(text, (*also, *zone_names()))
        fix = f"Did you mean {near}?" if near else "Write a place, such as Europe/Dublin."
        if looks_like_offset(text):
            fix = "Write a place, such as Europe/Dublin: an offset is wrong for half of the year."
        self.error(self.node(key), "bad-zone", f"{key} is not a time zone: {printable(text)}", fix)
        return default

    def day(self, key: str) -> date | None:
        """A date, YYYY-MM-DD, or None."""
        text = self.text(key)
        found = read_date(text) if text else None
        if text and found is None:
            self.error(
                self.node(key),
                "bad-date",
                f"{key} is not a date: {printable(text, 20)}",
                "Write the year first, such as 2026-11-22.",
            )
        return found

    def slug(self, key: str, fix: str) -> str:
        """A name of lower-case letters, digits and hyphens; "" when missing or reported."""
        text = self.text(key, fix)
        if text and not is_slug(text):
            self.error(self.node(key), "bad-id", f"{key} is not a plain name: {printable(text)}", SLUG_RULE)
            return ""
        return text


def _bare(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else "…"


SLUG_RULE = "Use small letters, digits and single hyphens, at most 64 characters."


def is_slug(text: str) -> bool:
    """Whether `text` can name a lesson, a sequence or an offer."""
    return len(text) <= LONGEST_SLUG and SLUG.fullmatch(text) is not None


def read_date(text: str) -> date | None:
    """The date in `text`, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _likely_time(text: str) -> str:
    """The time of day probably meant by 8:00, 8 am or 20.30 Uhr, in our notation; "" if none."""
    match = _ROUGH_TIME.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return ""
    hour, half = int(match[1]), (match[3] or "").lower()[:1]
    if half in ("a", "p"):
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else 24
    likely = f"{hour:02d}:{match[2] or '00'}"
    return likely if _TIME.fullmatch(likely) else ""


def say_span(span: timedelta) -> str:
    """A time span in our notation: 3d, 4h, 30m."""
    seconds = int(span.total_seconds())
    if seconds % 86_400 == 0 and seconds:
        return f"{seconds // 86_400}d"
    return f"{seconds // 3_600}h" if seconds % 3_600 == 0 else f"{seconds // 60}m"
