"""Bodies as they wait in the database: stored by the page, taken by a worker, found again by the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import DataError, IntegrityError

from funnel.context import Context
from funnel.models import HookBody, HookState
from funnel.webhooks.provider import HookRequest, Refused, Unreadable
from funnel.webhooks.queue import HookQueue
from funnel.webhooks.record import Applied, apply_event
from funnel.webhooks.registry import WEBHOOK_PROVIDERS
from funnel.webhooks.traces import without_traces

LONGEST_HOOK_BODY = 1 << 20
_TRUSTED = timedelta(minutes=5)  # how long a number is taken to be on the queue
_TRIED = timedelta(days=1)
_LOOK_BACK = 20_000  # bodies among which a token is looked for that may be used once
_AT_ONCE = 50

log = structlog.get_logger(__name__)


def receive(context: Context, queue: HookQueue, adapter: str, body: bytes, headers: Mapping[str, str]) -> int | None:
    """Checks one request, stores its body and puts it on the queue; None for a token that was used before.

    Raises KeyError for an unknown adapter, Refused or TryAgain where it is not, or not yet, known to be genuine.
    Header names are in lower case.
    """
    machine = context.clock.machine_now()
    verified = WEBHOOK_PROVIDERS[adapter].verify(HookRequest(body, headers, context.settings, machine))
    row = HookBody(
        adapter=adapter,
        received_at=machine,
        body=body,
        headers=verified.keep | ({"once": verified.once} if verified.once else {}),
        queued_until=machine + _TRUSTED,
    )
    with context.db.write() as session:
        if verified.once:
            newest = session.scalar(select(HookBody.id).order_by(HookBody.id.desc()).limit(1)) or 0
            used = select(HookBody.id).where(
                HookBody.id > newest - _LOOK_BACK,
                HookBody.adapter == adapter,
                HookBody.headers["once"].as_string() == verified.once,
            )
            if session.scalar(used.limit(1)) is not None:
                return None
        session.add(row)
        session.flush()
        number = row.id
    if not queue.put([number]):
        with context.db.write() as session:
            session.execute(update(HookBody).where(HookBody.id == number).values(queued_until=None))
    return number


def process_bodies(context: Context, ids: Sequence[int], now: datetime) -> dict[Applied, int]:
    """Works on these bodies, those that were not worked on before, and says how many events came to what.

    `now` is story time. A body that cannot be read is marked as failed and says why. An error of the database is
    raised: what was not finished waits, and is found again.
    """
    done: dict[Applied, int] = dict.fromkeys(Applied, 0)
    for number in ids:
        with context.db.read() as session:
            row = session.get(HookBody, number)
        if row is None or row.state != HookState.NEW or row.adapter not in WEBHOOK_PROVIDERS:
            continue
        try:
            error = _work_on(context, row, now, done)
        except (OSError, IntegrityError) as error_of_now:
            # A provider that is away, or another worker with the same body at this moment.
            _try_again(context, row, error_of_now)
            continue
        _close(context, row, error)
    return done


def overdue(context: Context) -> list[int]:
    """Bodies that wait and of which nobody knows that they are on the queue, the oldest first."""
    machine = context.clock.machine_now()
    lost = or_(HookBody.queued_until.is_(None), HookBody.queued_until <= machine)
    query = select(HookBody.id).where(HookBody.state == "new", lost).order_by(HookBody.id).limit(500)
    with context.db.read() as session:
        return list(session.scalars(query))


def sweep(context: Context, queue: HookQueue) -> int:
    """Puts on the queue again what was lost, and says how many."""
    machine, again = context.clock.machine_now(), 0
    ids = overdue(context)
    for start in range(0, len(ids), _AT_ONCE):
        batch = ids[start : start + _AT_ONCE]
        if not queue.put(batch):
            break
        with context.db.write() as session:
            session.execute(update(HookBody).where(HookBody.id.in_(batch)).values(queued_until=machine + _TRUSTED))
        again += len(batch)
    return again


def _work_on(context: Context, row: HookBody, now: datetime, done: dict[Applied, int]) -> str:
    """Why the body could not be worked on; empty where it was. Raises what may be over when it is tried again."""
    provider = WEBHOOK_PROVIDERS[row.adapter]
    try:
        events = provider.parse(row.body, row.headers)
        provider.answer(row.body, context.settings.hook_ses_topic)
    except (Unreadable, Refused) as error:
        return str(error)
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        log.exception("a provider's webhook could not be read: a bug", adapter=row.adapter, body=row.id)
        return f"a bug of ours: {type(error).__name__}"
    refused = ""
    for event in events:
        try:
            done[apply_event(context, row.adapter, event, now)] += 1
        except DataError as error:
            log.exception("the database refused a webhook event", adapter=row.adapter, body=row.id)
            refused = f"the database refused an event: {type(error).__name__}"
    return refused


def _close(context: Context, row: HookBody, error: str) -> None:
    """Marks it as done, or as failed and why. What is kept of it from now on tells nobody's program, place or links."""
    if error:
        log.warning("a webhook could not be processed", body=row.id, error=error)
    state = HookState.FAILED if error else HookState.DONE
    kept = {"body": without_traces(row.body), "state": state, "error": error[:500], "queued_until": None}
    with context.db.write() as session:
        session.execute(update(HookBody).where(HookBody.id == row.id).values(kept))


def _try_again(context: Context, row: HookBody, error: Exception) -> None:
    machine = context.clock.machine_now()
    log.warning("a webhook will be processed again", adapter=row.adapter, body=row.id, error=type(error).__name__)
    if machine - row.received_at > _TRIED:
        _close(context, row, f"tried for a day: {type(error).__name__}")
        return
    with context.db.write() as session:
        session.execute(update(HookBody).where(HookBody.id == row.id).values(queued_until=machine + _TRUSTED))
