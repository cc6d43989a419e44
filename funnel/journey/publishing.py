"""From the practice's folder to editions that never change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.compose import CompiledLesson, compile_lesson
from funnel.curriculum import Library, Sequence, content_hash
from funnel.journey.context import Context
from funnel.models import Edition, EditionLesson, SequenceState


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did with one sequence; `changed` is False where the folder says what the edition says."""

    sequence: str
    number: int
    changed: bool


def publish(context: Context, library: Library, by: str, now: datetime) -> list[Published]:
    """Makes a new edition of every sequence that changed, in one transaction.

    Raises CompileError, with nothing written.
    """
    compiled = {slug: compile_sequence(context, library, sequence) for slug, sequence in library.sequences.items()}
    with context.db.write() as session:
        return [
            _publish_one(session, library.sequences[slug], lessons, by, now)
            for slug, lessons in sorted(compiled.items())
        ]


def compile_sequence(context: Context, library: Library, sequence: Sequence) -> list[CompiledLesson]:
    """Every lesson of a sequence, ready to be filled. Raises CompileError with file and line."""
    host = urlsplit(context.settings.site_url).hostname or "localhost"
    return [
        compile_lesson(sequence, lesson, library.practice, context.settings.templates_dir, host)
        for lesson in sequence.lessons
    ]


def unpublished(context: Context, library: Library) -> list[str]:
    """The sequences whose folder says something else than what readers get."""
    with context.db.read() as session:
        current = {row.sequence: row.content_hash for row in _current(session)}
    return sorted(slug for slug, sequence in library.sequences.items() if current.get(slug) != content_hash(sequence))


def _current(session: Session) -> list[Edition]:
    return list(session.scalars(select(Edition).join(SequenceState, SequenceState.edition_id == Edition.id)))


def _publish_one(
    session: Session, sequence: Sequence, lessons: list[CompiledLesson], by: str, now: datetime
) -> Published:
    state = session.get(SequenceState, sequence.slug, with_for_update=True)
    edition = None if state is None else session.get_one(Edition, state.edition_id)
    digest = content_hash(sequence)
    if edition is not None and edition.content_hash == digest:
        return Published(sequence.slug, edition.number, changed=False)
    newest = session.scalar(select(func.max(Edition.number)).where(Edition.sequence == sequence.slug)) or 0
    edition = Edition(
        sequence=sequence.slug,
        number=newest + 1,
        content_hash=digest,
        source=sequence.to_json(),
        published_at=now,
        published_by=by,
    )
    session.add(edition)
    session.flush()
    for position, (lesson, compiled) in enumerate(zip(sequence.lessons, lessons, strict=True)):
        session.add(
            EditionLesson(
                edition_id=edition.id,
                sequence=sequence.slug,
                lesson_id=lesson.id,
                position=position,
                compiled=compiled.to_json(),
            )
        )
    if state is None:
        session.add(SequenceState(sequence=sequence.slug, edition_id=edition.id))
    else:
        state.edition_id = edition.id
    return Published(sequence.slug, edition.number, changed=True)
