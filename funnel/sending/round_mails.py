"""What somebody is told who waits for a course that begins together."""

from __future__ import annotations

from sqlalchemy.orm import Session

from funnel.compose import FillError
from funnel.context import Context
from funnel.enrolment.standing import standing
from funnel.enrolment.telling import comes_next
from funnel.models import Delivery, Enrolment, Lead


def when_it_begins(session: Session, context: Context, row: Delivery, lead: Lead) -> str:
    """When her course begins, or that no date is set, as it stood when this mail was made.

    Raises FillError where her enrolment, or what there is to say of it, is gone.
    """
    enrolment = session.get(Enrolment, int(row.detail.get("enrolment", 0)))
    if enrolment is None:
        raise FillError("enrolment", "The course that this mail is about is gone: drop it")
    return comes_next(standing(session, context, lead, row.created_at, slug=enrolment.sequence))
