"""axe finds nothing to mend on any page a visitor or reader meets, on a small phone and a desktop, by day and night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from looks.stage import SITE, Stage, stage
from tests.browsers import chromium as chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place() -> Iterator[Stage]:
    with stage() as place:
        yield place


def violations(
    browser: Browser, place: Stage, width: int, scheme: Literal["light", "dark"], *, scripts: bool = True
) -> dict[str, list[str]]:
    """By page, each rule of axe that it breaks and the first element that does."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    context.route("**/*", place.answer)
    if not scripts:
        context.route("**/*.js*", lambda route: route.abort())
    page = context.new_page()
    found = {}
    for name in (*place.pages, *place.steps):
        page.goto(f"{SITE}/show/{name}")
        told = Axe().run(page).response["violations"]
        found[name] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in told]
    context.close()
    return {name: told for name, told in found.items() if told}


def test_axe_finds_nothing_on_a_small_phone(chromium: Browser, place: Stage) -> None:
    assert violations(chromium, place, 320, "light") == {}


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("width", "scheme", "scripts"),
    [(320, "dark", True), (1280, "light", True), (1280, "dark", True), (320, "light", False)],
)
def test_axe_finds_nothing_anywhere(
    chromium: Browser, place: Stage, width: int, scheme: Literal["light", "dark"], scripts: bool
) -> None:
    assert violations(chromium, place, width, scheme, scripts=scripts) == {}


def test_axe_would_find_what_is_wrong(chromium: Browser, place: Stage) -> None:
    page = chromium.new_page()
    page.set_content("<html><body><img src='x'><input></body></html>")
    told = {each["id"] for each in Axe().run(page).response["violations"]}
    page.close()
    assert {"image-alt", "label", "html-has-lang"} <= told
