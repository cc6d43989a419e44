"""The form that a script puts into a page: hostile styles, strict policies, no JavaScript, several at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browsers import chromium as chromium
from tests.web.conftest import on_one_database
from tests.web.embed.browser_steps import HOSTILE, fill, sources
from tests.web.embed.conftest import Stage, list_sites

pytestmark = [on_one_database, pytest.mark.matrix]


@pytest.mark.parametrize("hostile", ["", HOSTILE], ids=["kind", "hostile"])
@pytest.mark.parametrize("policy", [False, True], ids=["open", "strict"])
def test_the_script_shows_the_form_and_its_thanks_in_place(
    chromium: Browser, stage: Stage, hostile: str, policy: bool
) -> None:
    stage.put("script", before=hostile, policy=policy)
    page = chromium.new_page()
    page.goto(stage.host.url)
    form = page.locator("funnel-form")
    email, button = form.locator("[name=email]"), form.locator("button")
    email.wait_for()
    for element, least in ((email, 44), (button, 44)):
        box = element.bounding_box()
        assert box is not None
        assert box["height"] >= least
        assert element.evaluate("e => getComputedStyle(e).fontSize") == "17px"
    assert button.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(47, 111, 107)"
    fill(form)
    form.get_by_text("Please check your inbox").wait_for()
    assert page.url == f"{stage.host.url}/"
    assert sources(stage) == ["blog"]
    assert page.context.cookies() == []
    page.close()


def test_the_script_says_what_is_wrong_beside_the_field_and_asks_about_a_slip(chromium: Browser, stage: Stage) -> None:
    stage.put("script")
    page = chromium.new_page()
    page.goto(stage.host.url)
    form = page.locator("funnel-form")
    fill(form, "ada@gmial.com")
    form.get_by_text("Did you mean ada@gmail.com?").wait_for()
    assert form.locator("[name=email]").evaluate("e => e.getRootNode().activeElement === e")
    form.get_by_role("button", name="Yes, ada@gmail.com").click()
    form.get_by_text("Please check your inbox").wait_for()
    assert len(stage.embedded.signups()) == 1
    page.close()


def test_the_enter_key_never_changes_the_address(chromium: Browser, stage: Stage) -> None:
    stage.put("script")
    page = chromium.new_page()
    page.goto(stage.host.url)
    form = page.locator("funnel-form")
    fill(form, "ada@gmial.com")
    form.get_by_text("Did you mean ada@gmail.com?").wait_for()
    form.locator("[name=email]").press("Enter")
    form.get_by_text("Please check your inbox").wait_for()
    with stage.embedded.pages.service.db.read() as session:
        assert session.connection().exec_driver_sql("SELECT email FROM lead").scalars().all() == ["ada@gmial.com"]
    page.close()


def test_several_forms_on_a_page_do_not_know_of_each_other(chromium: Browser, stage: Stage) -> None:
    stage.put("script", "script", "iframe")
    page = chromium.new_page()
    page.goto(stage.host.url)
    first, second = page.locator("funnel-form").nth(0), page.locator("funnel-form").nth(1)
    second.locator("[name=email]").wait_for()
    fill(first)
    first.get_by_text("Please check your inbox").wait_for()
    fill(second, "ben@example.org")
    second.get_by_text("Please check your inbox").wait_for()
    fill(page.frame_locator("iframe"), "fay@example.org")
    page.frame_locator("iframe").get_by_text("Please check your inbox").wait_for()
    assert sources(stage) == ["blog"] * 3
    page.close()


def test_without_javascript_the_link_stands_in_its_place(chromium: Browser, stage: Stage) -> None:
    stage.put("script")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(stage.host.url)
    link = page.locator("funnel-form a")
    assert link.is_visible()
    link.click()
    page.wait_for_url("**/offers/ebook?source=blog**")
    context.close()


def test_where_the_script_or_the_site_is_refused_the_link_stands_in_its_place(chromium: Browser, stage: Stage) -> None:
    stage.put("script")
    for policy, sites in (
        ("script-src 'none'", (stage.host.url,)),
        ("connect-src 'none'", (stage.host.url,)),
        ("", ()),
    ):
        stage.host.policy = policy
        list_sites(stage.embedded.pages.service, *sites)
        page = chromium.new_page()
        page.goto(stage.host.url, wait_until="networkidle")
        assert page.locator("funnel-form").evaluate("e => e.shadowRoot === null")
        page.locator("funnel-form a").click()
        page.wait_for_url("**/offers/ebook?source=blog**")
        page.close()


def test_a_host_that_trusts_no_html_is_given_none_as_text(chromium: Browser, stage: Stage) -> None:
    stage.put("script", policy=True)
    stage.host.policy += "; require-trusted-types-for 'script'"
    page = chromium.new_page()
    page.goto(stage.host.url)
    page.locator("funnel-form").locator("[name=email]").wait_for()
    page.close()


def test_the_page_of_a_host_is_ready_though_our_site_does_not_answer(chromium: Browser, stage: Stage) -> None:
    stage.put("script", "iframe")
    page = chromium.new_page()
    page.route("**/embed/**", lambda route: None)  # never answered
    page.goto(stage.host.url, wait_until="domcontentloaded", timeout=5_000)
    assert page.get_by_text("End.").is_visible()
    assert page.locator("funnel-form a").is_visible()
    page.close()
