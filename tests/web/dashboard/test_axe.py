"""axe finds nothing to mend on any page of the dashboard, on a phone and a desktop, by day and night."""

from __future__ import annotations

from typing import Literal

import playwright.sync_api as playwright
import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import book
from funnel.models import Delivery, DeliveryState
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.journey.steps import ask, join, work
from tests.web.conftest import on_one_database

from .conftest import SITE, Browser

pytestmark = pytest.mark.browser


@pytest.fixture
def filled(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> list[str]:
    """Somebody on every list; the paths of all pages that are read."""
    lead = join(service, "ada@example.org", name="Ada").lead_id
    ask(service, "ben@example.org")
    work(service)
    now = service.clock.now()
    with service.db.read() as session:
        mail = session.scalar(select(func.max(Delivery.id)))
    assert mail is not None
    assert book(service, lead, mail, now)
    with service.db.write() as session:
        held = Delivery(kind="test", state=DeliveryState.HELD, created_at=now, not_before=now, detail={}, filled={})
        session.add(held)
    rules = {rule.rule: rule for rule in signed_in.client.application.url_map.iter_rules()}
    paths = [
        path.replace("<int:lead_id>", str(lead)).replace("<slug>", "anxious-attachment")
        for path, rule in sorted(rules.items())
        if path.startswith("/dashboard") and "GET" in (rule.methods or ()) and "<path:" not in path
    ]
    return [path for path in paths if "<" not in path and not path.endswith(".csv")] + [
        "/dashboard/funnel?days=all&by=source",
        "/dashboard/people?tag=evening",
        "/dashboard/people?offer=course&stage=confirmed",
    ]


def violations(
    browser: playwright.Browser, signed_in: Browser, paths: list[str], width: int, scheme: Literal["light", "dark"]
) -> dict[str, list[str]]:
    """By path, each rule of axe that it breaks and the first element that does."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )

    def answer(route: playwright.Route) -> None:
        found = signed_in.get(route.request.url.removeprefix(SITE))
        route.fulfill(status=found.status_code, content_type=found.content_type, body=found.get_data())
        found.close()

    context.route("**/*", answer)
    page, found = context.new_page(), {}
    for path in paths:
        page.goto(f"{SITE}{path}")
        for each in page.locator("details").all():
            each.evaluate("each => { each.open = true }")
        told = Axe().run(page).response["violations"]
        found[path] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in told]
    context.close()
    return {path: told for path, told in found.items() if told}


@on_one_database
def test_axe_finds_nothing_on_a_phone(chromium: playwright.Browser, signed_in: Browser, filled: list[str]) -> None:
    assert len(filled) > 10
    assert violations(chromium, signed_in, filled, 390, "light") == {}


@on_one_database
@pytest.mark.matrix
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light"), (1280, "dark")])
def test_axe_finds_nothing_on_any_screen(
    chromium: playwright.Browser, signed_in: Browser, filled: list[str], width: int, scheme: Literal["light", "dark"]
) -> None:
    assert violations(chromium, signed_in, filled, width, scheme) == {}
