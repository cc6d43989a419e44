"""Published sequences, read once: an edition never changes, so it is kept in memory by its id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.compose import CompiledLesson
from funnel.curriculum import Sequence, sequence_from_json
from funnel.models import Edition, EditionLesson, SequenceState

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Published:
    """A sequence's current edition, and the row ids of its compiled lessons."""

    edition_id: int
    number: int
    sequence: Sequence
    lesson_rows: dict[str, int]


class Editions:
    """A process's cache of editions. It is bounded; a practice has tens of editions, not thousands."""

    _KEPT = 64
    _KEPT_LESSONS = 512

    def __init__(self) -> None:
        self._published: dict[int, Published] = {}
        self._compiled: dict[int, CompiledLesson] = {}

    def current(self, session: Session, slug: str) -> Published | None:
        """The current edition; None if this sequence was never published."""
        edition_id = session.scalar(select(SequenceState.edition_id).where(SequenceState.sequence == slug))
        return None if edition_id is None else self.published(session, edition_id)

    def all_current(self, session: Session) -> list[Published]:
        ids = session.scalars(select(SequenceState.edition_id).order_by(SequenceState.sequence)).all()
        return [self.published(session, edition_id) for edition_id in ids]

    def published(self, session: Session, edition_id: int) -> Published:
        known = self._published.get(edition_id)
        if known is None:
            edition = session.get_one(Edition, edition_id)
            rows = session.execute(
                select(EditionLesson.lesson_id, EditionLesson.id).where(EditionLesson.edition_id == edition_id)
            )
            known = Published(edition_id, edition.number, sequence_from_json(edition.source), dict(rows.all()))
            _keep(self._published, edition_id, known, self._KEPT)
        return known

    def compiled(self, session: Session, edition_lesson_id: int) -> CompiledLesson | None:
        """A published lesson, ready to be filled; None if there is no such row."""
        known = self._compiled.get(edition_lesson_id)
        if known is None:
            data = session.scalar(select(EditionLesson.compiled).where(EditionLesson.id == edition_lesson_id))
            if data is None:
                return None
            known = CompiledLesson.from_json(data)
            _keep(self._compiled, edition_lesson_id, known, self._KEPT_LESSONS)
        return known

    def known_compiled(self, edition_lesson_id: int) -> CompiledLesson | None:
        """The same, but from memory only, without the database."""
        return self._compiled.get(edition_lesson_id)


def paused_since(session: Session) -> dict[str, datetime]:
    """The sequences that are paused, and since when (story time)."""
    rows = session.execute(
        select(SequenceState.sequence, SequenceState.paused_at).where(SequenceState.paused_at.is_not(None))
    )
    return {sequence: since for sequence, since in rows if since is not None}


def _keep(kept: dict[int, _T], key: int, value: _T, most: int) -> None:
    if len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value
