"""The rest of a channel in the database, for all processes: one row for each channel that is closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from funnel.db.upsert import insert
from funnel.models import ChannelState

# A channel that rests for a wrong key is tried again now and then: the fix may be on the provider's side.
_PROBE_EVERY = timedelta(minutes=5)


def closed_until(state: ChannelState | None, machine_now: datetime) -> datetime | None:
    """Machine time at which to try again; None if the channel is open, or on trial."""
    if state is None:
        return None
    until = state.until or state.since + _PROBE_EVERY
    return until if until > machine_now else None


def write_channel_rest(
    session: Session, name: str, kind: str, detail: str, machine_now: datetime, until: datetime | None
) -> None:
    """Writes the rest in the caller's transaction, over whatever was there.

    Two processes may do so at the same moment, and neither may lose its outcomes over this row.
    """
    said = {"kind": kind, "detail": detail[:500], "since": machine_now, "until": until}
    row = insert(session, ChannelState).values(adapter=name, **said)
    session.execute(row.on_conflict_do_update(index_elements=["adapter"], set_=said))
