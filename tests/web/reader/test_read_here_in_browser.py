"""The e-book on a phone, by night: its chapters, and the place that this browser keeps where she ticked that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.serving import make_server

from funnel.links import Purpose
from funnel.models import Signup
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.journey.steps import join
from tests.web.conftest import on_one_database

pytestmark = on_one_database
NARROW_NIGHT = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}


@pytest.fixture
def address(make_service: Callable[..., Service]) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    service = make_service(site_url=f"http://127.0.0.1:{server.server_port}")
    server.app = create_app(service)
    join(service, "fay@example.org", "ebook", name="Fay")
    with service.db.read() as session:
        signup = session.scalars(select(Signup)).one().ref
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield service.links.dated_to(Purpose.DOWNLOAD, signup, service.clock.now()) + "/read"
    server.shutdown()
    thread.join()
    server.server_close()


def until(page: Page, holds: str) -> None:
    """Waits until this is so. Playwright's own waiting evaluates in the page, which our policy forbids."""
    for _ in range(300):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not in 15 seconds: {holds}")


def kept(page: Page) -> int:
    return int(page.evaluate("localStorage.length"))


def test_the_place_is_kept_only_where_she_ticked_it(chromium: Browser, address: str) -> None:
    context = chromium.new_context(**NARROW_NIGHT)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    assert page.locator("#stopped").is_hidden()
    page.click("a[href='#five-things-to-do-tonight']")
    page.wait_for_timeout(600)
    assert kept(page) == 0
    page.check("#remember")
    page.click("a[href='#five-things-to-do-tonight']")
    until(page, "JSON.parse(localStorage.getItem(localStorage.key(0))).at > 0")
    page.goto("about:blank")
    page.goto(address)
    assert page.locator("#stopped").inner_text().startswith("You stopped in “Five things to do tonight”.")
    page.click("text=Go on from there")
    until(page, "document.getElementById('five-things-to-do-tonight').getBoundingClientRect().top < 640")
    page.uncheck("#remember")
    assert kept(page) == 0
    context.close()


def test_without_a_script_the_chapters_lead_there(chromium: Browser, address: str) -> None:
    context = chromium.new_context(**NARROW_NIGHT, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    assert page.locator("#tools").is_hidden()
    page.click("a[href='#what-the-alarm-is']")
    page.wait_for_url("**#what-the-alarm-is")
    assert page.locator("h2#what-the-alarm-is").is_visible()
    context.close()
