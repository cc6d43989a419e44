"""Whether YAML keeps what was typed: a # cuts a sentence off, and a word such as null is not text."""

from __future__ import annotations

from collections.abc import Iterator

from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table
from funnel.curriculum.parse.report import printable
from funnel.curriculum.parse.slips import PRINTED_QUOTES

# These values are read as names, numbers or times, so nothing can be lost from them unnoticed.
_TYPED = frozenset(
    (
        "id", "day", "after", "on", "at", "send", "days", "zone", "catch_up", "late_after", "spread_over", "only_if",
        "start_on", "for_offers", "stop_when", "kind", "open", "asset", "paid", "followed_by", "listed", "untracked",
        "scoring", "scale", "reverse",
    )
)  # fmt: skip
# Comments are written `# like this`, mostly further right; `#3` and `#calm` belong to the sentence before.
_OF_A_NOTE, _FAR = ("", " ", "\t", "#"), ("  ", "\t")
_NOTHING = ("null", "Null", "NULL", "~")


def check_kept(fields: Fields) -> None:
    """Reports every front matter text that YAML reads differently from what was typed, with the way to write it."""
    for key, value in _texts(fields.table):
        if value.quoted:
            continue
        cut = value.comment.strip()
        whole = f"{value.text} {cut}".strip()
        if value.text in _NOTHING:
            fields.error(
                value, "not-text", f"{key}: {value.text} says that there is none",
                f'Put it in quotation marks if it is meant so: {key}: "{value.text}"; or leave the line out.',
            )  # fmt: skip
        elif (inner := _in_printed_quotes(value.text)) and not cut:
            fields.warning(
                value, "printed-quotes", f"the quotation marks round {key} are printed ones, and readers see them",
                f"If they are not meant for readers, type straight ones: {key}: {_in_quotes(inner)}.",
            )  # fmt: skip
        elif cut and cut[1:2] not in _OF_A_NOTE:
            fields.error(
                value, "cut-off", f"everything behind the # of {key} is left out: {printable(cut, 30)}",
                f"Put the whole of it in quotation marks: {key}: {_in_quotes(whole)}.",
            )  # fmt: skip
        elif value.text.strip() and cut and not value.comment.startswith(_FAR):
            fields.warning(
                value, "cut-off", f"what stands behind the # of {key} is a note, and nobody reads it",
                f"If readers are to see it, put the whole of it in quotation marks: {key}: {_in_quotes(whole)}.",
            )  # fmt: skip


def _in_printed_quotes(text: str) -> str:
    """What stands between printed quotation marks that go round the whole; "" where none do."""
    if len(text) < 3 or text[0] not in PRINTED_QUOTES or text[-1] not in PRINTED_QUOTES:
        return ""
    inner = text[1:-1]
    return "" if any(sign in inner for sign in PRINTED_QUOTES if sign not in "‘’‚") else inner.strip()


def _in_quotes(text: str) -> str:
    shown = printable(text, 60)
    return f"'{shown}'" if '"' in shown and "'" not in shown else '"' + shown.replace('"', "'") + '"'


def _texts(table: Table) -> Iterator[tuple[str, Scalar]]:
    for key, entry in table.entries.items():
        if key not in _TYPED:
            yield from ((key, scalar) for scalar in _scalars(entry.value))
        elif isinstance(entry.value, Table):
            yield from _texts(entry.value)


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Listing):
        for item in node.items:
            yield from _scalars(item)
    else:
        yield from (scalar for _, scalar in _texts(node))
