"""How long a worker may hold a mail without a heartbeat, and the sign it gives of mail that somebody waits for.

A server may take ten minutes to answer the last byte, so a lesson that is being handed over is held that long. Whoever
waits for a confirmation should not wait for the end of that when the worker has died: such mail is held for half a
minute, and a thread beside the worker, which lives as long as that does, renews it.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.models import Delivery, DeliveryKind, DeliveryState, in_state
from funnel.settings import Settings

_SOON = timedelta(seconds=30)
_RENEWED_AFTER = 1 / 4  # of the lease: two signs may fail and the third is still in time

log = structlog.get_logger(__name__)


def soon(settings: Settings) -> timedelta:
    """How long mail that somebody waits for is held without a heartbeat (machine time)."""
    return min(_SOON, timedelta(seconds=settings.lease_seconds))


class Heartbeat:
    """Renews what this worker is handing over and somebody waits for, from a thread, until `end`.

    Only as long as a server may take for an answer (`wire_seconds`) after the last `begin`: a worker that lives and
    hangs for ever must not keep a mail for ever.
    """

    def __init__(self, context: Context, worker: str) -> None:
        self._context, self._worker = context, worker
        self._lease = soon(context.settings)
        self._last = context.clock.machine_now()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Such mail is being handed over from now on."""
        self._last = self._context.clock.machine_now() + timedelta(seconds=self._context.settings.wire_seconds)
        if self._thread is None:
            self._thread = threading.Thread(target=self._renew, name="signs of life", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """All of it is settled."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _renew(self) -> None:
        while not self._over.wait(self._lease.total_seconds() * _RENEWED_AFTER):
            machine = self._context.clock.machine_now()
            if machine >= self._last:
                continue
            try:
                with self._context.db.write() as session:
                    renew_waited_for(session, self._worker, machine + self._lease)
            except SQLAlchemyError as error:
                # Where the database stays away the lease runs out, as that of a dead worker does.
                log.warning("what is being handed over could not be kept", error=type(error).__name__)


def renew_waited_for(session: Session, worker: str, lease_until: datetime) -> None:
    """A heartbeat for what this worker is handing over and somebody waits for."""
    # What is locked is being settled at this moment. Not waiting for it, this cannot stand in the worker's own way.
    still = (
        select(Delivery.id)
        .where(
            in_state(DeliveryState.HANDING_OVER),
            Delivery.lease_by == worker,
            Delivery.kind != DeliveryKind.LESSON,
        )
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(still.scalar_subquery()))
        .values(lease_until=lease_until)
        .execution_options(synchronize_session=False)
    )
