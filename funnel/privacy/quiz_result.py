"""Deleting the result of a quiz, or answers: the rows, and the copies of lessons that may have spoken to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from funnel.context import Context
from funnel.models import Lead, LeadState
from funnel.people.answers import forget_answers
from funnel.privacy.files import delete_mails
from funnel.privacy.rows import traces_of
from funnel.subscription.answering import save_answers
from funnel.subscription.keeping import forget_result


def delete_result(context: Context, lead_id: int) -> bool:
    """Deletes what is kept of her quizzes. False where nothing was.

    Lessons are made again as for anybody from then on. Mail that came back or was caught is a copy of what was said, so
    what of it names her goes too; a file that this user may not delete is in the log.
    """
    if not forget_result(context, lead_id):
        return False
    _delete_copies(context, lead_id)
    return True


def delete_answers(context: Context, lead_id: int) -> bool:
    """Deletes all that she answered to the questions of offers; see `delete_result`."""
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED or not forget_answers(session, lead_id):
            return False
    _delete_copies(context, lead_id)
    return True


def change_answers(context: Context, lead_id: int, given: Mapping[str, object], now: datetime) -> Mapping[str, str]:
    """What she says in her room counts from now on; see `save_answers`. By name, what is wrong with each answer.

    Where one that counted is deleted, copies of mail that may have spoken to it go, as with `delete_answers`.
    """
    saved = save_answers(context, lead_id, given, now)
    if saved.forgot:
        _delete_copies(context, lead_id)
    return saved.wrong


def _delete_copies(context: Context, lead_id: int) -> None:
    with context.db.read() as session:
        lead = session.scalars(select(Lead).where(Lead.id == lead_id)).one()
        traces = traces_of(session, context, lead.email, lead)
    delete_mails(context.settings.data_dir, traces)
