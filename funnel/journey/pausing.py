"""Stopping a whole sequence's clocks, and setting them going again without a burst."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from funnel.curriculum import Sequence, Walker, after_edit, local_date, next_lesson, shift_after_pause
from funnel.journey.context import Context
from funnel.journey.moving import Place, Places, write_places
from funnel.journey.walkers import batches
from funnel.models import SequenceState


def pause_sequence(context: Context, slug: str, now: datetime) -> bool:
    """Nothing of this sequence falls due until it is resumed. False where it was paused before; KeyError: unknown."""
    with context.db.write() as session:
        state = _state(session, slug)
        if state.paused_at is not None:
            return False
        state.paused_at = now
        return True


def resume_sequence(context: Context, slug: str, now: datetime) -> int:
    """Moves everyone's calendar by the pause and goes on; how many walks. KeyError where the sequence is unknown."""
    with context.db.write() as session:
        state = _state(session, slug)
        paused_at, state.paused_at = state.paused_at, None
        published = context.editions.current(session, slug)
        if paused_at is None or published is None:
            return 0
        moved = 0
        for batch in batches(session, context, slug, now, active_only=True):
            places: Places = defaultdict(list)
            for row, walker in batch:
                if walker.due_at is None:
                    continue
                place = _resumed(context, published.sequence, row.id, walker, paused_at, now)
                if place is not None:
                    places[place].append(row.id)
            moved += write_places(session, places)
        return moved


def _resumed(
    context: Context, sequence: Sequence, enrolment_id: int, walker: Walker, paused_at: datetime, now: datetime
) -> Place | None:
    """One walk's calendar after the pause; None where nothing is left to send."""
    lesson = next_lesson(sequence, walker.walk.delivered, walker.walk.passed)
    if lesson is None:
        return None
    practice, zone = context.library.practice, walker.reader.zone
    # Who came while the sequence was paused has waited from that day on only.
    since = max(paused_at, walker.walk.started_at)
    shift = shift_after_pause(sequence, walker.walk, walker.reader, local_date(since, zone), local_date(now, zone))
    walk = replace(walker.walk, shift_days=shift)
    key = f"{enrolment_id}:{lesson.id}"
    found = after_edit(sequence, lesson, walk, walker.reader, practice.zone, practice.quiet_days, now, key)
    return found.at, found.shift_days, walk.passed


def _state(session: Session, slug: str) -> SequenceState:
    state = session.get(SequenceState, slug, with_for_update=True)
    if state is None:
        raise KeyError(slug)
    return state
