"""Reasons of mails: as an address may say them, and for held mail what is missing and where that is mended."""

from __future__ import annotations

import re
from dataclasses import dataclass

from funnel.sending.outcomes import OURS

_LONGEST = 500
_PLACED = re.compile(r"(?P<path>\S+?):(?P<line>\d+)\s+(?P<what>.+)", re.S)
_BY_ITSELF = "Once that is published, all held mail goes by itself."


@dataclass(frozen=True, slots=True)
class Mending:
    """What is missing, and what to do; `where` is the file and line, "" where none is known."""

    what: str
    where: str
    advice: str


def mending(reason: str) -> Mending:
    """What a held mail's reason says, for whoever mends it."""
    if reason.startswith(OURS):
        return Mending(
            f"It cannot be sent as it was made: {reason.removeprefix(OURS)}",
            "",
            f"The sender or a line of ours was refused. Mend it in `practice.toml` or the settings. {_BY_ITSELF} "
            "After a change of settings it goes when the service is started again.",
        )
    if found := _PLACED.fullmatch(reason):
        where = found["path"] if found["line"] == "0" else f"{found['path']}, line {found['line']}"
        return Mending(found["what"], where, f"Mend it there. {_BY_ITSELF}")
    return Mending(reason or "No reason was kept", "", f"Mend what is missing. {_BY_ITSELF}")


def reason_in_address(reason: str) -> str:
    """The reason, as an address may say it; "" for one with a reader's address in it, which belongs in no log.

    It is compared as it stands, so it is not trimmed; PostgreSQL takes no NUL.
    """
    return "" if "@" in reason else reason.replace("\0", "")[:_LONGEST]
