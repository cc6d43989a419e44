"""What people saw in their rooms, against what had been sent to them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from funnel.demo.deeds import RoomReading
from funnel.demo.evidence import ACCEPTED, Disagreement, Evidence, Fault, SeenRow

OWN_LINK = "own_data"
# Machine time from a mail server's answer to its being written down, which is done for many at a time.
_WRITTEN_DOWN = timedelta(seconds=5)


def links_as_asked(evidence: Evidence) -> Iterator[Disagreement]:
    """A fresh link was mailed as often as it was asked for, and to nobody else."""
    mailed = Counter(row.email for row in evidence.rows if row.kind == OWN_LINK)
    asked = evidence.deeds.links_asked
    for email in sorted({*mailed, *asked}):
        if mailed[email] != asked.get(email, 0):
            yield Disagreement(
                Fault.FIGURE,
                f"{email} asked {asked.get(email, 0)} times for a link to what was sent, {mailed[email]} were mailed",
            )


def rooms_list_what_was_sent(evidence: Evidence) -> Iterator[Disagreement]:
    """A room lists each lesson that its reader was sent, by the subject of its mail, and nothing of what is to come."""
    subjects = {mail.message_id: mail.subject for mail in evidence.caught}
    for reading in evidence.deeds.readings:
        yield from _listed(evidence, reading, subjects)


def _listed(evidence: Evidence, reading: RoomReading, subjects: dict[str, str]) -> Iterator[Disagreement]:
    sent = {row.id: row for row in evidence.rows if row.email == reading.email and _is_sent_lesson(row)}
    surely, after = reading.seen.before.story - _WRITTEN_DOWN * evidence.rate, reading.seen.after.story
    for letter in reading.letters:
        row = sent.get(letter.number)
        if row is None or row.ended_at is None or row.ended_at > after:
            yield Disagreement(
                Fault.FIGURE, f"the room of {reading.email} listed {letter.subject!r}, which was not sent by then"
            )
        elif subjects.get(row.message_id, letter.subject) != letter.subject:
            yield Disagreement(
                Fault.FIGURE,
                f"the room of {reading.email} listed {letter.subject!r}, its mail says {subjects[row.message_id]!r}",
            )
    listed = {sent[letter.number].name for letter in reading.letters if letter.number in sent}
    for row in sent.values():
        if _had_by(row, surely) and row.name not in listed:
            yield Disagreement(
                Fault.MISSING, f"the room of {reading.email} did not list {row.name}, which had been sent"
            )


def _is_sent_lesson(row: SeenRow) -> bool:
    return bool(row.lesson_id) and row.state == ACCEPTED


def _had_by(row: SeenRow, at: datetime) -> bool:
    """Whether this had surely been recorded as sent by then."""
    return row.ended_at is not None and row.ended_at < at
