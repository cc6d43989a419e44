"""practice.de.toml: what practice.toml says to readers, in another language."""

from __future__ import annotations

from collections.abc import Iterable

from funnel.curriculum.names import PRACTICE_WORDS_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Scalar, Table
from funnel.curriculum.parse.practice import PATH, read_line, read_replies, toml_fields
from funnel.curriculum.parse.report import Report
from funnel.curriculum.parse.siblings import MARK, Sibling, check_is_current, text_mark
from funnel.curriculum.practice import Practice, PracticeWords


def read_practice_words(sibling: Sibling, data: bytes, practice: Practice, report: Report) -> PracticeWords | None:
    """What this sibling says; None where it cannot be read. Reports what its source does not have."""
    fields = toml_fields(sibling.path, data, report)
    if fields is None:
        return None
    fields.only([*PRACTICE_WORDS_KEYS, MARK])
    check_is_current(fields, PATH, _mark(practice))
    hours = [line.hours for line in practice.helplines if line.hours]
    return PracticeWords(
        replies=read_replies(fields),
        credentials=read_line(fields, "credentials"),
        licence=read_line(fields, "licence"),
        also=read_line(fields, "also"),
        bookings=_titles(fields, practice),
        hours=said_of(fields, "hours", hours),
    )


def _titles(fields: Fields, practice: Practice) -> dict[str, str]:
    titles: dict[str, str] = {}
    for name, entry in _entries(fields, "booking").items():
        if not fields.is_known("booking", entry[0], practice.bookings):
            continue
        if not isinstance(entry[1], Table):
            fields.error(entry[0], "not-a-table", f"booking.{name} is not a table", f"Write [booking.{name}].")
            continue
        inner = Fields(fields.path, entry[1], fields.report)
        inner.only(("title",))
        if title := inner.text("title", 'Write title = "…".'):
            titles[name] = title
    return titles


def said_of(fields: Fields, key: str, known: Iterable[str]) -> dict[str, str]:
    """What each of these texts is called here; one that is not known is reported."""
    said: dict[str, str] = {}
    names = list(dict.fromkeys(known))
    for name, (where, value) in _entries(fields, key).items():
        if not fields.is_known(key, where, names):
            continue
        if isinstance(value, Scalar) and value.text.strip():
            said[name] = value.text.strip()
        else:
            fields.error(where, "not-text", f"{key} says nothing for {name}", f'Write "{name}" = "…".')
    return said


def _entries(fields: Fields, key: str) -> dict[str, tuple[Scalar, object]]:
    node = fields.node(key)
    if node is None:
        return {}
    if not isinstance(node, Table):
        fields.error(node, "not-a-table", f"{key} is not a table", f"Write [{key}] on a line, and its keys below.")
        return {}
    return {name: (entry.key, entry.value) for name, entry in node.entries.items()}


def _mark(practice: Practice) -> str:
    """What practice.toml is known by to its siblings: changes with whatever they say in its stead."""
    said = [practice.replies, *filter(None, (practice.credentials, practice.licence, practice.also))]
    said += [text for name, booking in sorted(practice.bookings.items()) for text in (name, booking.title)]
    said += sorted({line.hours for line in practice.helplines})
    return text_mark(*said)
