"""A service with every secret set, Amazon's certificate at hand, and lessons to be told about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Delivery
from funnel.webhooks import outside, ses, sns
from funnel.wiring import Service
from tests.journey.steps import join, rows, work
from tests.webhooks import signing


@dataclass
class Amazon:
    """What was asked of the network: nothing of it leaves this process."""

    asked: list[str]
    away: bool = False

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.away:
            raise OSError("no route")
        return signing.certificate()


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Amazon:
    made = Amazon([])
    monkeypatch.setattr(outside, "fetch", made.fetch)
    monkeypatch.setattr(ses, "_certificates", sns.Certificates())
    return made


@pytest.fixture
def service(make_service: Callable[..., Service], time: time_machine.Traveller) -> Service:
    return make_service(**signing.settings())


@pytest.fixture
def dan(service: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> Delivery:
    """Dan's first lesson, accepted ten minutes ago."""
    join(service, "dan@example.org", name="Dan")
    work(service)
    time.shift(timedelta(minutes=10))
    return rows(service, "dan@example.org")[-1]
