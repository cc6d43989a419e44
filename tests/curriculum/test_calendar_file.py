"""A file for calendars: escaped, folded, in UTC, and with one name for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from funnel.curriculum.calendar_file import Appointment, calendar_file

TALK = Appointment(
    uid="a1", sequence=2, starts=datetime(2027, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Dublin")), minutes=50,
    made=datetime(2027, 1, 4, 9, tzinfo=UTC), summary="A talk", description="Bring tea",
)  # fmt: skip


def unfolded(content: bytes) -> list[str]:
    return content.decode().replace("\r\n ", "").split("\r\n")


def value(content: bytes, name: str) -> str:
    (line,) = [line for line in unfolded(content) if line.startswith(f"{name}:")]
    return line.partition(":")[2]


def test_the_file_is_whole_and_its_times_are_in_utc() -> None:
    lines = unfolded(calendar_file(TALK))
    assert lines == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//funnel//appointment//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
        "UID:a1", "SEQUENCE:2", "DTSTAMP:20270104T090000Z", "DTSTART:20270328T013000Z", "DTEND:20270328T022000Z",
        "SUMMARY:A talk", "DESCRIPTION:Bring tea", "CLASS:PRIVATE", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


@given(st.text(max_size=300))
def test_whatever_stands_in_it_stays_one_value_in_short_lines(text: str) -> None:
    content = calendar_file(replace(TALK, summary=text, description="x"))
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert len(unfolded(content)) == len(unfolded(calendar_file(TALK)))
    said = value(content, "SUMMARY")
    back = said.replace("\\\\", "\0").replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\0", "\\")
    seen = "".join(sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if sign == "\n" or sign >= " ")
    assert back == seen.replace("\x7f", "").replace("\n", "\n") or "\t" in text


def test_signs_with_a_meaning_are_escaped() -> None:
    assert value(calendar_file(replace(TALK, summary="a,b;c\\d\ne")), "SUMMARY") == r"a\,b\;c\\d\ne"
