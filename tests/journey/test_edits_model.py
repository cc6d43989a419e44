"""Random edits, deliveries, failures, pauses and leaps of time, in the database, against a plain reference.

After every step: nobody has had a lesson twice, no reader has had two lessons on one local day, nobody is stuck, and
what `plan` said before an edit is what `publish` then did. In the end every enrolment ends. Every run plays the same
stories; `FUNNEL_MODEL_EXAMPLES=500` plays so many, and others each time.
"""

from __future__ import annotations

import os

import pytest
import time_machine
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from funnel.wiring import Service
from tests.journey.edits_world import World

_LARGE = int(os.environ.get("FUNNEL_MODEL_EXAMPLES", "0"))
KINDS = (
    "insert", "insert", "remove", "cut", "cut", "reorder", "retime", "after", "text", "settings", "bonus",
    "move", "move", "condition", "condition", "send", "book", "tag", "open",
    "pause", "rest", "slower", "next", "enrol", "enrol", "enrol",
    "work", "work", "work", "refuse", "bounce", "later", "leap", "leap", "leap",
)  # fmt: skip
STEP = st.tuples(st.sampled_from(KINDS), st.integers(0, 11), st.integers(0, 11))


def played(examples: int) -> settings:
    """Hypothesis' settings: the databases are emptied for every story, so the fixtures may be shared."""
    return settings(
        phases=list(Phase) if _LARGE else [Phase.explicit, Phase.generate],  # to shrink a story takes minutes
        max_examples=_LARGE or examples,
    )


class Stage:
    """Where stories are played."""

    def __init__(self, service: Service, time: time_machine.Traveller) -> None:
        self._service, self._time = service, time

    def world(self) -> World:
        """A new one, in a database emptied for it."""
        return World(self._service, self._time)


@pytest.fixture
def stage(service: Service, time: time_machine.Traveller) -> Stage:
    return Stage(service, time)


@played(5)
@given(steps=st.lists(STEP, min_size=14, max_size=18))
def test_random_edits_keep_the_plan_and_lose_nobody(stage: Stage, steps: list[tuple[str, int, int]]) -> None:
    world = stage.world()
    for kind, first, second in (("enrol", 0, 1), ("enrol", 1, 1), ("work", 0, 0), *steps):
        world.play(kind, first, second)
    world.end()
