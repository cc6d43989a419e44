"""The page about safety in a real browser: left at once, by the button or the keyboard, and no way back to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route
from werkzeug.serving import make_server

from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.web.conftest import on_one_database

pytestmark = on_one_database
WEATHER = "https://www.bbc.com/weather"


@pytest.fixture
def site(make_service: Callable[..., Service]) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(make_service(site_url="http://127.0.0.1")), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()

    def weather(route: Route) -> None:
        assert "referer" not in route.request.headers
        route.fulfill(content_type="text/html", body="<title>Weather</title>Rain later.")

    context.route("https://www.bbc.com/**", weather)
    yield context.new_page()
    context.close()


def test_the_button_opens_the_weather_and_back_skips_the_page(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    page.goto(f"{site}/pages/safety")
    page.get_by_role("link", name="Leave this page at once").click()
    page.wait_for_url(WEATHER)
    page.go_back()
    assert page.url == f"{site}/"


def test_escape_does_the_same_pressed_twice_and_nothing_once(page: Page, site: str) -> None:
    page.goto(f"{site}/pages/safety")
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.url == f"{site}/pages/safety"
    assert page.get_by_role("heading", level=1).is_visible()
    page.keyboard.press("Escape")
    page.wait_for_url(WEATHER)


def test_the_button_stays_in_sight_while_one_reads_on(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(f"{site}/pages/safety")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    button = page.get_by_role("link", name="Leave this page at once")
    box = button.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 100


def test_without_scripts_the_button_is_a_link(chromium: Browser, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.route("https://www.bbc.com/**", lambda route: route.fulfill(content_type="text/html", body="Rain later."))
    plain = context.new_page()
    plain.goto(f"{site}/pages/safety")
    assert plain.get_by_text("Or press the Esc key twice.").is_hidden()
    plain.get_by_role("link", name="Leave this page at once").click()
    plain.wait_for_url(WEATHER)
    context.close()
