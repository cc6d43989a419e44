"""The script that does the work of an unusual sign-up, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from funnel.models import Lead
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.web.conftest import Pages, on_one_database

pytestmark = [on_one_database, pytest.mark.matrix]


@pytest.fixture
def site(make_service: Callable[..., Service]) -> Iterator[tuple[str, Pages]]:
    """A site on loopback whose network has signed up as often as is usual."""
    service = make_service(signup_limit="1 per hour", site_url="http://127.0.0.1:8000")
    app = create_app(service)
    pages = Pages(app.test_client(use_cookies=False), service)
    assert pages.sign_up().status_code == 303
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    thread.join()


def test_a_visitor_notices_nothing(chromium: Browser, site: tuple[str, Pages]) -> None:
    url, pages = site
    page = chromium.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"{url}/offers/ebook")
    page.fill("#email", "ben@example.org")
    page.check("[name=consent]")
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if answer.request.method == "POST" else None)
    page.click("form button")
    page.wait_for_url("**/thanks")
    assert (answers, wrong) == ([303], [])
    assert len(pages.rows(Lead)) == 2


def test_the_page_in_between_goes_on_by_itself(chromium: Browser, site: tuple[str, Pages]) -> None:
    url, pages = site
    page = chromium.new_page()
    page.goto(f"{url}/offers/ebook")
    page.fill("#email", "ben@example.org")
    page.check("[name=consent]")
    page.evaluate("document.querySelector('form').submit()")
    page.wait_for_url("**/thanks")
    assert len(pages.rows(Lead)) == 2
