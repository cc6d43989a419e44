"""Asking for a session in a real browser: a small phone at night, a desktop by day, and without scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from funnel.models import BookingRequest, Consent, Lead, LeadState
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.browsers import follow
from tests.web.conftest import on_one_database

pytestmark = pytest.mark.browser


@pytest.fixture
def site(make_service: Callable[..., Service]) -> Iterator[tuple[str, Service]]:
    service = make_service(site_url="http://127.0.0.1:8000")
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
def test_somebody_on_no_list_asks_for_a_session(page: Page, site: tuple[str, Service]) -> None:
    url, service = site
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(f"{url}/pages/first-conversation")
    follow(page.get_by_role("link", name="A session for one"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Your e-mail address").fill("eve@example.org")
    page.get_by_label("A few words").fill("We quarrel.")
    page.wait_for_timeout(2_100)  # nobody fills a form in within two seconds
    page.get_by_role("button", name="Ask for this session").click()
    page.get_by_role("heading", name="Thank you, we have noted it").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with service.db.read() as session:
        (asked,), (lead,) = session.query(BookingRequest).all(), session.query(Lead).all()
        assert (asked.words, asked.source, lead.state) == ("We quarrel.", "pages/first-conversation", LeadState.GUEST)
        assert session.query(Consent).count() == 0
    assert wrong == []


@on_one_database
def test_what_search_engines_read_breaks_no_rule_of_the_page(page: Page, site: tuple[str, Service]) -> None:
    url, _service = site
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text))
    answer = page.goto(f"{url}/sessions")
    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert page.locator('script[type="application/ld+json"]').count() == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wrong == []
