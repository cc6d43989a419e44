"""A reader's pause and the rest of a whole sequence may overlap in every way: a day on which both rest counts once."""

from __future__ import annotations

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.publishing.pausing import pause_sequence, resume_sequence
from funnel.subscription.preferences import next_now, pause
from funnel.wiring import Service
from tests.journey.steps import COURSE, join, live, rows, sent

THIRD = 14  # the day of the third lesson
DAY = 86_400


def days_of(service: Service) -> list[int]:
    """On which days from the first the lessons went."""
    days = [row.local_date for row in rows(service, "ada@example.org") if row.lesson_id and row.local_date]
    return [(day - days[0]).days for day in days]


# What happens on which day from the first: P and R are the sequence's rest; 1 and 2 her pause of so many weeks, 0 its
# end.
@pytest.mark.parametrize(
    ("story", "still"),
    [
        pytest.param("P8 R15", 7, id="only the sequence rests"),
        pytest.param("2@8", 14, id="only she rests"),
        pytest.param("2@8 P10 R18", 14, id="the rest lies inside her pause"),
        pytest.param("1@9 P12 R23", 14, id="her pause begins first and the rest ends last"),
        pytest.param("P8 1@10 R22", 14, id="her pause lies inside the rest"),
        pytest.param("P8 2@12 R18", 18, id="the rest begins first and her pause ends last"),
        pytest.param("P8 2@9 0@11 R15", 7, id="she goes on early while it still rests"),
        pytest.param("2@8 P10 0@12 R15", 7, id="she paused before and goes on early while it rests"),
        pytest.param("2@8 P9 R11 0@15", 7, id="she goes on early after it"),
        pytest.param("P8 1@9 1@17 R29", 21, id="she rests twice while it does"),
        pytest.param("1@8 P18 R25", 14, id="one after the other"),
    ],
)
def test_a_day_on_which_both_rest_counts_once(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller, story: str, still: int
) -> None:
    join(service, "ada@example.org")
    day = 0
    for step in story.split():
        what, _, on = step.partition("@")
        then = int(on or step[1:])
        live(service, time, then - day)
        day, now = then, service.clock.now()
        if step.startswith("P"):
            assert pause_sequence(service, COURSE, now)
        elif step.startswith("R"):
            resume_sequence(service, COURSE, now)
        else:
            pause(service, rows(service, "ada@example.org")[-1].id, int(what), now)
    live(service, time, 60)
    assert days_of(service)[:4] == [0, 7, THIRD + still, 21 + still]


def test_asking_for_the_next_sends_nothing_of_a_paused_sequence(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    pause_sequence(service, COURSE, service.clock.now())
    assert not next_now(service, rows(service, "ada@example.org")[-1].id, service.clock.now())
    assert len(sent(service, "ada")) == 2
    time.shift(7 * DAY)
    resume_sequence(service, COURSE, service.clock.now())
    live(service, time, 60)
    assert days_of(service)[:3] == [0, 7, 21]
