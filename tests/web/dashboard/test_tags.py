"""Tags on a person's page: put on and taken off with a button, and written down with who did."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Enrolment, Lead, Tagging
from funnel.subscription.buying import PurchaseNote, note_purchase
from funnel.wiring import Service
from tests.journey.steps import join
from tests.selling import DEEP, sell
from tests.web.conftest import on_one_database

from .conftest import OWNER, Browser, text_of

pytestmark = on_one_database


@pytest.fixture
def ada(service: Service, outbox: MemoryAdapter) -> str:
    """Her page."""
    join(service, "ada@example.org")
    with service.db.read() as session:
        return f"/dashboard/people/{session.scalars(select(Lead.id)).one()}"


def taggings(service: Service) -> list[tuple[str, str, str]]:
    with service.db.read() as session:
        return [(each.name, each.put_by, each.taken_by) for each in session.scalars(select(Tagging))]


def press(browser: Browser, page: str, **fields: str) -> str:
    answer = browser.send(page, f"{page}/tags", **fields)
    assert answer.status_code == 303
    return text_of(browser.get(answer.location))


def test_a_tag_is_put_on_and_taken_off_by_whom(signed_in: Browser, service: Service, ada: str) -> None:
    assert "Tags None." in text_of(signed_in.get(ada))
    shown = press(signed_in, ada, name="evening")
    assert "No sequence begins or ends by it." in shown
    assert f", by {OWNER} Take off evening" in shown
    assert "goes on" in press(signed_in, ada, take="evening")
    assert taggings(service) == [("evening", OWNER, OWNER)]
    assert "Taken off: evening" in text_of(signed_in.get(ada))


def test_what_a_tag_ends_is_said(signed_in: Browser, service: Service, ada: str) -> None:
    assert "What it begins and ends stands below." in press(signed_in, ada, name="client")
    with service.db.read() as session:
        assert session.scalars(select(Enrolment.reason)).all() == ["client"]


def test_a_wrong_name_changes_nothing(signed_in: Browser, service: Service, ada: str) -> None:
    assert "Nothing has changed. A tag is of small letters" in press(signed_in, ada, name="<b>Evening")
    assert taggings(service) == []


def test_without_a_token_or_signing_in_nothing_happens(
    signed_in: Browser, browser: Browser, service: Service, ada: str
) -> None:
    assert signed_in.post(f"{ada}/tags", name="evening").status_code == 400
    signed_in.client.delete_cookie("__Host-session", domain="letters.example.org")
    assert signed_in.get(f"{ada}/tags").status_code in (302, 303, 405)
    assert taggings(service) == []


def test_a_refund_is_noted_from_her_page(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    sell(service)
    service.in_force.refresh()
    note_purchase(service, PurchaseNote("fay@example.org", DEEP, "owner"), service.clock.now())
    with service.db.read() as session:
        page = f"/dashboard/people/{session.scalars(select(Lead.id)).one()}"
    assert "Bought it, and so agreed , A deeper course" in text_of(signed_in.get(page))
    assert "noted with funnel reader bought" in press(signed_in, page, name=f"bought:{DEEP}")
    assert "Note a refund" in text_of(signed_in.get(page))
    assert "The refund is noted." in press(signed_in, page, take=f"bought:{DEEP}")
    assert "Got back what it had cost" in text_of(signed_in.get(page))
    assert press(signed_in, page, take="bought:ebook").count("Nothing has changed.") == 1
    overview = text_of(signed_in.get("/dashboard/funnel"))
    assert "Bought 1 time, of which refunded: 1." in overview
    assert "Bought it" in overview
