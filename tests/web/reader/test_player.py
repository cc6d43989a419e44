"""The player in a real browser: lines, keys, speed, the place that is kept, and a film that cannot be played."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from werkzeug.serving import make_server

from funnel.links import Purpose
from funnel.models import Lead, Signup
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.journey.steps import join
from tests.web.conftest import on_one_database

pytestmark = on_one_database
PLAYING = "document.getElementById('player').currentTime"


@dataclass
class Site:
    service: Service
    url: str

    @property
    def watched(self) -> int:
        with self.service.db.read() as session:
            return session.scalars(select(Lead.watched)).one()


@pytest.fixture
def site(make_service: Callable[..., Service]) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    service = make_service(site_url=f"http://127.0.0.1:{server.server_port}")
    server.app = create_app(service)
    join(service, "fay@example.org", "training", name="Fay")
    with service.db.read() as session:
        signup = session.scalars(select(Signup)).one().ref
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(service, service.links.dated_to(Purpose.WATCH, signup, service.clock.now()))
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


def until(page: Page, holds: str) -> None:
    """Waits until this is so. Playwright's own waiting evaluates in the page, which our policy forbids."""
    for _ in range(300):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not in 15 seconds: {holds}")


def ready(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    until(page, "document.getElementById('player').readyState > 0")
    return page


def test_a_pressed_line_plays_from_there_and_is_marked(site: Site, context: BrowserContext) -> None:
    page = ready(context, site.url)
    page.get_by_role("link", name="Chapter 3: The circle that keeps turning").click()
    until(page, f"{PLAYING} > 13.8 && !document.getElementById('player').paused")
    page.wait_for_selector(".lines a[aria-current]:has-text('Chapter 3')")
    assert page.locator(".lines a[aria-current]").count() == 1
    assert page.locator(".chapters a[aria-current]").inner_text().endswith("3. The circle that keeps turning")
    assert page.locator(".lines a[tabindex='0']").count() == 1


def test_keys_move_in_the_film_while_it_has_the_focus_only(site: Site, context: BrowserContext) -> None:
    page = ready(context, site.url)
    page.keyboard.press("l")
    assert page.evaluate(PLAYING) == 0
    page.locator("#player").focus()
    for key, at in (("l", 10), ("ArrowRight", 15), ("j", 5), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        assert page.evaluate(PLAYING) == at
    page.keyboard.press(".")
    assert page.evaluate("document.getElementById('player').playbackRate") == 1.25
    assert page.locator("#speed").input_value() == "1.25"
    page.keyboard.press("c")
    assert page.evaluate("document.getElementById('player').textTracks[0].mode") == "hidden"
    page.keyboard.press("n")
    until(page, f"{PLAYING} >= 4")
    page.keyboard.press("k")
    until(page, "document.getElementById('player').paused")


def test_the_place_is_kept_only_where_she_ticked_it(site: Site, context: BrowserContext) -> None:
    page = ready(context, site.url)
    assert not page.locator("#remember").is_checked()
    page.get_by_role("link", name="Chapter 2: What the alarm is for").click()
    until(page, f"{PLAYING} > 9.5")
    page.close(run_before_unload=True)
    page = ready(context, site.url)
    assert page.evaluate("localStorage.length") == 0
    assert not page.locator("#stopped").is_visible()
    page.locator("#remember").check()
    page.get_by_role("link", name="Chapter 2: What the alarm is for").click()
    until(page, f"{PLAYING} > 9.5")
    page.evaluate("document.getElementById('player').pause()")
    page.goto(f"{site.url}?again")
    page.locator("#stopped").wait_for(state="visible")
    assert "You stopped at 0:" in page.locator("#stopped").inner_text()
    page.get_by_role("button", name="Go on from there").click()
    until(page, f"{PLAYING} > 9.4")
    page.locator("#remember").uncheck()
    assert page.evaluate("localStorage.length") == 0


def test_quarters_are_counted_by_what_was_played_never_by_a_jump(site: Site, context: BrowserContext) -> None:
    page = ready(context, site.url)
    page.evaluate("document.getElementById('player').playbackRate = 4")
    page.get_by_role("link", name="Chapter 5: What to expect of yourself").click()
    until(page, "document.getElementById('player').ended")
    assert site.watched == 0
    with page.expect_response(lambda answer: answer.url.endswith("/progress")):
        page.evaluate("document.getElementById('player').currentTime = 0")
        page.evaluate("document.getElementById('player').play()")
    assert site.watched >= 1


def test_a_film_that_cannot_be_played_says_so_and_shows_its_words(site: Site, context: BrowserContext) -> None:
    context.route("**/video*", lambda route: route.abort())
    page = context.new_page()
    page.goto(site.url)
    page.locator("#cannot-play").wait_for(state="visible")
    assert "cannot be played here" in page.locator("#cannot-play").inner_text()
    assert page.get_by_text("Fay is standing by the counter").is_visible()
    assert page.get_by_text("Chapter 4: Three first shifts").first.is_visible()


def test_a_film_that_the_browser_has_not_begun_to_load_is_not_called_broken(
    site: Site, context: BrowserContext
) -> None:
    context.add_init_script("Object.defineProperty(HTMLMediaElement.prototype, 'networkState', {get: () => 3})")
    page = ready(context, site.url)
    assert page.locator("#tools").is_visible()
    assert not page.locator("#cannot-play").is_visible()


def test_a_film_that_comes_after_an_error_has_its_tools_back(site: Site, context: BrowserContext) -> None:
    context.route("**/video*", lambda route: route.abort())
    page = context.new_page()
    page.goto(site.url)
    page.locator("#cannot-play").wait_for(state="visible")
    context.unroute_all()
    page.evaluate("document.getElementById('player').load()")
    page.locator("#tools").wait_for(state="visible")
    assert not page.locator("#cannot-play").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_shows_the_first_frame_one_press_after_the_form(site: Site, chromium: Browser, scripts: bool) -> None:
    with chromium.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", java_script_enabled=scripts
    ) as context:
        page = context.new_page()
        home = site.url.partition("/watch/")[0]
        page.goto(f"{home}/offers/training")
        page.get_by_label("Your e-mail address").fill("eve@example.org")
        page.locator("input[name=consent]").check()
        page.wait_for_timeout(2500)  # nobody types so fast, and who does is asked for one more step
        page.get_by_role("button", name="Watch now").click()
        page.locator("#player").wait_for(state="visible")
        assert page.url.startswith(f"{home}/offers/training/watch")
        if scripts:
            until(page, "document.getElementById('player').readyState > 1")
            page.evaluate("document.getElementById('player').play()")
            until(page, f"{PLAYING} > 0.5")
