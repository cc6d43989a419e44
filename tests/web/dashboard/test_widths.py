"""No page of the dashboard scrolls sideways, whatever a stranger typed and however narrow the window is."""

from __future__ import annotations

import playwright.sync_api as playwright
import pytest
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import book
from funnel.conversations.values import BookingText, WantedConversation
from funnel.models import Delivery
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.journey.steps import join, work
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import SITE, Browser

LONG_ADDRESS = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example.org"
TYPED = BookingText("w" * 2000, "9" * 40, "t" * 200)


@on_one_database
@pytest.mark.parametrize("width", [1200, 390, 320])
def test_what_is_typed_without_a_blank_widens_no_page(
    chromium: playwright.Browser, signed_in: Browser, service: Service, outbox: MemoryAdapter, width: int
) -> None:
    lead_id = join(service, LONG_ADDRESS, name="N" * 80).lead_id
    work(service)
    with service.db.read() as session:
        mail = session.scalar(select(func.max(Delivery.id)))
    assert mail is not None
    assert book(service, lead_id, mail, service.clock.now(), WantedConversation(said=TYPED))
    context = chromium.new_context(viewport={"width": width, "height": 800})

    def answer(route: playwright.Route) -> None:
        found = signed_in.get(route.request.url.removeprefix(SITE))
        route.fulfill(status=found.status_code, content_type=found.content_type, body=found.get_data())
        found.close()

    context.route("**/*", answer)
    page = context.new_page()
    lists = ("/people", f"/people/{lead_id}", "/deliveries", "/bookings")
    for path in ("", "/funnel?by=source", *lists, "/sequences/anxious-attachment", "/numbers", "/users", "/audit"):
        page.goto(f"{SITE}/dashboard{path}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
    context.close()
