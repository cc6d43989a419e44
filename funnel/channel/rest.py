"""The rests of the channels in the database, for all processes: a row for each channel, or lane of one, that is closed.

A channel has two lanes: lessons, and urgent mail. When a provider asks for a rest, both rest. When mail is refused
because of us, only the lane does in which it was counted, so that nobody's sign-in waits for other people's lessons.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from funnel.db.upsert import insert
from funnel.models import ChannelResume, ChannelState, DeliveryKind

# A channel that rests for a wrong key is tried again now and then: the fix may be on the provider's side.
_PROBE_EVERY = timedelta(minutes=5)
LONGEST_NAME = 32  # of a channel or lane, in `ChannelState`


class Lane(StrEnum):
    LESSONS = "lessons"
    URGENT = "urgent"  # everything else: somebody waits for it

    @classmethod
    def of(cls, kind: str) -> Lane:
        """The lane of mail of this kind (`DeliveryKind`)."""
        return cls.LESSONS if kind == DeliveryKind.LESSON else cls.URGENT

    def name_in(self, channel: str) -> str:
        """Its name in `ChannelState`."""
        return f"{channel[: LONGEST_NAME - len(self) - 1]}-{self}"


def names_of(channel: str) -> list[str]:
    """What the rows of a channel and of its lanes are called, the channel's first."""
    return [channel, *(lane.name_in(channel) for lane in Lane)]


def states_of(session: Session, channel: str) -> dict[str, ChannelState]:
    """The rows of a channel and of its lanes by name, as the database has them now."""
    query = select(ChannelState).where(ChannelState.adapter.in_(names_of(channel)))
    return {row.adapter: row for row in session.scalars(query.execution_options(populate_existing=True))}


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


def end_rests(session: Session, name: str, machine_now: datetime) -> bool:
    """Ends every rest of a channel and its lanes by hand; False if none rests. `name` may be that of a lane.

    Failures and refusals of before count no more (`resumed_at`).
    """
    for lane in Lane:
        name = name.removesuffix(f"-{lane}")
    rests = delete(ChannelState).where(ChannelState.adapter.in_(names_of(name)))
    if not session.scalars(rests.returning(ChannelState.adapter)).all():
        return False
    row = insert(session, ChannelResume).values(adapter=name, at=machine_now)
    session.execute(row.on_conflict_do_update(index_elements=["adapter"], set_={"at": machine_now}))
    return True


def resumed_at(session: Session, name: str) -> datetime | None:
    """When somebody last ended a rest of this channel by hand, in machine time."""
    row = session.get(ChannelResume, name, populate_existing=True)
    return None if row is None else row.at
