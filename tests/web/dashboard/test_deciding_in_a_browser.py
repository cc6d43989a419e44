"""One mail in a real browser: held, mended, tried again, unknown, and noted as arrived."""

from __future__ import annotations

import playwright.sync_api as playwright
import time_machine
from sqlalchemy import update

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import OutcomeKind
from funnel.models import Delivery
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.browsers import follow
from tests.journey.steps import join, live, rows, work
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import SITE, Browser

ADA = "ada@example.org"


def page_of(chromium: playwright.Browser, signed_in: Browser) -> playwright.Page:
    """A page on a phone that is answered by the app itself, presses and all."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})

    def answer(route: playwright.Route) -> None:
        request = route.request
        found = signed_in.client.open(
            request.url.removeprefix(SITE),
            method=request.method,
            data=request.post_data_buffer,
            content_type=request.headers.get("content-type"),
            base_url=SITE,
            follow_redirects=True,
        )
        route.fulfill(status=found.status_code, content_type=found.content_type, body=found.get_data())
        found.close()

    context.route("**/*", answer)
    return context.new_page()


@on_one_database
def test_a_held_mail_goes_and_is_noted_as_arrived(
    chromium: playwright.Browser, signed_in: Browser, service: Service, time: time_machine.Traveller
) -> None:
    service.channel.use(MemoryAdapter())
    join(service, ADA)
    work(service)
    service.channel.use(MemoryAdapter({ADA: OutcomeKind.AMBIGUOUS}))
    live(service, time, 7.5)
    number, missing = rows(service, ADA)[-1].id, "anxious-attachment/02.md:9  There is nothing to fill city with"
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == number).values(state="held", reason=missing))

    page = page_of(chromium, signed_in)
    page.goto(f"{SITE}/dashboard")
    playwright.expect(page.get_by_text("There is nothing to fill city with")).to_be_visible()
    follow(page.get_by_role("link", name="Try again …"))
    follow(page.get_by_role("button", name="Try again: 1 mail"))
    playwright.expect(page.get_by_role("status")).to_have_text("It waits to be sent now.")
    work(service)
    assert rows(service, ADA)[-1].state == "unknown"

    page.goto(f"{SITE}/dashboard/deliveries?state=unknown")
    follow(page.get_by_role("button", name="It arrived"))
    playwright.expect(page.get_by_role("status")).to_have_text("It counts as sent.")
    assert rows(service, ADA)[-1].state == "accepted"
    page.context.close()
