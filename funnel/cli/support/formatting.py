"""How commands write numbers and times, the same everywhere."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def plural(number: int, what: str) -> str:
    """ "1 reader", "1,204 readers"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def moment(at: datetime, zone: str) -> str:
    """An aware time as local time of a zone: "Mon 4 Jan 2027 09:00"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def sentence_of(error: LookupError) -> str:
    """The message of a LookupError, as a sentence. (`str` of a KeyError would put it in quotation marks.)"""
    said = str(error.args[0] if error.args else error)
    return said if said.endswith(".") else f"{said}."
