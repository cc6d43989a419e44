"""The one door out.

1. *Claim*: lease the rows of the given ids that still wait, in one transaction.
2. The adapter takes mails as it has room for them. Each time it asks, as many mails are composed as fit on the wire;
   what cannot be filled is held. Then one transaction checks again whether each reader may be mailed, writes
   `handing over`, and records the outcomes of earlier mails. While PostgreSQL works, the next mails are composed.
3. The network, with no transaction open.
4. Once the worker is told to stop, or the channel closes, mail that has not begun is given back.

There are never more deliveries in `handing over` than the adapter can have on the wire, so a killed worker leaves no
more than that as unknown, however many it had claimed (promise 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from funnel.context import Context
from funnel.sending.batch import DeliveryBatch


def deliver(
    context: Context, delivery_ids: Sequence[int], worker: str, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Sends those of these deliveries that still wait and may be sent, and ignores the others.

    An unexpected error is raised once all known outcomes are written and the rest is given back.
    """
    if not delivery_ids:
        return
    for channel, ids in context.channel.split_by_channel(context.db, delivery_ids):
        with context.db.one_after_another() as write_again:
            _deliver(DeliveryBatch(context, write_again, channel, worker, stopping), ids)


def _deliver(batch: DeliveryBatch, ids: Sequence[int]) -> None:
    try:
        if batch.claim(ids):
            while batch.send():
                pass
    finally:
        batch.settle()
        batch.life.end()
    if batch.error is not None:
        raise batch.error
