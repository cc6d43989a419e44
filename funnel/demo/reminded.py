"""The one reminder to who has not confirmed: once to each, and to nobody who has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from funnel.demo.evidence import ACCEPTED, Disagreement, Evidence, Fault, SeenRow

REMINDER = "reminder"
"""The kind of that mail."""


def reminded_as_agreed(evidence: Evidence) -> Iterator[Disagreement]:
    """Nobody is reminded twice, or was when she had confirmed before the mail was made."""
    for email, n in Counter(row.email.casefold() for row in evidence.rows if row.kind == REMINDER).items():
        if n > 1:
            yield Disagreement(Fault.UNASKED, f"{email} was reminded {n} times")
    for row in _sent(evidence):
        person = evidence.people.get(row.email.casefold())
        if person is not None and person.confirmed is not None and person.confirmed.story < row.created_at:
            yield Disagreement(Fault.UNASKED, f"{row.email} had confirmed, and was reminded to")


def reminder_counts_of(evidence: Evidence) -> tuple[int, int]:
    """How many were reminded, and of how many the reminder was called off, as they confirmed in time."""
    called_off = sum(row.kind == REMINDER and row.state != ACCEPTED for row in evidence.rows)
    return len(_sent(evidence)), called_off


def _sent(evidence: Evidence) -> list[SeenRow]:
    return [row for row in evidence.rows if row.kind == REMINDER and row.state == ACCEPTED]
