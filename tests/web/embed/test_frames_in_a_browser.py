"""Frames and plain forms on other sites, as a browser shows them: their height, strict policies, no JavaScript."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page

from funnel.web.embed.snippets import LADDER
from tests.browsers import chromium as chromium
from tests.web.conftest import on_one_database
from tests.web.embed.browser_steps import HOSTILE, fill, sources
from tests.web.embed.conftest import Stage, list_sites

pytestmark = [on_one_database, pytest.mark.matrix]


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("hostile", ["", HOSTILE], ids=["kind", "hostile"])
def test_a_frame_is_as_high_as_what_stands_in_it(chromium: Browser, stage: Stage, hostile: str, width: int) -> None:
    stage.put("iframe", before=hostile)
    page = chromium.new_page(viewport={"width": width, "height": 700})
    page.goto(stage.host.url)
    frame = page.frame_locator("iframe")
    page.wait_for_function("document.querySelector('iframe').style.height !== '640px'")
    height = "document.querySelector('iframe').getBoundingClientRect().height"
    before = page.evaluate(height)
    inner = frame.locator("body").evaluate("b => [b.getBoundingClientRect().height, b.scrollWidth - innerWidth]")
    assert abs(before - inner[0]) <= 1
    assert inner[1] <= 0
    fill(frame)
    frame.get_by_text("Please check your inbox").wait_for()
    page.wait_for_function(f"{height} < {before}")
    assert sources(stage) == ["blog"]
    page.close()


def test_a_frame_works_without_javascript_at_the_height_it_was_given(chromium: Browser, stage: Stage) -> None:
    stage.put("iframe")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(stage.host.url)
    frame = page.frame_locator("iframe")
    page.wait_for_timeout(2_100)  # nobody is quicker than two seconds but a machine
    fill(frame)
    frame.get_by_text("Please check your inbox").wait_for()
    assert page.locator("iframe").evaluate("e => e.style.height") == "640px"
    assert sources(stage) == ["blog"]
    context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripted", "plain"])
@pytest.mark.parametrize("before", ["", "<style>iframe {max-width: 200px; height: 90px !important}</style>"])
def test_a_frame_is_as_wide_as_its_place_whatever_the_page_forbids(
    chromium: Browser, stage: Stage, before: str, javascript: bool
) -> None:
    stage.put("iframe", before=before, policy=not before)  # a policy that takes all styles, or styles that take all
    context = chromium.new_context(java_script_enabled=javascript, viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.goto(stage.host.url)
    if javascript:
        page.wait_for_function("!['', '640px'].includes(document.querySelector('iframe').style.height)")
    frame, around = page.locator("iframe").bounding_box(), page.locator("p").first.bounding_box()
    assert frame
    assert around
    assert abs(frame["width"] - around["width"]) <= (0 if javascript or before else 4)
    assert frame["height"] >= 600
    context.close()


def test_the_boxes_of_a_form_stand_apart(chromium: Browser, stage: Stage) -> None:
    stage.put("script")
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto(stage.host.url)
    boxes = page.locator("funnel-form input[type=checkbox]:visible")
    boxes.last.wait_for()
    tops = boxes.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().top)")
    assert all(after - before >= 30 for before, after in pairwise(tops)), tops
    page.close()


def test_a_site_that_is_not_listed_sees_no_frame(chromium: Browser, stage: Stage) -> None:
    stage.put("iframe")
    list_sites(stage.embedded.pages.service, "https://www.example.org")
    page = chromium.new_page()
    page.goto(stage.host.url, wait_until="networkidle")
    assert page.frame_locator("iframe").locator("form").count() == 0
    page.close()


def test_no_other_page_of_ours_is_shown_in_a_listed_sites_frame(chromium: Browser, stage: Stage) -> None:
    for path in ("offers/ebook", "sign-in", "embed/ebook/form"):
        stage.host.html = f'<!doctype html><iframe src="{stage.place.home}{path}"></iframe>'
        page = chromium.new_page()
        page.goto(stage.host.url, wait_until="networkidle")
        assert page.frame_locator("iframe").locator("form").count() == 0, path
        page.close()


def test_a_page_that_pretends_to_be_our_frame_moves_nothing(chromium: Browser, stage: Stage) -> None:
    stage.put("iframe")
    lie = "setInterval(() => postMessage({funnelHeight: 4000}, '*'), 20)"
    stage.host.html += f"<script>addEventListener('load', () => {lie})</script>"
    page = chromium.new_page()
    page.goto(stage.host.url)
    page.wait_for_function("document.querySelector('iframe').style.height !== '640px'")
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('iframe').getBoundingClientRect().height") < 2000
    page.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripted", "plain"])
def test_a_plain_form_leads_to_one_press_and_back(chromium: Browser, stage: Stage, javascript: bool) -> None:
    stage.put("form", policy=True)
    context = chromium.new_context(java_script_enabled=javascript)
    page = context.new_page()
    page.goto(stage.host.url)
    page.locator("[name=email]").fill("ada@example.org")
    page.locator("[name=name]").fill("Ada")
    page.locator("button").click()
    page.wait_for_url("**/embed/ebook/form")
    assert page.locator("[name=email]").input_value() == "ada@example.org"
    page.locator("form button:visible").click()
    page.wait_for_url("**/offers/ebook/thanks?back=**")
    page.get_by_role("link", name="Back to localhost").click()
    page.wait_for_url(f"{stage.host.url}/")
    assert sources(stage) == ["blog"]
    context.close()


@pytest.mark.parametrize("name", list(LADDER))
def test_the_quiz_leads_to_its_statements_on_our_own_page(chromium: Browser, stage: Stage, name: str) -> None:
    stage.put(name, slug="quiz")
    page = chromium.new_page()
    page.goto(stage.host.url)
    place: Page | Locator | FrameLocator = page
    if name == "iframe":
        place = page.frame_locator("iframe")
    elif name == "script":
        place = page.locator("funnel-form")
    place.locator("a.button, a[style], form button").first.click()
    page.wait_for_url("**/offers/quiz?source=blog**")
    assert stage.embedded.signups() == []
    page.close()


@pytest.mark.parametrize("ground", ["#ffffff", "#101414"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["script", "iframe"])
def test_a_form_is_light_or_dark_as_the_page_is(
    chromium: Browser, stage: Stage, name: str, scheme: str, ground: str
) -> None:
    stage.put(name, before=f"<style>html {{background: {ground}}}</style>")
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(stage.host.url)
    wanted = "dark" if ground == "#101414" else "light"
    (page.frame_locator("iframe") if name == "iframe" else page).locator(f".ff[data-theme={wanted}]").wait_for()
    context.close()
