"""Editions of the practice itself: what readers meet beside the lessons, published like a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Library, Plan, library_from, practice_hash, practice_source
from funnel.curriculum.plan import PRACTICE, plan_practice
from funnel.curriculum.references import with_follower
from funnel.db import Database
from funnel.editions.files import FileStore
from funnel.models import Edition, PracticeEdition


@dataclass(frozen=True, slots=True)
class EditionInfo:
    """One edition. `published_at` is UTC; `lessons` is their number, 0 in an edition of the practice."""

    number: int
    published_at: datetime
    published_by: str
    lessons: int
    current: bool


def newest(session: Session) -> PracticeEdition | None:
    """The practice's current edition; None if none was ever published."""
    return session.scalar(select(PracticeEdition).order_by(PracticeEdition.number.desc()).limit(1))


def differs(edition: PracticeEdition | None, library: Library) -> bool:
    """Whether publishing this library would make a new edition of the practice."""
    return edition is None or edition.content_hash != practice_hash(practice_source(library))


def plan_of_practice(edition: PracticeEdition | None, library: Library) -> Plan:
    """What publishing this library would change outside the sequences."""
    return plan_practice(None if edition is None else edition.source, practice_source(library))


def add_practice_edition(
    session: Session, before: PracticeEdition | None, library: Library, by: str, now: datetime
) -> PracticeEdition:
    """Makes the library's practice the current edition. Its files must have been kept already."""
    source = practice_source(library)
    edition = PracticeEdition(
        number=1 if before is None else before.number + 1,
        content_hash=practice_hash(source),
        source=source,
        published_at=now,
        published_by=by,
    )
    session.add(edition)
    session.flush()
    return edition


def rename_follower(session: Session, old: str, new: str, by: str, now: datetime) -> None:
    """Says `new` in every edition of the practice, where an offer is followed by the sequence `old`.

    What counts now gets a further edition, because processes remember editions as they were.
    """
    known = list(session.scalars(select(PracticeEdition).order_by(PracticeEdition.number)))
    for edition in known:
        source = _with_follower(edition.source, old, new)
        if source == edition.source:
            continue
        mark = practice_hash(source)
        if edition is known[-1]:
            further = PracticeEdition(
                number=edition.number + 1, content_hash=mark, source=source, published_at=now, published_by=by
            )
            session.add(further)
        edition.source, edition.content_hash = source, mark
    session.flush()


def _with_follower(source: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """The same, in the offers of each language and in what was typed."""

    def anew(offers: Mapping[str, Any]) -> dict[str, Any]:
        return {
            slug: {**offer, "followed_by": new} if offer.get("followed_by") == old else offer
            for slug, offer in offers.items()
        }

    changed = {**source, "offers": anew(source.get("offers", {}))}
    for code, said in source.get("translated", {}).items():
        changed["translated"] = {**changed["translated"], code: {**said, "offers": anew(said.get("offers", {}))}}
    texts = {
        path: with_follower(text, old, new) if path.startswith("offers/") else text
        for path, text in source.get("texts", {}).items()
    }
    return {**changed, "texts": texts} if texts else changed


def is_from_before(db: Database) -> bool:
    """Whether sequences were published here by a version that still read the practice from its folder."""
    with db.read() as session:
        return newest(session) is None and session.scalar(select(Edition.id).limit(1)) is not None


def adopt_practice(db: Database, files: FileStore, library: Library, now: datetime) -> None:
    """Makes the practice that was read from the folder so far its first edition: readers go on seeing what they saw.

    Raises FileChanged where a file cannot be kept.
    """
    files.keep(library.files.values())
    with db.write() as session:
        if newest(session) is None:
            add_practice_edition(session, None, library, "upgrade", now)


def practice_editions(context: Context) -> list[EditionInfo]:
    """All editions of the practice, oldest first."""
    columns = PracticeEdition.number, PracticeEdition.published_at, PracticeEdition.published_by
    with context.db.read() as session:
        rows = session.execute(select(*columns).order_by(PracticeEdition.number)).all()
    return [EditionInfo(number, at, by, 0, number == rows[-1][0]) for number, at, by in rows]


def practice_at(context: Context, number: int) -> dict[str, Any] | None:
    """The source of an edition of the practice; None if there is no such edition."""
    with context.db.read() as session:
        return session.scalar(select(PracticeEdition.source).where(PracticeEdition.number == number))


def library_at(context: Context, number: int) -> Library:
    """The practice as of an edition, with the current sequences. Raises LookupError if there is no such edition."""
    source = practice_at(context, number)
    if source is None:
        raise LookupError(f"{PRACTICE} has no edition {number}")
    return library_from(source, context.library.sequences)
