"""What was published, as commands need it."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import make_url, select

from funnel.cli.support.naming import split_edition, unknown
from funnel.compose import CompiledLesson
from funnel.curriculum import Lesson
from funnel.curriculum.parse.fields import is_slug
from funnel.db import Database
from funnel.models import Edition, EditionLesson, SequenceState
from funnel.publishing.history import editions, sequence_at
from funnel.publishing.practice_editions import EditionInfo
from funnel.settings import Settings
from funnel.wiring import Service


def lessons_in_use(settings: Settings) -> dict[str, set[str]]:
    """For each sequence, the ids of the lessons that readers get now; empty where nothing was published yet.

    Makes no database. Raises SQLAlchemyError where the one there is cannot be read.
    """
    if settings.database.startswith("sqlite:") and not Path(make_url(settings.database).database or "").is_file():
        return {}
    database = Database(settings.database)
    try:
        with database.read() as session:
            rows = session.execute(
                select(EditionLesson.sequence, EditionLesson.lesson_id).join(
                    SequenceState, SequenceState.edition_id == EditionLesson.edition_id
                )
            )
            found: dict[str, set[str]] = {}
            for sequence, lesson_id in rows:
                found.setdefault(sequence, set()).add(lesson_id)
            return found
    finally:
        database.close()


def sequence_in_use(service: Service, slug: str) -> str:
    """The same slug. Raises UsageError, naming the nearest, where it has no current edition."""
    with service.db.read() as session:
        known = session.scalars(select(SequenceState.sequence)).all()
    if slug in known:
        return slug
    if _in_folder(service, slug):
        raise click.UsageError(f"{slug} is in the folder, but was never published: run 'funnel publish' first.")
    raise unknown("sequence", slug, known)


def _in_folder(service: Service, slug: str) -> bool:
    return is_slug(slug) and (service.settings.sequences_dir / slug / "sequence.md").is_file()


def editions_of(service: Service, slug: str) -> list[EditionInfo]:
    """All editions of a sequence, oldest first, even if it is gone. Raises UsageError where there are none."""
    found = editions(service, slug)
    if found:
        return found
    if _in_folder(service, slug):
        raise click.UsageError(f"{slug} is in the folder, but was never published: run 'funnel publish' first.")
    with service.db.read() as session:
        raise unknown("sequence", slug, session.scalars(select(Edition.sequence).distinct()))


def find_edition(service: Service, text: str) -> tuple[str, EditionInfo]:
    """The edition that `SEQUENCE@N` names; without @N the current one, or the last that was. Raises UsageError."""
    slug, number = split_edition(text)
    found = editions_of(service, slug)
    if number is None:
        return slug, next((edition for edition in found if edition.current), found[-1])
    for edition in found:
        if edition.number == number:
            return slug, edition
    near = min(found, key=lambda edition: abs(edition.number - number))
    raise click.UsageError(f"{slug} has no edition {number}. Did you mean {slug}@{near.number}?")


def find_lesson(service: Service, slug: str, number: int, lesson_id: str) -> Lesson:
    """A lesson as an edition holds it. Raises UsageError, naming the nearest."""
    sequence = sequence_at(service, slug, number)
    lesson = None if sequence is None else sequence.lesson(lesson_id)
    if lesson is None:
        raise unknown(f"lesson in {slug}@{number}", lesson_id, [] if sequence is None else sequence.places)
    return lesson


def compiled_lesson(service: Service, slug: str, number: int, lesson_id: str) -> CompiledLesson | None:
    """The templates an edition's mails are filled from; None where there is no such lesson."""
    with service.db.read() as session:
        key = session.scalar(
            select(EditionLesson.id)
            .join(Edition, Edition.id == EditionLesson.edition_id)
            .where(Edition.sequence == slug, Edition.number == number, EditionLesson.lesson_id == lesson_id)
        )
        return None if key is None else service.editions.compiled(session, key)
