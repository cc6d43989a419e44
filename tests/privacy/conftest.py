"""The app, and a reader who has lived through everything."""

from __future__ import annotations

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Lead
from funnel.wiring import Service
from tests.privacy.canary import live_a_life
from tests.web.conftest import Pages
from tests.web.conftest import app as app
from tests.web.conftest import make_reader as make_reader
from tests.web.conftest import pages as pages


@pytest.fixture
def canary(service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller) -> Lead:
    """Her lead, at the end of a full life with us."""
    return live_a_life(service, pages, outbox, time)
