"""Her room in a real browser: with and without scripts, on a phone and a desktop, by day and by night."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Route
from werkzeug.serving import make_server

from funnel.links import Purpose, RowRef
from funnel.models import Delivery, DeliveryKind, Lead
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.browsers import follow
from tests.journey.steps import join, rows, work
from tests.refs import ref_of
from tests.web.conftest import on_one_database

ADA = "ada@example.org"
WEATHER = "https://www.bbc.com/weather"


@dataclass
class Site:
    """A site on loopback, and the rooms of Ada on it."""

    url: str
    service: Service

    @property
    def limited(self) -> str:
        return f"{self.url}/me/{self.service.links.token(Purpose.PREFERENCES, self._mail)}"

    @property
    def whole(self) -> str:
        now = self.service.clock.now()
        return f"{self.url}/me/{self.service.links.dated_token(Purpose.OWN_DATA, self._mail, now)}"

    @property
    def lead(self) -> Lead:
        with self.service.db.read() as session:
            return session.get_one(Lead, 1)

    @property
    def _mail(self) -> RowRef:
        return ref_of(self.service, Delivery, rows(self.service, ADA)[-1].id)


@pytest.fixture
def site(make_service: Callable[..., Service]) -> Iterator[Site]:
    service = make_service(site_url="http://127.0.0.1:8000")
    join(service, ADA)
    work(service)
    server = make_server("127.0.0.1", 0, create_app(service), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", service)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["phone by day", "phone by night", "desktop by day", "desktop by night", "no scripts"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    phone, night = "phone" in request.param, "night" in request.param
    context = chromium.new_context(
        viewport={"width": 320, "height": 700} if phone else {"width": 1280, "height": 800},
        color_scheme="dark" if night else "light",
        java_script_enabled=request.param != "no scripts",
    )
    context.route("https://www.bbc.com/**", _weather)
    yield context.new_page()
    context.close()


def _weather(route: Route) -> None:
    assert "referer" not in route.request.headers
    route.fulfill(content_type="text/html", body="<title>Weather</title>Rain later.")


def press(page: Page, name: str) -> None:
    follow(page.get_by_role("button", name=name, exact=True))


@pytest.mark.matrix
@on_one_database
def test_she_steers_her_pace_and_reads_again(page: Page, site: Site) -> None:
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(site.limited)
    page.get_by_label("Discreet subjects.").check()
    press(page, "Two weeks")
    assert page.get_by_role("status").inner_text().startswith("Paused until")
    assert page.get_by_label("Discreet subjects.").is_checked()
    assert page.get_by_text("Not saved yet.").is_visible()
    press(page, "Undo this")
    assert "Your mails continue." in page.get_by_role("status").inner_text()
    press(page, "Save the subjects")
    assert page.title() == "…"
    page.get_by_label("First day").fill("2027-02-01")
    press(page, "No mail on these days")
    assert (site.lead.discreet, site.lead.paused_until, site.lead.quiet_days) == (True, None, ["2027-02-01"])
    page.goto(site.whole)
    follow(page.get_by_role("link", name="Read my letters"))
    page.get_by_label("Look for words").fill("welcome")
    press(page, "Search")
    follow(page.locator("ol.letters a").first)
    assert "Dear Ada" in page.content()
    follow(page.get_by_role("link", name="All your letters"))
    assert page.get_by_role("heading", level=1).inner_text() == "Your letters"
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide) is True
    page.get_by_role("link", name="Leave quickly").click()
    page.wait_for_url(WEATHER)
    assert wrong == []


@on_one_database
def test_back_does_not_lead_to_a_page_that_was_left_quickly(chromium: Browser, site: Site) -> None:
    context = chromium.new_context()
    context.route("https://www.bbc.com/**", _weather)
    page = context.new_page()
    page.goto(f"{site.url}/")
    page.goto(site.limited)
    page.get_by_role("link", name="Leave quickly").click()
    page.wait_for_url(WEATHER)
    page.go_back()
    assert page.url == f"{site.url}/"
    context.close()


@on_one_database
def test_loading_the_answer_again_presses_no_button(chromium: Browser, site: Site) -> None:
    page = chromium.new_page()
    page.goto(site.limited)
    press(page, "Mail me the link")
    assert "is on its way" in page.get_by_role("status").inner_text()
    page.reload()
    assert page.get_by_role("heading", level=1).is_visible()
    assert len([row for row in rows(site.service, ADA) if row.kind == DeliveryKind.OWN_DATA]) == 1


@on_one_database
def test_the_enter_key_in_a_field_does_nothing_unasked(chromium: Browser, site: Site) -> None:
    page = chromium.new_page()
    page.goto(site.whole)
    page.get_by_label("First name").fill("Adele")
    page.get_by_label("First name").press("Enter")
    assert "Nothing is saved yet." in page.get_by_role("status").inner_text()
    assert page.get_by_label("First name").input_value() == "Adele"
    assert site.lead.first_name == "Ada"
