"""The funnel of each offer: of those who signed up in a stretch of time, how many have come how far by now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from funnel.insight.agreement import STAGES
from funnel.insight.intervals import difference, wilson
from funnel.insight.span import EVER, DaySpan
from funnel.models import (
    NOT_ENDED,
    OF_SIGNUPS,
    CohortCount,
    CohortDimension,
    CohortGone,
    Enrolment,
    FileCount,
    FunnelCount,
    FunnelStage,
    Lead,
    LeadState,
    Signup,
)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who signed up for an offer, or the part of them with this `value` of a dimension.

    `counts` has every stage of sign-ups, each at most as large as the first. None is the part of whom it is not known.
    """

    offer: str
    value: str | None
    counts: Mapping[FunnelStage, int]

    @property
    def entered(self) -> int:
        """How many signed up."""
        return self.counts[FunnelStage.SIGNUPS]

    def share(self, stage: FunnelStage) -> float | None:
        """The stage as a share of all who signed up, from 0.0 to 1.0; None where nobody did."""
        return self.counts[stage] / self.entered if self.entered else None

    def interval(self, stage: FunnelStage) -> tuple[float, float]:
        """Between what that share lies for people like these: Wilson's interval at 95 %."""
        return wilson(self.counts[stage], self.entered)

    def against(self, before: Cohort, stage: FunnelStage) -> tuple[float, float] | None:
        """Between what its share lies more or less far from that of others; None where nobody is to be compared.

        Newcombe's interval at 95 %, from -1.0 to 1.0. Where it holds 0, nothing tells the two apart.
        """
        if not self.entered or not before.entered:
            return None
        return difference((self.counts[stage], self.entered), (before.counts[stage], before.entered))

    def of_confirmed(self, stage: FunnelStage) -> float | None:
        """A stage after confirming as a share of all who confirmed; None for others, and where nobody did."""
        confirmed = self.counts[FunnelStage.CONFIRMED]
        later = stage not in (FunnelStage.SIGNUPS, FunnelStage.CONFIRMED)
        return self.counts[stage] / confirmed if confirmed and later else None


def cohorts(session: Session, span: DaySpan = EVER, offer: str | None = None) -> list[Cohort]:
    """Each offer that anybody signed up for in this span, by slug."""
    return [each for each in _counted(session, span, CohortDimension.ALL, offer) if each.entered]


def cohorts_by(
    session: Session, dimension: CohortDimension, span: DaySpan = EVER, offer: str | None = None
) -> list[Cohort]:  # fmt: skip
    """The same in parts, for each offer those first that most signed up by; last, of whom it is not known."""
    parts: dict[str, list[Cohort]] = defaultdict(list)
    for each in _counted(session, span, dimension, offer):
        parts[each.offer].append(each)
    found: list[Cohort] = []
    for whole in cohorts(session, span, offer):
        known = sorted(parts[whole.offer], key=lambda each: (-each.entered, each.value or ""))
        rest = {stage: whole.counts[stage] - sum(each.counts[stage] for each in known) for stage in OF_SIGNUPS}
        found += [*known, *([Cohort(whole.offer, None, rest)] if rest[FunnelStage.SIGNUPS] else [])]
    return found


def _counted(session: Session, span: DaySpan, dimension: CohortDimension, offer: str | None) -> Iterable[Cohort]:
    columns = (CohortCount.offer, CohortCount.value, CohortCount.stage)
    query = select(*columns, func.sum(CohortCount.n)).where(
        CohortCount.dimension == dimension.value, *span.holds(CohortCount.day)
    )
    if offer is not None:
        query = query.where(CohortCount.offer == offer)
    found: dict[tuple[str, str], dict[FunnelStage, int]] = defaultdict(lambda: dict.fromkeys(OF_SIGNUPS, 0))
    for slug, value, stage, n in session.execute(query.group_by(*columns)):
        found[slug, value][FunnelStage(stage)] = int(n)
    return [Cohort(slug, value, counts) for (slug, value), counts in sorted(found.items())]


def signups_by_day(session: Session, span: DaySpan) -> dict[date, int]:
    """How many signed up on each of these days, for whatever; days of nobody are left out."""
    query = select(CohortCount.day, func.sum(CohortCount.n)).where(
        CohortCount.dimension == CohortDimension.ALL,
        CohortCount.stage == FunnelStage.SIGNUPS,
        *span.holds(CohortCount.day),
    )
    return {day: int(n) for day, n in session.execute(query.group_by(CohortCount.day).order_by(CohortCount.day))}


def page_counts(session: Session, span: DaySpan = EVER) -> dict[str, dict[FunnelStage, int]]:
    """How often each offer's pages were seen, by stage `ON_PAGES`. Views of a day, not people: they make no share."""
    query = select(FunnelCount.offer, FunnelCount.stage, func.sum(FunnelCount.n)).where(*span.holds(FunnelCount.day))
    found: dict[str, dict[FunnelStage, int]] = defaultdict(dict)
    for offer, stage, n in session.execute(query.group_by(FunnelCount.offer, FunnelCount.stage)):
        found[offer][FunnelStage(stage)] = int(n)
    return dict(found)


def download_counts(session: Session, span: DaySpan = EVER) -> dict[str, int]:
    """How often each file was downloaded, by its name in assets. Its days are days in UTC."""
    query = select(FileCount.asset, func.sum(FileCount.n)).where(*span.holds(FileCount.day))
    return {asset: int(n) for asset, n in session.execute(query.group_by(FileCount.asset).order_by(FileCount.asset))}


def under_way_now(session: Session, span: DaySpan = EVER) -> dict[str, int]:
    """By offer, how many who signed up in this span still get a sequence that came with it, or wait for one."""
    query = (
        select(Signup.offer, func.count(func.distinct(Signup.id)))
        .join(Enrolment, Enrolment.signup_id == Signup.id)
        .where(Enrolment.state.in_(NOT_ENDED), *span.holds(Signup.day))
    )
    return {offer: int(n) for offer, n in session.execute(query.group_by(Signup.offer))}


class CohortFilter(NamedTuple):
    """Whom a number of the funnel counts: who signed up for `offer` in `span` and has reached `stage`.

    With `still`, only those who are under way now.
    """

    offer: str
    stage: FunnelStage
    span: DaySpan = EVER
    dimension: CohortDimension = CohortDimension.ALL
    value: str | None = ""  # None: of whom it is not known
    still: bool = False


def counted_people(wanted: CohortFilter) -> ColumnElement[bool]:
    """That a lead is one of those counted. Of each, the data is still there or not."""
    return Lead.id.in_(_signups(wanted))


def gone_of(session: Session, wanted: CohortFilter) -> int:
    """How many of those a number counts can be shown no more, for their data is gone."""
    gone = select(func.count()).select_from(Lead).where(Lead.state == LeadState.ERASED, counted_people(wanted))
    if wanted.dimension is CohortDimension.ALL or wanted.value is None:
        return session.scalar(gone) or 0
    blanked = select(func.coalesce(func.sum(CohortGone.n), 0)).where(
        CohortGone.offer == wanted.offer,
        CohortGone.dimension == wanted.dimension.value,
        CohortGone.value == wanted.value,
        CohortGone.stage == wanted.stage.value,
        *wanted.span.holds(CohortGone.day),
    )
    return 0 if wanted.still else int(session.scalar(blanked) or 0)


def _signups(wanted: CohortFilter) -> Select[int]:
    query = select(Signup.lead_id).where(
        Signup.offer == wanted.offer, STAGES[wanted.stage].is_not(None), *wanted.span.holds(Signup.day)
    )
    if wanted.still:
        under_way = select(Enrolment.id).where(Enrolment.signup_id == Signup.id, Enrolment.state.in_(NOT_ENDED))
        query = query.where(under_way.exists())
    if wanted.dimension is CohortDimension.ALL:
        return query
    column: InstrumentedAttribute[str | None] = getattr(Signup, wanted.dimension.value)
    return query.where(column.is_(None) if wanted.value is None else column == wanted.value)
