"""The brake's test: how soon it acts, and how rarely without a reason."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from funnel.channel.brake import DEAD, FEWEST, LIVING, LOOKED_AT, THRESHOLD, SentMail, wave


def mails(dead: Iterable[bool]) -> list[SentMail]:
    return [SentMail(reader, is_dead) for reader, is_dead in enumerate(dead)]


def first_alarm(dead: list[bool]) -> int | None:
    """After how many mails it acts, asked whenever one has come back."""
    sent = mails(dead)
    for n, is_dead in enumerate(dead, 1):
        if is_dead and wave(sent[max(0, n - LOOKED_AT) : n]) is not None:
            return n
    return None


def false_alarms(share: float, readers: int) -> float:
    """The share of lists on which it acts without a reason: all ways the sum can go, each with its probability.

    States below a probability of 1e-16 are left out.
    """
    states, acted = {(0, 0): 1.0}, 0.0
    for _ in range(readers):
        after: dict[tuple[int, int], float] = {}
        for (dead, living), probability in states.items():
            if (dead + 1) * DEAD + living * LIVING >= THRESHOLD:
                acted += probability * share
            else:
                after[dead + 1, living] = after.get((dead + 1, living), 0.0) + probability * share
            state = (dead, living + 1) if dead * DEAD + (living + 1) * LIVING > 0 else (0, 0)
            after[state] = after.get(state, 0.0) + probability * (1 - share)
        states = {state: probability for state, probability in after.items() if probability > 1e-16}
    return acted


def test_a_hundred_and_fifty_dead_of_as_many_act_by_the_tenth() -> None:
    assert FEWEST == 9
    assert first_alarm([True] * 150) == FEWEST
    assert first_alarm([False] * 400 + [True] * 150) == 400 + FEWEST


@given(st.permutations([True] * 4 + [False] * 36))
def test_four_dead_of_forty_never_act_in_whatever_order(dead: list[bool]) -> None:
    assert first_alarm(dead) is None


def test_lists_a_tenth_dead_trip_it_under_once_in_a_thousand() -> None:
    # Alarms come at an even rate once the sum has settled: 2,000 readers are a fifth of 10,000.
    assert 3e-5 < false_alarms(0.10, 2_000) < 1e-3 / 5
    assert false_alarms(0.05, 2_000) < 1e-6 / 5


def test_lists_drawn_at_random_agree_with_that() -> None:
    drawn = random.Random(20270104)
    assert not any(first_alarm([drawn.random() < 0.1 for _ in range(2_000)]) for _ in range(20))


def test_a_wave_among_living_readers_is_found_soon() -> None:
    drawn = random.Random(7)
    for _ in range(50):
        before = [drawn.random() < 0.03 for _ in range(300)]
        sent = before + [drawn.random() < 0.9 for _ in range(60)]
        n = first_alarm(sent)
        assert n is not None
        assert n <= 300 + 25
        begins = wave(mails(sent[:n]))
        assert begins is not None
        assert 290 <= begins <= 310


def test_a_reader_counts_once_however_many_mails_come_back() -> None:
    one_full_mailbox = [SentMail(1, True)] * 30
    assert wave(one_full_mailbox) is None
    assert wave([SentMail(reader, True) for reader in range(9) for _ in range(3)]) == 2


def test_an_unanswered_mail_does_not_outweigh_a_dead_one() -> None:
    came_back = [SentMail(reader, True) for reader in range(9)]
    assert wave([*came_back, *(SentMail(reader, False) for reader in range(9))]) == 0
