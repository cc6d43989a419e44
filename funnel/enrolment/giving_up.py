"""An address that is given up: it is not mailed again, and whoever has it gets no further lesson."""

from __future__ import annotations

from sqlalchemy.orm import Session

from funnel.enrolment.enrolment import stop_enrolments
from funnel.links import Links
from funnel.models import Lead
from funnel.people.suppression import Grounds, suppress


def give_up_address(session: Session, links: Links, lead: Lead, grounds: Grounds) -> None:
    """Suppresses this reader's address and stops all her enrolments, in the caller's transaction."""
    suppress(session, links, lead.email, grounds)
    stop_enrolments(session, lead.id, grounds.reason, grounds.at)
