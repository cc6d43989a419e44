"""Names on the command line: for a wrong one, the nearest is suggested."""

from __future__ import annotations

from collections.abc import Iterable

import click

from funnel.curriculum.addresses import read_address
from funnel.curriculum.names import nearest
from funnel.curriculum.parse.report import printable, some_of

_EDITION = "an edition is written SEQUENCE@NUMBER, for example anxious-attachment@3"


def unknown(what: str, word: str, known: Iterable[str]) -> click.UsageError:
    """The error to raise: there is no `what` of this name; did you mean …?"""
    names = list(known)
    near = nearest(word, names)
    there = f"There is: {some_of(names)}." if names else "There is none."
    hint = f"Did you mean {near}?" if near else there
    return click.UsageError(f"There is no {what} '{printable(word)}'. {hint}")


def split_edition(text: str) -> tuple[str, int | None]:
    """("anxious-attachment", 3) for `anxious-attachment@3`; None as the number if none is given. Raises UsageError."""
    slug, at, number = text.partition("@")
    if not at:
        return slug, None
    if not slug or not number.isascii() or not number.isdigit() or len(number) > 6:
        raise click.UsageError(f"'{printable(text)}' names no edition: {_EDITION}.")
    return slug, int(number)


def address_given(text: str) -> str:
    """An e-mail address as it was typed, read. Raises BadParameter."""
    address = read_address(text)
    if address is None:
        raise click.BadParameter(f"'{printable(text)}' is not an e-mail address; write for example ada@example.org")
    return address
