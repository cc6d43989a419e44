"""Pacing: the line a practice writes, and the rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.channel.pace import Pace, PaceError, PacePlan, parse_pace
from funnel.channel.pace.buckets import Asked, Buckets, take_tokens
from funnel.channel.pace.plan import Rate
from funnel.curriculum.mailbox_providers import group_of
from tests.conftest import MONDAY

SECOND = timedelta(seconds=1)
ADA = ("lesson", "ada@example.org")
ASKED_FOR = ("confirmation", "fay@example.org")


def alone(line: str) -> Pace:
    return Pace(parse_pace(line))


def test_the_line_says_what_it_says() -> None:
    assert parse_pace(
        "14/s, 50000/day, Google 5/s, example.org 30/min, other 2/s, 20 connections, from 2027-01-04"
    ) == (
        PacePlan(
            rate=Rate(14),
            per_day=50_000,
            warm_up_from=date(2027, 1, 4),
            groups={"google": Rate(5), "example.org": Rate(0.5)},
            other=Rate(2),
            connections=20,
        )
    )
    assert parse_pace(" 100/h ").rate == Rate(100 / 3600)
    assert parse_pace("").unlimited
    assert parse_pace("4 connections").unlimited


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fast", "'fast' is not understood"),
        ("0/s", "'0/s' is not understood"),
        ("-1/s", "not understood"),
        ("1/s, 2/s", "another value"),
        ("google 1/s, google 2/s", "another value"),
        ("googel 1/s", "did you mean google"),
        ("google 5/day", "for the whole channel only"),
        ("1.5/day", "a whole number a day"),
        ("from yesterday", "not a day such as 2027-01-04"),
    ],
)
def test_a_line_that_is_not_understood_is_told_with_a_right_one(line: str, said: str) -> None:
    with pytest.raises(PaceError, match=said) as error:
        parse_pace(line)
    assert "A right one: 14/s, 50000/day" in str(error.value)


def test_well_known_domains_are_grouped_by_mailbox_provider() -> None:
    assert group_of("Ada@Googlemail.com") == group_of("ben@gmail.com") == "google"
    assert group_of("cleo@hotmail.co.uk") == "microsoft"
    assert group_of("dan@aol.com") == "yahoo"
    assert group_of("eve@Example.org") == "example.org"


def test_without_a_line_everything_may_go_and_nothing_is_asked() -> None:
    pace = Pace(redis_url="redis://127.0.0.1:1/0")
    assert pace.allow([ADA] * 1000, MONDAY).waits == (None,) * 1000
    assert pace.room(MONDAY) is None
    assert pace.connections is None


def test_a_seconds_worth_may_go_at_once_and_the_rest_in_turn() -> None:
    allowed = alone("10/s").allow([ADA] * 15, MONDAY)
    assert allowed.count == 10
    assert allowed.waits[10:] == tuple(timedelta(seconds=n / 10) for n in range(1, 6))
    assert allowed.wait == SECOND / 10


def test_lessons_back_at_their_places_keep_the_speed_exactly() -> None:
    pace, at, sent, asked = alone("5/s"), MONDAY, 0, 0
    coming = [(MONDAY, 200)]
    gone: list[datetime] = []
    while coming:
        coming.sort()
        at, many = coming.pop(0)
        asked += many
        allowed = pace.allow([ADA] * many, at)
        gone += [at] * allowed.count
        coming += [(at + wait, 1) for wait in allowed.waits if wait is not None]
        sent += allowed.count
    assert sent == 200
    assert asked <= 2 * 200  # each was asked about twice at the most
    assert abs(gone[-1] - MONDAY - 39 * SECOND) < timedelta(milliseconds=1)
    for start in gone:
        assert sum(start <= when < start + SECOND for when in gone) <= 10


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 40), st.booleans()), min_size=1, max_size=30),
    st.sampled_from([0.2, 1.0, 3.0, 14.0]),
)
def test_no_stretch_of_time_sees_more_than_its_share(asked: list[tuple[float, int, bool]], rate: float) -> None:
    plan, state, now = PacePlan(rate=Rate(rate)), Buckets(), 1_000_000.0
    gone: list[tuple[float, bool]] = []
    for later, many, urgent in asked:
        now += later
        waits = take_tokens(plan, state, [Asked(urgent, "-")] * many, now)
        gone += [(now, urgent)] * waits.count(None)
    for index, (start, _) in enumerate(gone):
        for end in range(index, len(gone)):
            stretch = gone[index : end + 1]
            lessons = sum(not urgent for _, urgent in stretch)
            most = Rate(rate).burst + (stretch[-1][0] - start) * rate
            assert lessons <= most + 0.01
            assert len(stretch) <= most + Rate(rate).burst + 0.01


def test_urgent_mail_goes_before_thousands_of_lessons() -> None:
    pace = alone("10/s")
    assert pace.allow([ADA] * 5000, MONDAY).count == 10
    assert pace.allow([ASKED_FOR] * 3, MONDAY).count == 3
    mixed = alone("10/s").allow([ADA] * 50 + [ASKED_FOR], MONDAY)
    assert mixed.waits[50] is None
    assert mixed.count == 10


def test_even_mail_somebody_waits_for_keeps_to_twice_the_speed() -> None:
    pace = alone("10/s")
    allowed = pace.allow([ASKED_FOR] * 30, MONDAY)
    assert allowed.count == 20
    assert allowed.wait == SECOND / 10
    assert pace.allow([ADA], MONDAY + SECOND).count == 0  # lessons pay it back


def test_a_day_ends_at_midnight_utc_and_reserves_a_tenth() -> None:
    pace = alone("100/day")
    allowed = pace.allow([ADA] * 200, MONDAY)
    assert allowed.count == 90
    assert allowed.wait == timedelta(hours=1)
    assert pace.allow([ASKED_FOR] * 20, MONDAY).count == 10
    evening = datetime(2027, 1, 4, 23, 59, 50, tzinfo=UTC)
    assert pace.allow([ADA], evening).wait == 10 * SECOND
    assert pace.allow([ADA] * 200, evening + 10 * SECOND).count == 90
    assert pace.sent(evening + 10 * SECOND) == 90


def test_warming_up_starts_at_fifty_and_grows_by_half_each_day() -> None:
    pace, counts = alone("500/day, from 2027-01-04"), []
    for day in range(8):
        counts.append(pace.allow([ADA] * 1000, MONDAY + timedelta(days=day)).count)
    assert counts == [50, 75, 112, 168, 253, 379, 450, 450]
    # What a visitor asks for is no part of warming up.
    assert alone("500/day, from 2027-01-04").allow([ASKED_FOR] * 60, MONDAY).count == 60


def test_warming_up_without_a_limit_ends_by_itself() -> None:
    plan = parse_pace("from 2027-01-04")
    assert plan.lessons_on(date(2027, 1, 1)) == plan.lessons_on(date(2027, 1, 4)) == 50
    assert plan.lessons_on(date(2027, 3, 1)) is None


def test_a_slow_mailbox_provider_holds_up_nobody_else() -> None:
    pace = alone("google 1/s, other 2/s")
    mails = [("lesson", f"reader{n}@gmail.com") for n in range(4)]
    mails += [("lesson", f"reader{n}@{'ab'[n % 2]}.example.org") for n in range(4)]
    waits = pace.allow(mails, MONDAY).waits
    assert waits == (None, SECOND, 2 * SECOND, 3 * SECOND, None, None, None, None)
    assert pace.allow([("lesson", "ben@googlemail.com")], MONDAY + SECOND / 2).count == 0


def test_what_was_allowed_and_did_not_go_is_given_back() -> None:
    pace = alone("10/s, 100/day")
    assert pace.allow([ADA] * 10, MONDAY).count == 10
    pace.give_back([ADA] * 8, MONDAY)
    assert pace.sent(MONDAY) == 2
    assert pace.allow([ADA] * 10, MONDAY).count == 8


def test_the_queue_is_given_what_can_go_soon_and_no_more() -> None:
    pace = alone("10/s, 1000/day")
    assert pace.room(MONDAY) == 110
    assert pace.room(MONDAY, queued=100) == 10
    pace.allow([ADA] * 110, MONDAY)
    assert pace.room(MONDAY) == 0  # all places of the next ten seconds are promised
    assert pace.room(MONDAY + 5 * SECOND) == 59
    assert alone("google 1/s").room(MONDAY) is None
    assert alone("100/day").room(MONDAY) == 90
