"""The page of what is sold in a real browser: on a phone by night, on a desktop by day, and without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from funnel.settings import starter
from looks.stage import SITE, Stage, stage
from tests.browsers import chromium as chromium
from tests.selling import DEEP, sold_files

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("sold") / "letters"
    shutil.copytree(starter("sequences"), folder)
    (folder / DEEP).mkdir()
    for path, data in sold_files().items():
        if DEEP in path:
            (folder / path).write_bytes(data)
    with stage(folder) as place:
        yield place


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light"), (320, "light")])
def test_the_page_is_whole_without_scripts(
    chromium: Browser, place: Stage, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    context.route("**/*", place.answer)
    context.route("**/*.js*", lambda route: route.abort())
    page = context.new_page()
    for name in (DEEP, "home"):
        page.goto(f"{SITE}/show/{name}")
        told = Axe().run(page).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in told] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{SITE}/show/{DEEP}")
    text, price = page.locator(".offer-text").bounding_box(), page.locator("#buy").bounding_box()
    assert text is not None
    assert price is not None
    beside = price["x"] > text["x"] + text["width"] / 2
    assert beside if width > 1000 else price["y"] >= text["y"] + text["height"]
    way = page.get_by_role("link", name="Buy the course, on shop.example.org")
    assert way.get_attribute("href") == "https://shop.example.org/deep-course"
    assert way.get_attribute("rel") == "noreferrer"
    context.close()
