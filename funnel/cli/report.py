"""`funnel report`: the funnel of those who signed up in a stretch of time, as the dashboard shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from funnel.cli.plan import data_dir_option, json_option
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.curriculum import local_date
from funnel.insight.cohorts import Cohort, cohorts, cohorts_by, page_counts
from funnel.insight.intervals import percent
from funnel.insight.span import DaySpan
from funnel.models import OF_SIGNUPS, CohortDimension, FunnelStage

_DAY = click.DateTime(["%Y-%m-%d"])
_BY = [each.value for each in CohortDimension if each is not CohortDimension.ALL]
_UNKNOWN, _NOTHING_SAID = "not known", "nothing said where from"
_NAMES = {
    FunnelStage.SIGNUPS: "signed up",
    FunnelStage.CONFIRMED: "confirmed",
    FunnelStage.RECEIVED: "got it",
    FunnelStage.UNDER_WAY: "began the course",
    FunnelStage.FINISHED: "finished",
    FunnelStage.BOOKED: "asked to talk",
}


@click.command(epilog="Example: funnel report --from 2027-03-01 --to 2027-03-31 --by source")
@click.option("--from", "first", type=_DAY, metavar="DATE", help="Who signed up on this day or later (2027-03-01).")
@click.option("--to", "last", type=_DAY, metavar="DATE", help="Who signed up on this day or earlier.")
@click.option("--by", type=click.Choice(_BY), help="Each offer in parts.")
@click.option("--offer", metavar="NAME", help="This offer only.")
@data_dir_option
@json_option
def command(
    first: datetime | None,
    last: datetime | None,
    by: str | None,
    offer: str | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Of those who signed up on these days, say how many came how far by now: for each offer, in numbers and shares.

    Days are days in the practice's time zone. Every share is one of all who signed up; what it is for people like these
    lies, in 95 of 100 cases, between the two shares after it.
    """
    span = DaySpan(first and first.date(), last and last.date())
    if span.first is not None and span.last is not None and span.last < span.first:
        raise click.UsageError("--to is before --from: give the earlier day first")
    service = open_service(settings_with(data_dir=data_dir))
    with closing(service.db), service.db.read() as session:
        found = cohorts_by(session, CohortDimension(by), span, offer) if by else cohorts(session, span, offer)
        views = page_counts(session, span)
        today = local_date(service.clock.now(), service.library.practice.zone)
    if as_json:
        click.echo(json.dumps(_as_json(found, views, span, by, today), ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found, views, span, by, today)))


def _as_json(
    found: list[Cohort], views: Mapping[str, Mapping[FunnelStage, int]], span: DaySpan, by: str | None, today: date
) -> dict[str, Any]:
    return {
        "from": span.first and span.first.isoformat(),
        "to": span.last and span.last.isoformat(),
        "as_of": today.isoformat(),
        "by": by,
        "offers": [
            {
                "offer": each.offer,
                **({"value": each.value} if by else {"page": dict(views.get(each.offer, {}))}),
                "counts": {stage.value: each.counts[stage] for stage in OF_SIGNUPS},
                "shares": {stage.value: each.share(stage) for stage in OF_SIGNUPS},
                "between": {stage.value: list(each.interval(stage)) for stage in OF_SIGNUPS},
            }
            for each in found
        ],
    }


def _lines(
    found: list[Cohort], views: Mapping[str, Mapping[FunnelStage, int]], span: DaySpan, by: str | None, today: date
) -> list[str]:
    since, until = span.first or "the beginning", span.last or today
    if not found:
        return [f"Nobody signed up from {since} to {until}."]
    lines = [f"Who signed up from {since} to {until}, and how far they have come by {today}:"]
    for each in found:
        lines += ["", _heading(each, views.get(each.offer, {}), by)]
        lines += [_line(each, stage) for stage in OF_SIGNUPS]
    return lines


def _heading(cohort: Cohort, views: Mapping[FunnelStage, int], by: str | None) -> str:
    if by:
        return f"{cohort.offer}: {_UNKNOWN if cohort.value is None else cohort.value or _NOTHING_SAID}"
    visits = views.get(FunnelStage.VISITS, 0)
    return f"{cohort.offer}  (its page was opened {visits:,} {'time' if visits == 1 else 'times'})"


def _line(cohort: Cohort, stage: FunnelStage) -> str:
    line = f"  {_NAMES[stage]:<18}{cohort.counts[stage]:>8,}"
    if stage is FunnelStage.SIGNUPS:
        return line
    low, high = cohort.interval(stage)
    return f"{line}  {percent(cohort.share(stage)):>4}  ({percent(low)} to {percent(high)})"
