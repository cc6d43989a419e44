"""What a command is to add (+) and to take away (-), in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from funnel.curriculum.parse.report import printable

Read = TypeVar("Read")


def sorted_out(changes: Iterable[str], read: Callable[[str], Read], wanted: str) -> tuple[list[Read], list[Read]]:
    """(what to add, what to remove). Raises UsageError for a value without a sign, or on which `read` raises
    ValueError.
    """
    signed: dict[str, list[Read]] = {"+": [], "-": []}
    for change in changes:
        try:
            signed[change[:1]].append(read(change[1:]))
        except (KeyError, ValueError):
            raise click.UsageError(f"'{printable(change)}' is no change of {wanted}.") from None
    return signed["+"], signed["-"]
