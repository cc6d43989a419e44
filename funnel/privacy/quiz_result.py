"""Deleting the result of a quiz: the row, and the copies of lessons that may have spoken to it."""

from __future__ import annotations

from sqlalchemy import select

from funnel.context import Context
from funnel.models import Lead
from funnel.privacy.files import delete_mails
from funnel.privacy.rows import traces_of
from funnel.subscription.keeping import forget_result


def delete_result(context: Context, lead_id: int) -> bool:
    """Deletes what is kept of her quizzes. False where nothing was.

    Lessons are made again as for anybody from then on. Mail that came back or was caught is a copy of what was said, so
    what of it names her goes too; a file that this user may not delete is in the log.
    """
    if not forget_result(context, lead_id):
        return False
    with context.db.read() as session:
        lead = session.scalars(select(Lead).where(Lead.id == lead_id)).one()
        traces = traces_of(session, context, lead.email, lead)
    delete_mails(context.settings.data_dir, traces)
    return True
