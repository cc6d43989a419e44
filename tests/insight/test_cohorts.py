"""The funnel counts people who signed up in a stretch of time, and no part of them is ever more than all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from funnel.db import Database
from funnel.insight import agreement
from funnel.insight.cohorts import (
    Cohort,
    CohortFilter,
    cohorts,
    cohorts_by,
    counted_people,
    gone_of,
    page_counts,
    signups_by_day,
)
from funnel.insight.span import EVER, DaySpan
from funnel.models import (
    OF_SIGNUPS,
    CohortCount,
    CohortDimension,
    CohortGone,
    FunnelStage,
    Lead,
    LeadState,
    Signup,
)
from funnel.people.tally import count_on_pages, forget_origins

from .conftest import NOW, Practice

DAY = timedelta(days=1)
TODAY = NOW.date()
CAME = (FunnelStage.CONFIRMED, FunnelStage.RECEIVED, FunnelStage.UNDER_WAY)


def only(practice: Practice, span: DaySpan = EVER) -> Cohort:
    with practice.database.read() as session:
        (cohort,) = cohorts(session, span)
        assert agreement(session) == []
    return cohort


def test_each_sign_up_counts_once_at_each_stage(practice: Practice) -> None:
    ada, _ben = practice.lead("ada"), practice.lead("ben")
    practice.reaches(ada, *CAME)
    practice.reaches(ada, *CAME, at=NOW + DAY)
    cohort = only(practice)
    assert [cohort.counts[stage] for stage in OF_SIGNUPS] == [2, 1, 1, 1, 0, 0]
    assert cohort.share(FunnelStage.CONFIRMED) == pytest.approx(0.5)


def test_a_stage_counts_on_the_day_of_the_sign_up(practice: Practice) -> None:
    practice.reaches(practice.lead("ada", NOW - 40 * DAY), FunnelStage.CONFIRMED, FunnelStage.BOOKED)
    practice.lead("ben")
    then = only(practice, DaySpan(TODAY - 45 * DAY, TODAY - 35 * DAY))
    assert (then.entered, then.counts[FunnelStage.BOOKED]) == (1, 1)
    now = only(practice, DaySpan(TODAY - DAY, TODAY))
    assert (now.entered, now.counts[FunnelStage.BOOKED]) == (1, 0)


def test_both_days_of_a_span_belong_to_it(practice: Practice) -> None:
    for days in (0, 1, 2, 3):
        practice.lead(f"reader{days}", NOW - days * DAY)
    assert only(practice, DaySpan(TODAY - 2 * DAY, TODAY - DAY)).entered == 2
    assert only(practice, DaySpan(None, TODAY - 3 * DAY)).entered == 1
    assert only(practice, DaySpan(TODAY)).entered == 1


def test_the_days_before_are_as_many() -> None:
    assert DaySpan(date(2027, 3, 1), date(2027, 3, 31)).before() == DaySpan(date(2027, 1, 29), date(2027, 2, 28))
    assert DaySpan(None, TODAY).before() is None


def test_a_share_is_of_all_and_of_those_who_confirmed(practice: Practice) -> None:
    practice.reaches(practice.lead("ada"), *CAME, FunnelStage.BOOKED)
    practice.reaches(practice.lead("fay"), *CAME)
    practice.lead("ben")
    cohort = only(practice)
    assert cohort.share(FunnelStage.BOOKED) == pytest.approx(1 / 3)
    assert cohort.of_confirmed(FunnelStage.BOOKED) == pytest.approx(0.5)
    assert cohort.of_confirmed(FunnelStage.CONFIRMED) is None
    low, high = cohort.interval(FunnelStage.BOOKED)
    assert 0 < low < 1 / 3 < high < 1


def test_of_nobody_there_is_no_share(database: Database) -> None:
    nobody = Cohort("course", "", dict.fromkeys(OF_SIGNUPS, 0))
    assert (nobody.share(FunnelStage.BOOKED), nobody.of_confirmed(FunnelStage.BOOKED)) == (None, None)


def test_parts_of_a_cohort_come_largest_first(practice: Practice) -> None:
    for name, source in (("ada", "shop"), ("ben", "instagram"), ("cleo", "instagram"), ("dan", "")):
        practice.lead(name, source=source, language="en", place="page")
    practice.lead("eve")  # nothing is known of it
    with practice.database.read() as session:
        found = cohorts_by(session, CohortDimension.SOURCE)
        assert agreement(session) == []
    assert [(each.value, each.entered) for each in found] == [("instagram", 2), ("", 1), ("shop", 1), (None, 1)]


def test_where_an_erased_reader_came_from_is_still_counted(practice: Practice) -> None:
    ada = practice.lead("ada", source="shop", language="en", place="page")
    practice.lead("ben", source="shop", language="en", place="page")
    practice.reaches(ada, *CAME)
    with practice.database.write() as session:
        forget_origins(session, [session.get_one(Signup, ada)])
    practice.reaches(ada, FunnelStage.BOOKED)
    with practice.database.read() as session:
        assert agreement(session) == []
        (shop,) = [each for each in cohorts_by(session, CohortDimension.SOURCE) if each.value == "shop"]
        assert session.scalars(select(Signup.source).where(Signup.id == ada)).one() is None
    assert (shop.entered, shop.counts[FunnelStage.CONFIRMED], shop.counts[FunnelStage.BOOKED]) == (2, 1, 0)
    assert only(practice).counts[FunnelStage.BOOKED] == 1


def test_a_number_leads_to_exactly_those_it_counts(practice: Practice) -> None:
    for name, source in (("ada", "shop"), ("ben", "shop"), ("cleo", "")):
        practice.reaches(practice.lead(name, source=source), FunnelStage.CONFIRMED)
    practice.lead("dan", source="shop")
    wanted = CohortFilter("course", FunnelStage.CONFIRMED, DaySpan(TODAY, TODAY), CohortDimension.SOURCE, "shop")
    with practice.database.write() as session:
        names = session.scalars(select(Lead.email).where(counted_people(wanted)).order_by(Lead.email)).all()
        assert names == ["ada@example.org", "ben@example.org"]
        session.scalars(select(Lead).where(Lead.email == "ben@example.org")).one().state = LeadState.ERASED
        session.flush()
        assert gone_of(session, wanted._replace(dimension=CohortDimension.ALL)) == 1


def test_a_tombstone_that_is_lost_is_found(practice: Practice) -> None:
    ada = practice.lead("ada", source="shop")
    practice.lead("fay", source="shop")
    with practice.database.write() as session:
        forget_origins(session, [session.get_one(Signup, ada)])
        session.execute(delete(CohortGone))
    with practice.database.read() as session:
        (said,) = agreement(session)
    assert said == "course / signups / source 'shop' / 2027-01-04: the counter says 2, the rows say 1"


def test_a_source_that_only_one_person_brought_goes_with_her(practice: Practice) -> None:
    ada = practice.lead("ada", source="ada-and-ben-2027", language="en", place="page")
    with practice.database.write() as session:
        forget_origins(session, [session.get_one(Signup, ada)])
    with practice.database.read() as session:
        assert agreement(session) == []
        (rest,) = cohorts_by(session, CohortDimension.SOURCE)
        assert (rest.value, rest.entered) == (None, 1)
        values = {value for counter in (CohortCount, CohortGone) for value in session.scalars(select(counter.value))}
    assert values == {"", "en", "page"}


def test_views_are_counted_by_day_and_make_no_share(practice: Practice) -> None:
    with practice.database.write() as session:
        count_on_pages(session, "course", FunnelStage.VISITS, TODAY, 8)
        count_on_pages(session, "course", FunnelStage.VISITS, TODAY - DAY, 3)
    with practice.database.read() as session:
        assert page_counts(session, DaySpan(TODAY, TODAY)) == {"course": {FunnelStage.VISITS: 8}}
        assert page_counts(session)["course"][FunnelStage.VISITS] == 11
        assert cohorts(session) == []


def test_sign_ups_are_told_day_by_day(practice: Practice) -> None:
    practice.lead("ada", NOW - 2 * DAY, source="shop")
    practice.lead("ben", NOW - 2 * DAY, offer="ebook")
    practice.lead("cleo", NOW)
    with practice.database.read() as session:
        assert signups_by_day(session, DaySpan(TODAY - 2 * DAY, TODAY)) == {TODAY - 2 * DAY: 2, TODAY: 1}


STEPS = st.tuples(
    st.integers(0, 5),  # who
    st.sampled_from(["sign up", "forget", *(stage.value for stage in OF_SIGNUPS[1:])]),
    st.sampled_from(["", "shop", "instagram"]),
    st.integers(0, 3),  # days later
)


@given(st.lists(STEPS, max_size=40), st.integers(-2, 10), st.integers(0, 12))
@settings(max_examples=30)
def test_nothing_is_ever_more_than_all_who_signed_up(
    practice: Practice, steps: list[tuple[int, str, str, int]], begins: int, lasts: int
) -> None:
    """Whatever happened in whatever order, at any moment and for any days."""
    with practice.database.write() as session:
        for model in (CohortCount, CohortGone, Signup, Lead):
            session.execute(delete(model))
    known: dict[int, int] = {}
    at = NOW
    for who, what, source, later in steps:
        at += later * DAY
        if what == "sign up" and who not in known:
            known[who] = practice.lead(f"reader{who}", at, source=source)
        elif what == "forget" and who in known:
            with practice.database.write() as session:
                forget_origins(session, [session.get_one(Signup, known[who])])
        elif what not in ("sign up", "forget") and who in known:
            practice.reaches(known[who], FunnelStage(what), at=at)
    span = DaySpan(TODAY + begins * DAY, TODAY + (begins + lasts) * DAY)
    with practice.database.read() as session:
        wholes = {each.offer: each for each in cohorts(session, span)}
        parts = cohorts_by(session, CohortDimension.SOURCE, span)
        assert [said for said in agreement(session) if "but not confirmed" not in said] == []
    for cohort in (*wholes.values(), *parts):
        assert all(0 <= n <= cohort.entered for n in cohort.counts.values())
    for offer, whole in wholes.items():
        for stage in OF_SIGNUPS:
            assert sum(each.counts[stage] for each in parts if each.offer == offer) == whole.counts[stage]
