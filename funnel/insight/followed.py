"""Who took what may follow an offer: with the second box, later by a link in a letter, or not at all. SELECT only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import String, and_, case, cast, func, not_, select
from sqlalchemy.orm import Session

from funnel.models import Consent, ConsentKind


@dataclass(frozen=True, slots=True)
class FollowedCount:
    """Of those who confirmed an offer and were not erased: how many took its `sequence`, and by which way."""

    offer: str
    sequence: str
    with_box: int
    by_link: int
    neither: int

    @property
    def confirmed(self) -> int:
        return self.with_box + self.by_link + self.neither


def followed_counts(session: Session, followers: dict[str, str], link: str) -> dict[str, FollowedCount]:
    """By offer, for those offers that `followers` names with the sequence that may follow; over all time.

    `link` is the word by which a consent says that it was given by a link. Who has agreed both ways counts with the
    box, and who has left since counts as before: it is told what was taken, not who stayed.
    """
    return {offer: _counted(session, offer, sequence, link) for offer, sequence in followers.items()}


def _counted(session: Session, offer: str, sequence: str, link: str) -> FollowedCount:
    took = cast(Consent.sequences, String).contains(f'"{sequence}"', autoescape=True)
    linked = func.coalesce(Consent.detail["via"].as_string(), "") == link
    each = (
        select(
            func.max(case((and_(took, not_(linked)), 1), else_=0)).label("box"),
            func.max(case((and_(took, linked), 1), else_=0)).label("link"),
        )
        .where(Consent.kind == ConsentKind.CONFIRMED, Consent.offer == offer)
        .group_by(Consent.lead_id)
        .subquery()
    )
    number, box, either = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(each.c.box), 0),
            func.coalesce(func.sum(case((each.c.box + each.c.link > 0, 1), else_=0)), 0),
        ).select_from(each)
    ).one()
    return FollowedCount(offer, sequence, int(box), int(either) - int(box), number - int(either))
