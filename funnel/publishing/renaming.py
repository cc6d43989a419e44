"""Renames a sequence. Everybody keeps her place, and what was published and sent stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, select, update
from sqlalchemy.orm import Session

from funnel.compose import CompiledLesson
from funnel.context import Context
from funnel.curriculum import sequence_from_json
from funnel.curriculum.references import with_beginning
from funnel.db import Base
from funnel.models import Consent, Edition, EditionLesson, Enrolment, SequenceState
from funnel.publishing.practice_editions import rename_follower
from funnel.publishing.publish import mark_of


def rename_sequence(context: Context, old: str, new: str, by: str, now: datetime) -> list[str]:
    """Gives a sequence the slug `new`, wherever it is named; the sequences that have a new edition by that.

    1. Every row that names it names it anew, consents too; what starts where it ends is still started.
    2. Editions of before say the new name too, so that they can be restored.
    3. So does what the practice's editions say may follow an offer.
    4. What counts now gets a further edition, the same word for word, because processes remember editions as they were.

    Raises LookupError, with a sentence, where `old` does not count now or `new` was ever used. One transaction, and a
    short one after it for enrolments that began while it was on its way.
    """
    with context.db.write() as session:
        _see_that_free(session, old, new)
        counting = set(session.scalars(select(SequenceState.edition_id)))
        _name_rows_anew(session, old, new)
        touched = set()
        for edition in session.scalars(select(Edition).order_by(Edition.id)).all():
            source = _renamed(edition.source, old, new)
            if source == edition.source:
                continue
            if edition.id in counting:
                _again(session, edition, source, (old, new), by, now)
                touched.add(edition.sequence)
            edition.source = source
        rename_follower(session, old, new, by, now)
        state = session.get_one(SequenceState, new)
        state.earlier_names = [*state.earlier_names, old]
    with context.db.write() as session:
        _name_rows_anew(session, old, new)
    context.in_force.refresh(at_once=True)
    return sorted(touched)


def _see_that_free(session: Session, old: str, new: str) -> None:
    if session.get(SequenceState, old, with_for_update=True) is None:
        raise LookupError(f"{old} is not published")
    used = session.scalar(select(func.count()).select_from(Edition).where(Edition.sequence == new))
    if used or session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.sequence == new)):
        raise LookupError(f"{new} is, or was, a sequence of its own: choose a name that was never used")


def _name_rows_anew(session: Session, old: str, new: str) -> None:
    """In every table with a column `sequence`, and in the triggers of enrolments."""
    for table in Base.metadata.sorted_tables:
        if "sequence" in table.c:
            session.execute(update(table).where(table.c.sequence == old).values(sequence=new))
    session.execute(
        update(Enrolment).where(Enrolment.trigger == _finished(old)).values(trigger=_finished(new)),
        execution_options={"synchronize_session": False},
    )
    quoted = cast(Consent.sequences, String).contains(f'"{old}"', autoescape=True)
    for consent in session.scalars(select(Consent).where(quoted).order_by(Consent.id)):
        consent.sequences = sorted({new if slug == old else slug for slug in consent.sequences})
    session.flush()
    session.expire_all()


def _again(
    session: Session, edition: Edition, source: dict[str, object], names: tuple[str, str], by: str, now: datetime
) -> None:
    """Adds a current edition with the same lessons, whose mails name the list by its new name."""
    rows = session.scalars(
        select(EditionLesson).where(EditionLesson.edition_id == edition.id).order_by(EditionLesson.position)
    ).all()
    lessons = [
        replace(CompiledLesson.from_json(each.compiled), sequence_slug=edition.sequence).beginning(*names)
        for each in rows
    ]
    newest = session.scalar(select(func.max(Edition.number)).where(Edition.sequence == edition.sequence)) or 0
    made = Edition(
        sequence=edition.sequence,
        number=newest + 1,
        content_hash=mark_of(sequence_from_json(source), lessons),
        source=source,
        published_at=now,
        published_by=by,
    )
    session.add(made)
    session.flush()
    session.add_all(
        EditionLesson(
            edition_id=made.id,
            sequence=row.sequence,
            lesson_id=row.lesson_id,
            position=row.position,
            compiled=lesson.to_json(),
        )
        for row, lesson in zip(rows, lessons, strict=True)
    )
    session.get_one(SequenceState, edition.sequence).edition_id = made.id
    session.flush()


def _renamed(source: dict[str, object], old: str, new: str) -> dict[str, object]:
    """An edition's source, with the new name for the sequence itself, for what starts at its end, and in links."""
    start_on = source["start_on"]
    assert isinstance(start_on, list)  # noqa: S101 - as `sequence_to_json` writes it
    triggers = [_finished(new) if trigger == _finished(old) else trigger for trigger in start_on]
    lessons = source["lessons"]
    assert isinstance(lessons, list)  # noqa: S101 - the same
    return {
        **source,
        "slug": new if source["slug"] == old else source["slug"],
        "start_on": triggers,
        "lessons": [_beginning(lesson, old, new) for lesson in lessons],
    }


def _beginning(lesson: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """A lesson, and what it says in other languages, with links that begin the sequence by its new name."""
    renamed = {**lesson, "body": with_beginning(lesson["body"], old, new)}
    if said := lesson.get("translations"):
        renamed["translations"] = {code: _beginning(each, old, new) for code, each in said.items()}
    return renamed


def _finished(slug: str) -> str:
    return f"finished:{slug}"
