"""One appointment as a file for any calendar program (RFC 5545)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LONGEST_LINE = 75  # bytes of a line, without its end (RFC 5545, 3.1)
_ESCAPED = re.compile(r"([\\;,])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Appointment:
    """What a calendar is told. Times are aware; `uid` and a growing `sequence` let it replace an earlier version."""

    uid: str
    sequence: int
    starts: datetime
    minutes: int
    made: datetime
    summary: str
    description: str


def calendar_file(appointment: Appointment) -> bytes:
    """The file. Its times are in UTC, which every calendar shows on its owner's wall; it is private on shared ones."""
    ends = appointment.starts + timedelta(minutes=appointment.minutes)
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//funnel//appointment//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{appointment.uid}",
        f"SEQUENCE:{appointment.sequence}",
        f"DTSTAMP:{_moment(appointment.made)}",
        f"DTSTART:{_moment(appointment.starts)}",
        f"DTEND:{_moment(ends)}",
        f"SUMMARY:{_text(appointment.summary)}",
        f"DESCRIPTION:{_text(appointment.description)}",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(_folded(line) for line in lines)


def _moment(at: datetime) -> str:
    """RFC 5545, 3.3.5, form 2."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """RFC 5545, 3.3.11: backslashes, semicolons, commas and line breaks are escaped."""
    lines = _UNSEEN.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return _ESCAPED.sub(r"\\\1", lines).replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """In lines of at most 75 bytes, each after the first with a blank before it, and no character cut in two."""
    out, length = bytearray(), 0
    for sign in line:
        encoded = sign.encode()
        if length + len(encoded) > _LONGEST_LINE:
            out += b"\r\n "
            length = 1
        out += encoded
        length += len(encoded)
    return bytes(out + b"\r\n")
