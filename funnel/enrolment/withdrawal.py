"""Somebody wants no more mail: her consent is withdrawn, and nothing of hers goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from funnel.enrolment.stopping import LEFT, stop_enrolments
from funnel.models import ConsentKind, Lead, LeadState
from funnel.people.answers import forget_answers
from funnel.people.consent import record_consent
from funnel.people.quiz_results import forget_results


def withdraw_consent(session: Session, lead: Lead, now: datetime, via: str, **evidence: str) -> None:
    """Withdraws consent for everything, in the caller's transaction. `via` is how she said so; `now` is story time."""
    lead.state = LeadState.LEFT
    record_consent(session, lead.id, ConsentKind.WITHDRAWN, now, text="", via=via, **evidence)
    stop_enrolments(session, lead.id, LEFT, now)
    # They were kept for letters that come no more.
    forget_results(session, lead.id)
    forget_answers(session, lead.id)
