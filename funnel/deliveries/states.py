"""Which state of a delivery may follow which, and the changes of a single row.

    waiting ──▶ claimed ──▶ handing over ──▶ accepted, failed, unknown
       ▲           │              │
       └───────────┴──────────────┘

Waiting and claimed mail may be skipped; what cannot be made is held. A person, or a mended lesson, lets held and
unknown mail wait again; what a provider reports settles unknown mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from funnel.models import Delivery, DeliveryState

TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.WAITING: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED}),
    DeliveryState.CLAIMED: frozenset(
        {DeliveryState.WAITING, DeliveryState.HANDING_OVER, DeliveryState.HELD, DeliveryState.SKIPPED}
    ),
    DeliveryState.HANDING_OVER: frozenset(
        {
            DeliveryState.WAITING,
            DeliveryState.ACCEPTED,
            DeliveryState.FAILED,
            DeliveryState.UNKNOWN,
            DeliveryState.HELD,
        }
    ),
    DeliveryState.HELD: frozenset({DeliveryState.WAITING, DeliveryState.SKIPPED}),
    DeliveryState.UNKNOWN: frozenset({DeliveryState.WAITING, DeliveryState.SKIPPED, DeliveryState.HANDING_OVER}),
    DeliveryState.ACCEPTED: frozenset(),
    DeliveryState.FAILED: frozenset(),
    DeliveryState.SKIPPED: frozenset(),
}
_LONGEST_REASON = 500


class IllegalTransition(Exception):
    """A mistake in the code: a delivery was about to go from one state to another that may not follow it."""

    def __init__(self, before: str, after: str, delivery_id: int | None = None) -> None:
        which = "a delivery" if delivery_id is None else f"delivery {delivery_id}"
        super().__init__(f"{which} cannot go from {before} to {after}")


def require(before: DeliveryState, after: DeliveryState, delivery_id: int | None = None) -> None:
    """Raises IllegalTransition where `after` may not follow `before`."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(before.value, after.value, delivery_id)


def mark_waiting(delivery: Delivery, *, not_before: datetime | None = None, reason: str | None = None) -> None:
    """Back to waiting, free to be enqueued at once; without `not_before` (story time) the earlier time stays."""
    _move(delivery, DeliveryState.WAITING)
    delivery.lease_until = delivery.queue_lease_until = delivery.ended_at = None
    if not_before is not None:
        delivery.not_before = not_before
    if reason is not None:
        delivery.reason = reason[:_LONGEST_REASON]


def mark_held(delivery: Delivery, reason: str) -> None:
    """This mail could not be made: it waits until that is mended, or a person decides."""
    _move(delivery, DeliveryState.HELD)
    delivery.reason, delivery.lease_until = reason[:_LONGEST_REASON], None


def mark_ended(delivery: Delivery, state: DeliveryState, reason: str, now: datetime) -> None:
    """Accepted, failed, skipped or unknown, at story time `now`."""
    _move(delivery, state)
    delivery.reason, delivery.ended_at, delivery.lease_until = reason[:_LONGEST_REASON], now, None


def reopen(delivery: Delivery) -> None:
    """Unknown mail of which a report has come: as if it were still on the wire, so that its outcome can be recorded."""
    _move(delivery, DeliveryState.HANDING_OVER)


def _move(delivery: Delivery, after: DeliveryState) -> None:
    require(DeliveryState(delivery.state), after, delivery.id)
    delivery.state = after
