"""How long a worker may hold a mail without renewing its lease, and the thread that renews short leases.

The settings are `lease_seconds`, and `wire_seconds` once it is being handed over.

A server may take ten minutes to answer the last byte, so a lesson that is being handed over has a lease that long. A
reader who waits for a confirmation must not wait ten minutes because a worker died: such mail has a lease of half a
minute, and a thread of the worker's own process renews it.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.deliveries.statements import Lease
from funnel.models import Delivery, DeliveryKind, DeliveryState, in_state
from funnel.settings import Settings

_SOON = timedelta(seconds=30)
_RENEWED_AFTER = 1 / 4  # of the lease: two renewals may fail and the third is still in time

log = structlog.get_logger(__name__)


def soon(settings: Settings) -> timedelta:
    """The short lease, of mail that somebody waits for (machine time)."""
    return min(_SOON, timedelta(seconds=settings.lease_seconds))


class LeaseRenewer:
    """Renews, from a thread, the leases of urgent mail that this worker is handing over, until `end`.

    It stops `wire_seconds` after the last `begin`, which is as long as a server may take to answer: a worker that hangs
    must not keep a mail for ever.
    """

    def __init__(self, context: Context, worker: str) -> None:
        self._context, self._worker = context, worker
        self._lasts = soon(context.settings)
        self._last = context.clock.machine_now()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Urgent mail is being handed over from now on."""
        self._last = self._context.clock.machine_now() + timedelta(seconds=self._context.settings.wire_seconds)
        if self._thread is None:
            self._thread = threading.Thread(target=self._renew, name="lease renewer", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """All of it is settled: the thread ends."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _renew(self) -> None:
        while not self._over.wait(self._lasts.total_seconds() * _RENEWED_AFTER):
            machine = self._context.clock.machine_now()
            if machine >= self._last:
                continue
            try:
                with self._context.db.write() as session:
                    renew_waited_for(session, Lease(self._worker, machine + self._lasts))
            except SQLAlchemyError as error:
                # If the database stays away the lease runs out, like that of a dead worker.
                log.warning("the leases of mail being handed over were not renewed", error=type(error).__name__)


def renew_waited_for(session: Session, lease: Lease) -> None:
    """Extends the lease of urgent mail that its worker is handing over."""
    # A locked row is being settled right now. Skipping it, this thread cannot block its own worker.
    still = (
        select(Delivery.id)
        .where(
            in_state(DeliveryState.HANDING_OVER),
            Delivery.lease_by == lease.worker,
            Delivery.kind != DeliveryKind.LESSON,
        )
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(still.scalar_subquery()))
        .values(lease_until=lease.until)
        .execution_options(synchronize_session=False)
    )
