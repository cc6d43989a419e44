"""When a channel rests by itself: the decision alone, on made-up histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from funnel.channel.breaker import Memory, SeenOutcome, failed_trial, failing, rest_after_failures, rest_asked_for
from funnel.mail import Outcome, OutcomeKind

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def history(text: str, at: datetime = NOON) -> list[SeenOutcome]:
    """`x` failed, `.` did not; all of it at one time."""
    return [SeenOutcome(at, letter == "x") for letter in text]


def test_half_of_twenty_failing_is_enough_and_less_is_not() -> None:
    assert failing(history("x." * 10), NOON) == "10 of the last 20 mails were not taken"
    assert failing(history("x." * 9 + ".."), NOON) is None
    assert failing(history("x" * 19), NOON) is None


def test_the_rate_counts_and_not_how_many_ever_failed() -> None:
    assert failing(history("x" * 20 + "." * 21), NOON) is None


def test_failures_of_ten_minutes_ago_are_forgotten() -> None:
    old = history("x" * 30, NOON - 10 * MINUTE)
    assert failing(old, NOON) is None
    assert failing(old + history("x" * 10), NOON) is None


def test_only_the_last_fifty_are_remembered() -> None:
    memory = Memory()
    memory.add([Outcome(OutcomeKind.TEMPORARY)] * 100, NOON)
    assert memory.failing(NOON) == "50 of the last 50 mails were not taken"
    memory.add([Outcome(OutcomeKind.ACCEPTED)] * 26, NOON)
    assert memory.failing(NOON) is None
    memory.forget()
    memory.add([Outcome(OutcomeKind.AMBIGUOUS)] * 20, NOON)
    assert memory.failing(NOON) is not None


@pytest.mark.parametrize("kind", [OutcomeKind.PERMANENT_RECIPIENT, OutcomeKind.PERMANENT_MESSAGE])
def test_a_list_of_dead_addresses_is_no_failure_of_the_channel(kind: OutcomeKind) -> None:
    memory = Memory()
    memory.add([Outcome(kind)] * 50, NOON)
    assert memory.failing(NOON) is None
    assert failed_trial([Outcome(kind)]) is None


def test_on_trial_one_answer_is_enough_and_none_closes_again() -> None:
    later, gone = Outcome(OutcomeKind.TEMPORARY), Outcome(OutcomeKind.ACCEPTED)
    assert failed_trial([later]) == "1 of 1 mails on trial were not taken"
    assert failed_trial([later, gone]) is None
    assert failed_trial([]) is None


def test_the_rest_grows_from_a_minute_to_half_an_hour() -> None:
    rests, last = [], None
    for _ in range(8):
        last = rest_after_failures(last)
        rests.append(last / MINUTE)
    assert rests == [1, 2, 4, 8, 16, 30, 30, 30]


def test_the_providers_own_time_counts_within_reason() -> None:
    def asked(kind: OutcomeKind, seconds: float | None = None, before: timedelta | None = None) -> timedelta | None:
        after = None if seconds is None else timedelta(seconds=seconds)
        return rest_asked_for(Outcome(kind, retry_after=after), before)

    assert asked(OutcomeKind.RATE, 90) == 1.5 * MINUTE
    assert asked(OutcomeKind.RATE, 0) == timedelta(seconds=1)
    assert asked(OutcomeKind.QUOTA, 10**9) == timedelta(days=1)
    assert asked(OutcomeKind.RATE) == MINUTE
    assert asked(OutcomeKind.RATE, before=MINUTE) == 2 * MINUTE
    assert asked(OutcomeKind.RATE, before=60 * MINUTE) == 15 * MINUTE
    assert asked(OutcomeKind.QUOTA) == 60 * MINUTE
    assert asked(OutcomeKind.AUTH_CONFIG, 60) is None
