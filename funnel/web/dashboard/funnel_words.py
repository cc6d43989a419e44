"""What the funnel says: the names of its stages, of its parts, and how two stretches of time compare."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.insight.cohorts import Cohort
from funnel.insight.intervals import between
from funnel.models import OF_SIGNUPS, CohortDimension, FunnelStage, SignupPlace

STAGES: Mapping[FunnelStage, tuple[str, str]] = {
    FunnelStage.SIGNUPS: ("Signed up", "People who sent the form of this offer on these days, each once."),
    FunnelStage.CONFIRMED: ("Confirmed", "Those of them who pressed the button in the confirmation mail."),
    FunnelStage.RECEIVED: ("Got it", "Those for whom a mailbox accepted what was promised."),
    FunnelStage.UNDER_WAY: ("Began", "Those for whom a mailbox accepted a first lesson of the course."),
    FunnelStage.FINISHED: ("Finished", "Those who reached the end of the course."),
    FunnelStage.BOOKED: ("Asked to talk", "Those who asked for a conversation. Any mail may lead to it."),
}
# Of what is sold: who bought it stands where sign-ups do, and there is nothing to confirm.
SOLD_STAGES: Mapping[FunnelStage, tuple[str, str]] = {
    **{stage: said for stage, said in STAGES.items() if stage is not FunnelStage.CONFIRMED},
    FunnelStage.SIGNUPS: ("Bought it", "People who bought it on these days, each once."),
}
DIMENSIONS: Mapping[CohortDimension, str] = {
    CohortDimension.SOURCE: "source",
    CohortDimension.LANGUAGE: "language",
    CohortDimension.PLACE: "place of the form",
}
# The columns of a table of parts, which has no room for all.
OF_PARTS = (FunnelStage.SIGNUPS, FunnelStage.CONFIRMED, FunnelStage.UNDER_WAY, FunnelStage.BOOKED)
_PLACES: Mapping[str, str] = {
    SignupPlace.PAGE: "Our own page",
    SignupPlace.FRAME: "A frame on another site",
    SignupPlace.SCRIPT: "A form on another site",
    SignupPlace.PROGRAM: "A program",
    SignupPlace.PURCHASE: "A purchase",
}
# In a sentence, after a number.
_TOLD: Mapping[FunnelStage, str] = {
    FunnelStage.CONFIRMED: "confirmed",
    FunnelStage.UNDER_WAY: "began the course",
    FunnelStage.FINISHED: "finished it",
    FunnelStage.BOOKED: "asked to talk",
}


def stages_of(*, sold: bool) -> Mapping[FunnelStage, tuple[str, str]]:
    """The stages that an offer has, in order, each with its name and its definition."""
    return SOLD_STAGES if sold else STAGES


def part_name(dimension: CohortDimension, value: str | None) -> str:
    """What one part of a cohort is called."""
    if value is None:
        return "Not known"
    if dimension is CohortDimension.PLACE:
        return _PLACES.get(value, value)
    return value or "Nothing said where from"


def summary(cohort: Cohort, *, sold: bool) -> str:
    """The funnel in one sentence, such as "Of 80 who signed up, 74 confirmed, 61 began the course."."""
    first = "bought it" if sold else "signed up"
    parts = [
        f"{cohort.counts[stage]:,} {said}"
        for stage, said in _TOLD.items()
        if not (sold and stage is FunnelStage.CONFIRMED)
    ]
    return f"Of {cohort.entered:,} who {first}, {', '.join(parts)}."


def likely(cohort: Cohort, stage: FunnelStage) -> str:
    """Between what a share lies for people like these; "" for all who signed up, and of nobody."""
    return "" if stage is FunnelStage.SIGNUPS else between(cohort.counts[stage], cohort.entered)


def compared(cohort: Cohort, before: Cohort | None, stage: FunnelStage) -> str:
    """A stage against the days before, in words. Nothing is called more or less before chance alone is unlikely."""
    if before is None or stage is FunnelStage.SIGNUPS:
        return ""
    found = cohort.against(before, stage)
    if found is None:
        return ""
    low, high = (round(100 * each) for each in found)
    if found[0] > 0:
        return f"more than before, by {max(low, 1)} to {high} points"
    if found[1] < 0:
        return f"less than before, by {max(-high, 1)} to {-low} points"
    return "too early to tell from before"


def definitions() -> list[tuple[str, str]]:
    """Every stage with what it counts."""
    views = ("Opened", "How often the page was opened, day by day. These are not people, and no share is made of them.")
    return [views, *(STAGES[stage] for stage in OF_SIGNUPS)]
