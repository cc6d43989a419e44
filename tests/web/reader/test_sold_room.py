"""The room of who bought a course: what is measured is hers to choose, and a refund is said there."""

from __future__ import annotations

import pytest

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.subscription.buying import PurchaseNote, note_purchase
from funnel.subscription.refunding import Refund, note_refund
from funnel.wiring import Service
from tests.journey.steps import rows, work
from tests.selling import DEEP, sell
from tests.web.conftest import Pages, on_one_database, text_of

pytestmark = on_one_database
ADA = "ada@example.org"


@pytest.fixture
def room(service: Service, outbox: MemoryAdapter, pages: Pages) -> str:
    sell(service)
    note_purchase(service, PurchaseNote(ADA, DEEP, "owner"), service.clock.now())
    work(service)
    service.in_force.refresh()
    return f"/me/{service.links.token(Purpose.PREFERENCES, rows(service, ADA)[-1].ref)}"


def test_a_buyers_room_shows_her_course_and_measures_nothing(pages: Pages, room: str) -> None:
    page = pages.client.get(room)
    assert "“The deeper course”, and nothing else" in text_of(page)
    assert 'name="tracking" value="none" checked' in page.text


def test_a_refund_is_said_in_her_room(pages: Pages, service: Service, room: str) -> None:
    note_refund(service, Refund(ADA, DEEP, "owner"), service.clock.now())
    text = text_of(pages.client.get(room))
    assert "“The deeper course” has ended: what you paid for it was given back." in text
    assert "No more letters of it come; those you have are yours." in text
    assert "Go on with it" not in text
    note_purchase(service, PurchaseNote(ADA, DEEP, "owner"), service.clock.now())
    assert "was given back" not in text_of(pages.client.get(room))
