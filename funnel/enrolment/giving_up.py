"""An address that is given up is not mailed again, and whoever has it gets no further lesson; and taking that back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.enrolment.stopping import stop_enrolments, unskip
from funnel.links import Links
from funnel.models import NOT_ENDED, Delivery, DeliveryKind, Enrolment, EnrolmentState, Lead, LeadState
from funnel.people.addresses import mailed_address
from funnel.people.suppression import FOR_EVER, Grounds, digest_of, locked_suppression, suppress


def give_up_address(session: Session, links: Links, lead: Lead, grounds: Grounds) -> None:
    """Suppresses this reader's address and stops all her enrolments, in the caller's transaction."""
    suppress(session, links, lead.email, grounds)
    stop_enrolments(session, lead.id, grounds.reason, grounds.at)


def give_up_after_complaint(
    session: Session, links: Links, lead: Lead, mail: Delivery | None, grounds: Grounds
) -> None:
    """Somebody reported this mail of hers as spam: the address it went to is not mailed again, and neither is she.

    But whoever was asked by a mail whether an address is hers, and reports that, speaks for that address alone.
    """
    address = lead.email if mail is None else mailed_address(session, mail, lead)
    if address:
        suppress(session, links, address, grounds)
    if mail is None or mail.kind != DeliveryKind.NEW_ADDRESS:
        give_up_address(session, links, lead, grounds)


def take_back_address(session: Session, links: Links, lead: Lead) -> bool:
    """As if this reader's address had never been given up: her enrolments go on where they stood.

    False, and nothing is changed, where it is not, or for a reason that stays for ever. What became of her in between
    stays: who has left gets no lesson, and a sequence that she began anew meanwhile is not resumed as well. Lessons
    whose time has passed are late, and come by the rules for that. The caller has locked the reader.
    """
    row = locked_suppression(session, digest_of(links, lead.email))
    if row is None or row.reason in FOR_EVER:
        return False
    session.delete(row)
    session.flush()
    if lead.state == LeadState.CONFIRMED:
        stopped = select(Enrolment).where(
            Enrolment.lead_id == lead.id,
            Enrolment.state == EnrolmentState.STOPPED,
            Enrolment.reason == row.reason,
            Enrolment.ended_at >= row.at,
        )
        newest = stopped.order_by(Enrolment.round.desc()).with_for_update().execution_options(populate_existing=True)
        going = Enrolment.lead_id == lead.id, Enrolment.state.in_(NOT_ENDED)
        under_way = set(session.scalars(select(Enrolment.sequence).where(*going)))
        for enrolment in session.scalars(newest).all():
            if enrolment.sequence not in under_way:
                _resume(session, enrolment)
                under_way.add(enrolment.sequence)
    return True


def _resume(session: Session, enrolment: Enrolment) -> None:
    """What was skipped comes again when it was due, and everything else with it.

    Where nothing says when that was, the next tick works it out from the calendar, as for what is long late.
    """
    times = [at for at in (unskip(session, enrolment), enrolment.was_due_at) if at is not None]
    enrolment.state, enrolment.reason, enrolment.ended_at = EnrolmentState.ACTIVE, "", None
    enrolment.due_at, enrolment.was_due_at = min(times, default=enrolment.started_at), None
    session.flush()
