"""Mail that must not reach real people yet waits, and is sent by itself once nothing stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from funnel.channel.real_mail import WITHHELD
from funnel.context import Context
from funnel.curriculum import is_nobodys
from funnel.db import among
from funnel.enrolment.enrolment import finish_if_done
from funnel.enrolment.stopping import skip
from funnel.models import Delivery, DeliveryState, Enrolment

R = TypeVar("R", bound=Row[Any])

_LOOK_AGAIN = timedelta(seconds=10)
_GONE = "its lesson is gone, and its published text still had the starter's made-up facts"


def let_through(session: Session, context: Context, rows: Sequence[R], now: datetime) -> Sequence[R]:
    """The rows, which begin with RECIPIENT_COLUMNS, whose mail may be sent now; the others keep waiting.

    Mail to the practice itself may always go, and mail to a domain reserved for examples, which is nobody's. A waiting
    lesson that was published before the practice was completed gets the text in force now.
    """
    if not context.real_mail.leaves:
        return rows
    stands = context.real_mail.stands(session, context.library, now)
    waiting, outdated = [], []
    for row in rows:
        if row.email is None or is_nobodys(row.email):
            continue
        if stands:
            waiting.append(row.number)
        elif row.edition_lesson_id is not None and not context.real_mail.fits(session, row.edition_lesson_id):
            outdated.append(row.number)
    if waiting:
        _wait(session, waiting, context.clock.machine_now() + _LOOK_AGAIN)
    if outdated:
        _renew(session, context, outdated, now)
    kept = {*waiting, *outdated}
    return [row for row in rows if row.number not in kept] if kept else rows


def _still(ids: Collection[int]) -> Any:
    return select(Delivery).where(among(Delivery.id, ids), Delivery.state == DeliveryState.WAITING)


def _wait(session: Session, ids: Collection[int], until: datetime) -> None:
    locked = session.scalars(_still(ids).with_only_columns(Delivery.id).order_by(Delivery.id).with_for_update())
    session.execute(
        update(Delivery)
        .where(among(Delivery.id, locked.all()))
        .values(queue_lease_until=until, reason=WITHHELD)
        .execution_options(synchronize_session=False)
    )


def _renew(session: Session, context: Context, ids: Collection[int], now: datetime) -> None:
    """Gives each lesson the text in force now and frees it to be enqueued at once; a lesson that is gone is skipped."""
    for row in session.scalars(_still(ids).order_by(Delivery.id).with_for_update()):
        published = context.editions.current(session, row.sequence or "")
        lesson = None if published is None else published.lesson_rows.get(row.lesson_id or "")
        if lesson is not None and context.real_mail.fits(session, lesson):
            row.edition_lesson_id, row.queue_lease_until, row.reason = lesson, None, ""
            continue
        skip(session, row, _GONE, now)
        if row.enrolment_id is not None:
            session.flush()
            finish_if_done(session, context, session.get_one(Enrolment, row.enrolment_id), now)
