"""Careful reading of what others wrote: every value may be missing, of another type, or far too large."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from funnel.adapters.http.fields import DELIVERY
from funnel.adapters.http.json_path import get_text
from funnel.webhooks.provider import Unreadable

MOST_EVENTS = 10_000  # in one request; the largest batch known is SparkPost's
_Kind = TypeVar("_Kind")
_DEEPEST_NUMBER = 400  # digits; what is longer is no number of ours


def parse_json(body: bytes | str) -> object:
    """Raises Unreadable for what is no JSON, or too deep to be read."""
    try:
        return json.loads(body, parse_int=_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is not JSON") from error


def items(value: object) -> Iterator[dict[str, object]]:
    """The objects of a list, or the one object itself. Raises Unreadable for anything else, or for too many."""
    if isinstance(value, dict):
        yield value
        return
    if not isinstance(value, list) or len(value) > MOST_EVENTS:
        raise Unreadable("the body holds no list of events")
    yield from (each for each in value if isinstance(each, dict))


def iter_events(body: bytes, kinds: Mapping[str, _Kind]) -> Iterator[tuple[dict[str, object], str, _Kind]]:
    """(event, its name, its kind) for each event of a body, one or a list, whose `event` is among `kinds`.

    Raises Unreadable where the body is neither.
    """
    for event in items(parse_json(body)):
        name = get_text(event, "event")
        if name in kinds:
            yield event, name, kinds[name]


def from_epoch(value: object) -> datetime | None:
    """A time from seconds since 1970, written as a number or as text; None where it is no time."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def from_iso(value: object) -> datetime | None:
    """A time from ISO 8601 with its zone, in UTC; None where it is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def delivery_in(value: object) -> str:
    """Our key in an object of metadata, or in such an object written as text."""
    if isinstance(value, str):
        try:
            value = parse_json(value[:2000])
        except Unreadable:
            return ""
    return get_text(value, DELIVERY, longest=100)


def lower_names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _number(text: str) -> int:
    if len(text) > _DEEPEST_NUMBER:
        raise ValueError("a number is too long")
    return int(text)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")
