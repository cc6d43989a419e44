"""On a narrow screen nothing of a reader's page is cut or covered, in English and in German, whose words are longer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from looks.stage import SITE, stage
from tests.browsers import chromium as chromium

pytestmark = pytest.mark.browser

# What lies over something else, or is pushed out of sight: the way out beside the name, and every word of a button.
_WRONG = """() => {
  const found = [], name = document.querySelector(".practice-name"), out = document.querySelector(".quick .button");
  if (document.documentElement.scrollWidth > innerWidth) found.push("scrolls sideways");
  if (name && out) {
    const words = document.createRange();
    words.selectNodeContents(name);
    const [a, b] = [words.getBoundingClientRect(), out.getBoundingClientRect()];
    if (a.right + 4 > b.left && a.bottom > b.top && b.bottom > a.top) found.push("the way out covers the name");
  }
  for (const each of document.querySelectorAll("button:not(.unseen), .button, select"))
    if (each.checkVisibility() && each.scrollWidth > each.clientWidth + 1) found.push("cut: " + each.textContent);
  return found;
}"""


def wrong_at(browser: Browser, language: str, width: int) -> dict[str, list[str]]:
    """By page, what is wrong with it on a screen of this width, in CSS pixels."""
    told = {}
    with stage(language=language) as place:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.route("**/*", place.answer)
        for name in (*place.pages, *place.steps):
            page.goto(f"{SITE}/show/{name}")
            page.evaluate("document.fonts.ready")
            told[name] = page.evaluate(_WRONG)
        page.close()
    return {name: found for name, found in told.items() if found}


def test_nothing_is_cut_or_covered_on_a_phone(chromium: Browser) -> None:
    assert wrong_at(chromium, "de", 390) == {}


@pytest.mark.matrix
@pytest.mark.parametrize("width", [320, 390, 600, 800, 1000])
@pytest.mark.parametrize("language", ["", "de"])
def test_nothing_is_cut_or_covered_anywhere(chromium: Browser, language: str, width: int) -> None:
    assert wrong_at(chromium, language, width) == {}
