"""The funnel of each offer, from the day counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.models import FileCount, FunnelCount, FunnelStage

# What a stage is a share of: the stage before it. Booking is the exception, because any mail may lead to it: a reader
# can book without having finished, so the base is everyone who could have.
BASES: Mapping[FunnelStage, FunnelStage] = {
    FunnelStage.ANSWERED: FunnelStage.BEGUN,
    FunnelStage.SIGNUPS: FunnelStage.VISITS,
    FunnelStage.CONFIRMED: FunnelStage.SIGNUPS,
    FunnelStage.RECEIVED: FunnelStage.CONFIRMED,
    FunnelStage.UNDER_WAY: FunnelStage.RECEIVED,
    FunnelStage.FINISHED: FunnelStage.UNDER_WAY,
    FunnelStage.BOOKED: FunnelStage.CONFIRMED,
}


@dataclass(frozen=True, slots=True)
class OfferFunnel:
    """One offer's stages. `counts` has every stage: those `ON_PAGES` are views, all others sign-ups, each once."""

    offer: str
    counts: Mapping[FunnelStage, int]

    def share(self, stage: FunnelStage) -> float | None:
        """The stage as a share of its base (see BASES), 0.0 upwards; None for visits or where the base is zero."""
        base = self.counts[BASES[stage]] if stage in BASES else 0
        return self.counts[stage] / base if base else None


def offer_funnels(session: Session, since: date | None = None) -> list[OfferFunnel]:
    """Every offer that has been seen, by slug, counted from `since` (UTC date, story time) or from the start."""
    query = select(FunnelCount.offer, FunnelCount.stage, func.sum(FunnelCount.n))
    if since is not None:
        query = query.where(FunnelCount.day >= since)
    found: dict[str, dict[FunnelStage, int]] = defaultdict(lambda: dict.fromkeys(FunnelStage, 0))
    for offer, stage, n in session.execute(query.group_by(FunnelCount.offer, FunnelCount.stage)):
        found[offer][FunnelStage(stage)] = int(n)
    return [OfferFunnel(offer, counts) for offer, counts in sorted(found.items())]


def download_counts(session: Session, since: date | None = None) -> dict[str, int]:
    """How often each file was downloaded, by its name in assets, from `since` (UTC date) or from the start."""
    query = select(FileCount.asset, func.sum(FileCount.n)).group_by(FileCount.asset).order_by(FileCount.asset)
    if since is not None:
        query = query.where(FileCount.day >= since)
    return {asset: int(n) for asset, n in session.execute(query)}
