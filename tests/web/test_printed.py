"""On paper pages are light, whatever the screen was, and hold nothing to press; where help is stands there in full."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from looks.stage import SITE, Stage, stage
from tests.browsers import chromium as chromium

pytestmark = pytest.mark.browser

PRINTED = [
    "home",
    "ebook",
    "result",
    "watch",
    "page",
    "whole-room",
    "letters",
    "letter",
    "old-letter",
    "booking",
    "read",
    "help",
]
# Text that is lighter than half way to white, a ground of any colour, and what is of no use on paper.
_WRONG = """() => {
  const found = [], clear = (colour) => colour === "transparent" || / 0\\)$|, 0\\)$/.test(colour);
  const seen = (each) => each.checkVisibility() && each.getClientRects().length;
  for (const each of document.querySelectorAll("nav, button, .button:is(a), video, .top, .foot"))
    if (seen(each)) found.push("to press: " + each.outerHTML.slice(0, 60));
  if (!clear(getComputedStyle(document.body).backgroundColor)) found.push("a ground");
  for (const each of document.querySelectorAll("h1, h2, p, li, td")) {
    if (!seen(each)) continue;
    const [r, g, b] = getComputedStyle(each).color.match(/[\\d.]+/g).map(Number);
    if (0.3 * r + 0.6 * g + 0.1 * b > 128) found.push("pale: " + each.textContent.slice(0, 40));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def place() -> Iterator[Stage]:
    with stage() as place:
        yield place


@pytest.fixture
def page(chromium: Browser, place: Stage) -> Iterator[Page]:
    page = chromium.new_page(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.route("**/*", place.answer)
    yield page
    page.close()


def test_a_printed_page_is_light_and_has_nothing_to_press(page: Page) -> None:
    told = {}
    for name in PRINTED:
        page.goto(f"{SITE}/show/{name}")
        told[name] = page.evaluate(_WRONG)
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize("name", ["result", "page", "letter"])
def test_the_address_of_a_helpline_is_printed(page: Page, name: str) -> None:
    page.goto(f"{SITE}/show/{name}")
    lines = page.locator("li > a[href^='https'], li b > a[href^='https']").filter(visible=True)
    after = lines.evaluate_all("(all) => all.map((each) => getComputedStyle(each, '::after').content)")
    assert after
    assert all("http" in each for each in after), after


def test_a_printed_letter_tells_no_finder_how_to_stop_it(page: Page) -> None:
    page.goto(f"{SITE}/show/letter")
    assert not page.get_by_text("Stop these letters").is_visible()
    assert page.get_by_text("Dear ").is_visible()


def test_the_whole_talk_is_printed_though_it_lies_folded(page: Page) -> None:
    page.goto(f"{SITE}/show/watch")
    told = page.locator("#whole-talk .transcript")
    assert told.evaluate("(talk) => talk.getBoundingClientRect().height") > 1000
