"""The words on a lead: put and taken here alone, so that what conditions ask for and what is written down agree."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.models import Lead, Tagging

_LONGEST_NAME = 254


def put_tag(session: Session, lead: Lead, name: str, now: datetime, by: str) -> bool:
    """Puts this tag on a lead, who is locked; False where she has it already. `by` says who of the practice did."""
    if name in lead.tags:
        return False
    lead.tags = sorted({*lead.tags, name})
    session.add(Tagging(lead_id=lead.id, name=name, at=now, put_by=by[:_LONGEST_NAME]))
    return True


def take_tag(session: Session, lead: Lead, name: str, now: datetime, by: str) -> bool:
    """Takes this tag off a lead, who is locked; False where she does not have it."""
    if name not in lead.tags:
        return False
    lead.tags = sorted({*lead.tags} - {name})
    open_ones = Tagging.lead_id == lead.id, Tagging.name == name, Tagging.taken_at.is_(None)
    session.execute(update(Tagging).where(*open_ones).values(taken_at=now, taken_by=by[:_LONGEST_NAME]))
    return True


def taggings_of(session: Session, lead_id: int) -> list[Tagging]:
    """What was ever put on her, oldest first; of tags from before this was written down there is nothing."""
    return list(session.scalars(select(Tagging).where(Tagging.lead_id == lead_id).order_by(Tagging.id)))
