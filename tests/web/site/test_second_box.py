"""The second box, on a phone without scripts: empty until she ticks it, and kept as she left it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Browser, Route

from funnel.models import Consent
from tests.browsers import chromium as chromium
from tests.web.conftest import Pages, on_one_database

pytestmark = on_one_database
SITE = "https://letters.example.org"


@pytest.fixture
def sends(chromium: Browser, pages: Pages, time: time_machine.Traveller) -> Callable[[bool], bool]:
    """Fills the e-book's form in on a phone; gives back whether the second box was ticked beforehand."""

    def answer(route: Route) -> None:
        asked = route.request
        found = pages.client.open(
            asked.url.removeprefix(SITE),
            method=asked.method,
            data=asked.post_data or None,
            content_type=asked.headers.get("content-type"),
            base_url=SITE,
            buffered=True,
        )
        kept = {name: value for name, value in found.headers.items() if name != "Content-Length"}
        route.fulfill(status=found.status_code, headers=kept, body=found.data)

    def send(ticks: bool) -> bool:
        context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
        context.route("**/*", answer)
        page = context.new_page()
        page.goto(f"{SITE}/offers/ebook")
        page.fill("#email", "ada@example.org")
        second = page.locator("input[name=followed_by]")
        was = second.is_checked()
        page.check("input[name=consent]")
        if ticks:
            second.check()
        time.shift(timedelta(seconds=5))  # a form that is sent at once is asked for one more step
        page.locator("#sign-up button").click()
        page.wait_for_url("**/offers/ebook/thanks")
        context.close()
        return was

    return send


@pytest.mark.browser
@pytest.mark.parametrize(
    ("ticks", "agreed"), [(False, ["ebook-welcome"]), (True, ["anxious-attachment", "ebook-welcome"])]
)
def test_the_second_box_is_never_ticked_beforehand(
    sends: Callable[[bool], bool], pages: Pages, ticks: bool, agreed: list[str]
) -> None:
    assert sends(ticks) is False
    (asked,) = pages.rows(Consent)
    assert asked.sequences == agreed
    assert ("Ticked: “And after that the free course, please." in asked.text) is ticks
