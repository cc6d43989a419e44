"""Many suppressions taken back at once, by their reason and date: a rule was wrong, or a server told lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.db import among
from funnel.enrolment.giving_up import take_back_address
from funnel.links import Links
from funnel.models import Lead, LeadState, Suppression, SuppressionReason
from funnel.people.suppression import FOR_EVER, locked_suppression
from funnel.replies.same_words import same_words

UNDOABLE = tuple(reason for reason in SuppressionReason if reason not in FOR_EVER)
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Suppressions for this reason, from `since` until before `until` (story time; None: all that came after)."""

    reason: SuppressionReason
    since: datetime
    until: datetime | None = None


def undoable(session: Session, wanted: Wanted) -> Counter[str]:
    """How many there are, by what was said; most first. Changes nothing. None for a reason that stays for ever."""
    notes = session.scalars(select(Suppression.note).where(_matching(wanted)))
    return Counter(same_words(note) for note in notes)


def undo(context: Context, wanted: Wanted) -> int:
    """Takes them back, and their readers' enrolments go on where they stood; how many.

    Some at a time, each lot in a transaction of its own: broken off, the same again does the rest.
    """
    with context.db.read() as session:
        digests = list(session.scalars(select(Suppression.digest).where(_matching(wanted))))
        readers = _readers(session, context.links, set(digests))
    undone = 0
    for start in range(0, len(digests), _AT_ONCE):
        part = digests[start : start + _AT_ONCE]
        undone += context.db.write_again(partial(_undo, context, wanted, part, readers))
    return undone


def _undo(context: Context, wanted: Wanted, digests: list[str], readers: dict[str, int], session: Session) -> int:
    """The readers are locked first, as everybody does; then each row is asked once more what it says by now."""
    numbers = [readers[digest] for digest in digests if digest in readers]
    query = select(Lead).where(among(Lead.id, numbers), Lead.state != LeadState.ERASED).order_by(Lead.id)
    locked = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    leads = {lead.id: lead for lead in locked}
    still = session.scalars(select(Suppression.digest).where(_matching(wanted), among(Suppression.digest, digests)))
    undone = 0
    for digest in sorted(still.all()):
        lead = leads.get(readers.get(digest, 0))
        if lead is not None:
            undone += take_back_address(session, context.links, lead)
        elif (row := locked_suppression(session, digest)) is not None and row.reason == wanted.reason:
            session.delete(row)
            undone += 1
    return undone


def _matching(wanted: Wanted) -> ColumnElement[bool]:
    """Whether a suppression is one of them; none is for a reason that stays for ever."""
    until = [] if wanted.until is None else [Suppression.at < wanted.until]
    of_it = Suppression.reason == wanted.reason
    return and_(of_it, Suppression.reason.not_in(FOR_EVER), Suppression.at >= wanted.since, *until)


def _readers(session: Session, links: Links, digests: set[str]) -> dict[str, int]:
    """By digest, the number of the reader who has that address."""

    def found() -> Iterator[tuple[str, int]]:
        for number, key in session.execute(select(Lead.id, Lead.email_key).where(Lead.state != LeadState.ERASED)):
            digest = links.address_digest(key)
            if digest in digests:
                yield digest, number

    return dict(found())
