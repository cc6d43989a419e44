"""Lessons that have arrived, and what came back of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Delivery
from funnel.wiring import Service
from tests.journey.steps import join, rows, work


@pytest.fixture
def lesson(service: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> Delivery:
    """Ada's first lesson, accepted ten minutes ago."""
    join(service, "ada@example.org")
    work(service)
    time.shift(timedelta(minutes=10))
    return rows(service, "ada@example.org")[-1]


@pytest.fixture
def make_lessons(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> Callable[[int], list[Delivery]]:
    """The first lessons of so many readers, accepted ten minutes ago."""

    def make(n: int) -> list[Delivery]:
        for number in range(n):
            join(service, f"reader{number}@example.org")
        work(service)
        time.shift(timedelta(minutes=10))
        return [rows(service, f"reader{number}@example.org")[-1] for number in range(n)]

    return make
