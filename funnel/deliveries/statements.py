"""The changes of state that many rows make at once, each one statement in the caller's transaction.

A mapped object for each mail costs as much as composing it. Every statement names the state it changes from, so that
a row that somebody else has moved meanwhile is left alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from funnel.db import UpdateEach, UTCDateTime, among
from funnel.deliveries.states import require
from funnel.models import Delivery, DeliveryState

_HAND_OVER = (
    "UPDATE delivery SET state = 'handing_over', lease_until = :until, adapter = :by, filled = {value} FROM {each} "
    "WHERE delivery.id = {key} AND "
)
_ACCEPT = (
    "UPDATE delivery SET state = 'accepted', reason = '', lease_until = NULL, adapter = :by, provider_id = {value}, "
    "ended_at = :at FROM {each} WHERE delivery.id = {key} AND "
)


@dataclass(frozen=True, slots=True)
class Lease:
    """Which worker holds deliveries, and until when (machine time)."""

    worker: str
    until: datetime


def claim_rows(session: Session, ids: Collection[int], lease: Lease, *only: ColumnElement[bool]) -> set[int]:
    """Waiting → claimed under this lease, where `only` holds; which were claimed.

    A row that somebody has locked is waited for.
    """
    require(DeliveryState.WAITING, DeliveryState.CLAIMED)
    leased = session.connection().execute(
        update(Delivery)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.WAITING, *only)
        .values(state=DeliveryState.CLAIMED, lease_by=lease.worker, lease_until=lease.until)
    )
    if leased.rowcount == len(ids):
        return set(ids)
    ours = (Delivery.lease_by == lease.worker, Delivery.lease_until == lease.until)
    held = select(Delivery.id).where(among(Delivery.id, ids), Delivery.state == DeliveryState.CLAIMED, *ours)
    return set(session.scalars(held))


def return_rows(
    session: Session, ids: Collection[int], before: DeliveryState, worker: str, queue_lease_until: datetime | None
) -> None:
    """Claimed or handing over (`before`), by this worker → waiting, not to be enqueued before `queue_lease_until`.

    That is machine time; None is at once.
    """
    require(before, DeliveryState.WAITING)
    session.execute(
        update(Delivery)
        .where(among(Delivery.id, ids), Delivery.state == before, Delivery.lease_by == worker)
        .values(state=DeliveryState.WAITING, lease_until=None, queue_lease_until=queue_lease_until)
        .execution_options(synchronize_session=False)
    )


def handing_over(*only: str, returning: bool = False, **types: TypeEngine[Any]) -> UpdateEach:
    """The statement: claimed → handing over, where the SQL conditions in `only` hold.

    The value of each row is what its mail was filled with. Parameters: `until` (machine time) and `by`, the adapter's
    name, with those of the conditions, whose `types` may be given. With `returning` it gives back the ids it changed.
    """
    where = " AND ".join([_between(DeliveryState.CLAIMED, DeliveryState.HANDING_OVER), *only])
    sql = _HAND_OVER + where + (" RETURNING delivery.id" if returning else "")
    return UpdateEach(sql, as_json=True, until=UTCDateTime(), **types)


def accepted(*only: str, returning: str) -> UpdateEach:
    """The statement: handing over → accepted, where the SQL conditions in `only` hold; gives back `returning`.

    The value of each row is the provider's id for it. Parameters: `at` (story time) and `by`, the adapter's name.
    """
    where = " AND ".join([_between(DeliveryState.HANDING_OVER, DeliveryState.ACCEPTED), *only])
    return UpdateEach(_ACCEPT + where + " RETURNING " + returning, at=UTCDateTime())


def _between(before: DeliveryState, after: DeliveryState) -> str:
    require(before, after)
    return f"delivery.state = '{before.value}'"
