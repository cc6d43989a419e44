"""The answer in the night: to whom, and how often. Two services that answer each other cannot go round and round here.

Only a letter with our token is answered, and that to the address we know: nobody else's mailbox can be written to by
forging. Each mail of ours is answered for once, and an answer of this kind never: so there are never more of them than
letters we sent of our own accord, and at most one in seven days. RFC 3834 asks for what the mail says of itself.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.bounces.replied import Reply
from funnel.context import Context
from funnel.curriculum.nights import FRESH, ONCE_IN, is_read_at
from funnel.deliveries.making import new_mail
from funnel.models import Delivery, DeliveryKind
from funnel.people.permission import refusal, suppressions


def answer_in_the_night(session: Session, context: Context, reply: Reply, age: timedelta) -> list[int]:
    """Writes the mail that answers this letter, in the same transaction; its id, to be enqueued after the commit.

    Empty where somebody reads now, where the practice has no replies.md, and where she may not or need not be answered.
    """
    night, practice, lead = context.library.night, context.library.practice, reply.lead
    if night is None or not reply.proved or age > FRESH:
        return []
    if is_read_at(night, practice.zone, practice.quiet_days, reply.at):
        return []
    if reply.delivery.kind == DeliveryKind.NIGHT_ANSWER or not reply.letter.is_from_a_person:
        return []
    if refusal(lead, DeliveryKind.NIGHT_ANSWER, suppressions(session, context.links, [lead])) is not None:
        return []
    before = session.scalars(
        select(Delivery).where(Delivery.lead_id == lead.id, Delivery.kind == DeliveryKind.NIGHT_ANSWER)
    ).all()
    if any(each.created_at > reply.at - ONCE_IN or each.detail.get("answers") == reply.delivery.id for each in before):
        return []
    about = {"answers": reply.delivery.id, "message_id": reply.letter.message_id}
    mail = new_mail(DeliveryKind.NIGHT_ANSWER, reply.at, lead_id=lead.id, detail=about)
    session.add(mail)
    session.flush()
    return [mail.id]
