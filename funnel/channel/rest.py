"""The rest of a channel as it is written down, for all processes: one row for each channel that does not send."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from funnel.models import ChannelState

# A channel that stopped for a wrong key is tried again now and then: the fix may be at the provider's side.
_PROBE_EVERY = timedelta(minutes=5)


def closed_until(state: ChannelState | None, machine_now: datetime) -> datetime | None:
    """Machine time at which to try again; None where the channel is open, or on trial."""
    if state is None:
        return None
    until = state.until or state.since + _PROBE_EVERY
    return until if until > machine_now else None


def write_rest(
    session: Session, name: str, kind: str, detail: str, machine_now: datetime, until: datetime | None
) -> None:
    """Writes the rest down in the caller's transaction, whatever stood there.

    Two processes may be told the same at the same moment: neither may lose its outcomes over this row.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    said = {"kind": kind, "detail": detail[:500], "since": machine_now, "until": until}
    row = dialect.insert(ChannelState).values(adapter=name, **said)
    session.execute(row.on_conflict_do_update(index_elements=["adapter"], set_=said))
