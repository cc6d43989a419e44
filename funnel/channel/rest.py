"""The rest of a channel in the database, for all processes: one row for each channel that is closed."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class ChannelRest:
    """Why a channel is closed (its kind and the provider's words), and from when until when, in machine time.

    Without `until` nobody knows for how long: it is tried again now and then.
    """

    kind: str
    detail: str
    since: datetime
    until: datetime | None


def write_channel_rest(session: Session, name: str, rest: ChannelRest) -> None:
    """Writes the rest of the channel of this name in the caller's transaction, over whatever was there.

    Two processes may do so at the same moment, and neither may lose its outcomes over this row.
    """
    said = {"kind": rest.kind, "detail": rest.detail[:500], "since": rest.since, "until": rest.until}
    row = insert(session, ChannelState).values(adapter=name, **said)
    session.execute(row.on_conflict_do_update(index_elements=["adapter"], set_=said))
