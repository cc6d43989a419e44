"""The quiz in a real browser: one statement at a time, by finger or keyboard, and nothing lost on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from funnel.models import FunnelCount
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.web.conftest import on_one_database

pytestmark = on_one_database
STATEMENTS = 12


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service(site_url="http://127.0.0.1")


@pytest.fixture
def site(service: Service) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(service), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 320, "height": 700})
    yield context.new_page()
    context.close()


def counted(service: Service) -> dict[str, int]:
    with service.db.read() as session:
        return {row.stage: row.n for row in session.query(FunnelCount) if row.stage in ("begun", "answered")}


def kept(page: Page) -> dict[str, object]:
    """What the tab remembers of the quiz."""
    found: dict[str, object] = page.evaluate("JSON.parse(sessionStorage.getItem('quiz:quiz'))")
    return found


def stand_at(page: Page, number: int) -> None:
    expect(page.locator("[data-progress]")).to_have_text(f"{number} of {STATEMENTS}")
    expect(page.locator("[data-statement]:visible")).to_have_count(1)


def choose(page: Page, label: str) -> None:
    page.locator("[data-statement]:visible").get_by_text(label, exact=True).click()


def test_a_finger_goes_from_statement_to_statement_and_sees_the_result(page: Page, site: str, service: Service) -> None:
    page.goto(f"{site}/offers/quiz")
    expect(page.locator("[data-statement]:visible")).to_have_count(0)
    page.get_by_role("button", name="Begin").click()
    for number in range(1, STATEMENTS + 1):
        stand_at(page, number)
        choose(page, "in between")
    page.get_by_role("button", name="See where I lean").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers lie in between")
    assert counted(service) == {"begun": 1, "answered": 1}
    assert list(kept(page)) == ["begun"]
    page.reload()
    page.go_back()
    page.reload()
    page.get_by_role("button", name="Begin").click()
    choose(page, "rather like me")
    stand_at(page, 2)
    assert counted(service) == {"begun": 1, "answered": 1}
    assert page.evaluate("document.cookie") == ""
    assert "?" not in page.url


def test_the_page_keeps_its_heading_while_it_asks(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.get_by_role("button", name="Begin").click()
    stand_at(page, 1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Which way do you lean?")
    expect(page.locator(".prose")).to_be_hidden()


def test_the_ends_of_a_line_stand_at_its_ends(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.evaluate("for (const box of document.querySelectorAll('input[value=\"5\"]')) box.checked = true")
    page.evaluate("document.querySelector('form[data-quiz]').submit()")
    page.wait_for_selector(".line-drawn")
    for n in range(2):
        drawn = page.locator(".line-drawn").nth(n).bounding_box()
        ends = page.locator(".line-ends").nth(n).bounding_box()
        assert drawn
        assert ends
        assert abs(drawn["width"] - ends["width"]) < 1


def test_the_keyboard_alone_is_enough_and_arrows_choose_without_leaving(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.get_by_role("button", name="Begin").focus()
    page.keyboard.press("Enter")
    stand_at(page, 1)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(400)
    stand_at(page, 1)
    expect(page.locator("[data-statement]:visible input").nth(1)).to_be_checked()
    for number in range(2, STATEMENTS + 1):
        page.keyboard.press("Enter")
        stand_at(page, number)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Too few answers to say anything")


def test_an_arrow_key_soon_after_a_press_only_chooses(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.get_by_role("button", name="Begin").click()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(400)
    stand_at(page, 1)
    expect(page.locator("[data-statement]:visible input").nth(1)).to_be_checked()


def test_the_next_statement_is_in_sight_at_once(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.get_by_role("button", name="Begin").click()
    assert page.evaluate("scrollY") == 0
    assert (
        page.locator("[data-statement]:visible label").last.evaluate("(it) => it.getBoundingClientRect().bottom") < 700
    )


def test_back_leads_back_and_a_statement_may_be_left_open(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.get_by_role("button", name="Begin").click()
    choose(page, "rather like me")
    stand_at(page, 2)
    page.get_by_role("button", name="Leave this open").click()
    stand_at(page, 3)
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Back").click()
    stand_at(page, 1)
    expect(page.locator("[data-statement]:visible input:checked")).to_have_value("4")
    expect(page.get_by_role("button", name="Next")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_reload_loses_nothing_and_another_tab_knows_nothing(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.get_by_role("button", name="Begin").click()
    choose(page, "rather like me")
    stand_at(page, 2)
    page.reload()
    stand_at(page, 2)
    page.get_by_role("button", name="Back").click()
    expect(page.locator("[data-statement]:visible input:checked")).to_have_value("4")
    other = page.context.new_page()
    other.goto(f"{site}/offers/quiz")
    expect(other.get_by_role("button", name="Begin")).to_be_visible()


def test_nothing_is_wider_than_a_small_telephone(page: Page, site: str) -> None:
    page.goto(f"{site}/offers/quiz")
    page.get_by_role("button", name="Begin").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for number in range(1, STATEMENTS + 1):
        stand_at(page, number)
        choose(page, "very much like me")
    page.get_by_role("button", name="See where I lean").click()
    expect(page.locator(".line-dot")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
