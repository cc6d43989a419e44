"""Pauses a whole sequence, and resumes it without a burst."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Position, Sequence, candidates, local_date, shift_after_pause, soonest
from funnel.models import SequenceState
from funnel.publishing.moving import Place, Places, write_places
from funnel.publishing.positions import EnrolmentsOn, position_batches


def pause_sequence(context: Context, slug: str, now: datetime) -> bool:
    """Pauses the sequence. Returns False if it was paused already; raises KeyError if there is none."""
    with context.db.write() as session:
        state = _state(session, slug)
        if state.paused_at is not None:
            return False
        state.paused_at = now
        return True


def resume_sequence(context: Context, slug: str, now: datetime) -> int:
    """Resumes it and moves everyone's calendar by the pause. Returns how many moved; KeyError if there is none."""
    with context.db.write() as session:
        state = _state(session, slug)
        paused_at, state.paused_at = state.paused_at, None
        published = context.editions.current(session, slug)
        if paused_at is None or published is None:
            return 0
        moved = 0
        wanted = EnrolmentsOn(slug, active_only=True, dated=published.sequence.dated_ids)
        for batch in position_batches(session, context, wanted, now):
            places: Places = defaultdict(list)
            for row, position in batch:
                if position.due_at is None:
                    continue
                since = still_since(paused_at, position.progress.started_at, row.paused_until)
                place = _resumed(context, published.sequence, position, since, now)
                if place is not None:
                    places[place].append(row.id)
            moved += write_places(session, places)
        return moved


def still_since(rests_since: datetime, started_at: datetime, paused_until: datetime | None) -> datetime:
    """From when on a sequence's rest has not moved the calendar of an enrolment yet; all are UTC.

    Who came while the sequence rested has waited from that day on only; and as far as a pause of the reader's own
    reached, the calendar was moved by that: time in which both rest counts once.
    """
    return max(rests_since, started_at, *(() if paused_until is None else (paused_until,)))


def _resumed(context: Context, sequence: Sequence, position: Position, since: datetime, now: datetime) -> Place | None:
    """One enrolment's calendar after a pause that held it up from `since`; None where nothing is left to send."""
    zone = position.reader.zone
    progress = position.progress
    if since < now:
        shift = shift_after_pause(sequence, progress, position.reader, local_date(since, zone), local_date(now, zone))
        progress = replace(progress, shift_days=shift)
    among = candidates(sequence, progress, position.reader, context.calendar, position.enrolment_id)
    found = soonest(among, max(now, position.paused_until or now))
    if found is None:
        # What is left is too late: the clock passes it over.
        return (now, progress.shift_days, progress.skipped_by_edit) if among else None
    return found[1].at, found[1].shift_days, progress.skipped_by_edit


def _state(session: Session, slug: str) -> SequenceState:
    state = session.get(SequenceState, slug, with_for_update=True)
    if state is None:
        raise KeyError(slug)
    return state
