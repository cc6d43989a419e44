"""No figure that a viewer sees is of one person."""

from __future__ import annotations

from datetime import date

from funnel.insight.guarded import guarded_cohorts, months_over
from funnel.models import OF_SIGNUPS, CohortCount, CohortDimension, FunnelStage
from funnel.wiring import Service


def _count(service: Service, value: str, signups: int, dimension: CohortDimension = CohortDimension.SOURCE) -> None:
    with service.db.write() as session:
        session.add_all(
            CohortCount(
                offer="ebook",
                dimension=dimension.value,
                day=date(2026, 10, 5),
                value=value,
                stage=stage.value,
                n=signups,
            )
            for stage in OF_SIGNUPS
        )


def _shown(service: Service, dimension: CohortDimension) -> list[tuple[str | None, bool, int]]:
    with service.db.read() as session:
        lines = guarded_cohorts(session, months_over(date(2026, 11, 12))[0], dimension)
    return [(line.value, line.together, line.counts[FunnelStage.SIGNUPS]) for line in lines]


def test_only_whole_months_that_are_over() -> None:
    months = months_over(date(2027, 1, 1))
    assert (months[0].first, months[0].last) == (date(2026, 12, 1), date(2026, 12, 31))
    assert len(months) == 12
    assert months[-1].first == date(2026, 1, 1)


def test_small_numbers_are_not_said_and_others_rounded(service: Service) -> None:
    _count(service, "", 19, CohortDimension.ALL)
    assert _shown(service, CohortDimension.ALL) == [("", False, 15)]


def test_a_small_part_hides_behind_the_smallest_shown(service: Service) -> None:
    _count(service, "", 23, CohortDimension.ALL)
    _count(service, "blog", 14)
    _count(service, "post", 7)
    _count(service, "talk", 2)
    assert _shown(service, CohortDimension.SOURCE) == [("blog", False, 10), (None, True, 5)]


def test_nobody_can_subtract_a_part_from_the_whole(service: Service) -> None:
    _count(service, "", 16, CohortDimension.ALL)
    _count(service, "blog", 15)
    _count(service, "talk", 1)
    assert _shown(service, CohortDimension.SOURCE) == [(None, True, 15)]
