"""The questions of a form in a real browser: a small phone at night, a desktop by day, and without scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from funnel.models import GivenAnswer, Lead
from funnel.publishing.publish import publish
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.browsers import follow
from tests.subscription.asked import AFRAID, TOPICS, TOWN
from tests.web.conftest import on_one_database

pytestmark = pytest.mark.browser
REQUIRED = replace(TOPICS, required=True)


@pytest.fixture
def site(make_service: Callable[..., Service]) -> Iterator[tuple[str, Service]]:
    """The course asks three things, one of which has to be answered."""
    service = make_service(site_url="http://127.0.0.1:8000")
    offers = service.library.offers
    asking = {**offers, "course": replace(offers["course"], questions=(REQUIRED, AFRAID, TOWN))}
    publish(service, replace(service.library, offers=asking), "ada", service.clock.now())
    server = make_server("127.0.0.1", 0, create_app(service), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", service
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["phone by night", "desktop by day", "no scripts"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 320, "height": 700} if "phone" in request.param else {"width": 1280, "height": 800},
        color_scheme="dark" if "night" in request.param else "light",
        java_script_enabled=request.param != "no scripts",
    )
    yield context.new_page()
    context.close()


@on_one_database
def test_a_missing_answer_is_asked_for_and_loses_nothing(page: Page, site: tuple[str, Service]) -> None:
    url, service = site
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{url}/offers/course")
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    page.get_by_role("group", name="Are you afraid of somebody?").get_by_label("No", exact=True).check()
    page.get_by_label("Your town").fill("Exampleton")
    page.locator("input[name=consent]").check()
    page.wait_for_timeout(2_100)  # nobody fills a form in within two seconds
    follow(page.get_by_role("button", name="Send me the course"))
    group = page.get_by_role("group", name="What keeps you awake?")
    expect(group).to_contain_text("Please answer this one")
    expect(page.get_by_role("group", name="Are you afraid of somebody?").get_by_label("No", exact=True)).to_be_checked()
    expect(page.get_by_label("Your town")).to_have_value("Exampleton")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with service.db.read() as session:
        assert session.query(Lead).all() == []
    group.get_by_label("The phone").check()
    follow(page.get_by_role("button", name="Send me the course"))
    page.wait_for_url("**/offers/course/thanks")
    with service.db.read() as session:
        kept = {row.name: row.plain for row in session.query(GivenAnswer).all()}
    assert kept == {"topics": '["calls"]', "afraid": None, "town": None}
    assert wrong == []
