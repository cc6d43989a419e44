"""Pages that say one thing: in the middle, kind, and with no number for a headline."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask, abort
from playwright.sync_api import Browser, Page, Route

from funnel.links import Purpose, RowRef
from funnel.web.colours import icon
from tests.browsers import chromium as chromium
from tests.web.conftest import Pages, Reader, on_one_database, text_of
from tests.web.site.test_practice_pages import changed as changed
from tests.web.site.test_practice_pages import practice

pytestmark = on_one_database
SITE = "https://letters.example.org"


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 422, 429, 500, 503])
def test_what_went_wrong_is_said_in_words_and_never_as_a_number(pages: Pages, app: Flask, status: int) -> None:
    app.view_functions["pages.home"] = lambda: abort(status)
    answer = pages.client.get("/")
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == status
    assert str(status) not in text_of(answer)
    assert main.startswith(' id="main" class="calm"')
    assert re.search(r"<h1>[A-Z][a-z][^<]+</h1>\n<p class=\"lead\">[^<]{20,}</p>", main)


def test_confirming_and_leaving_are_calm_pages(pages: Pages, make_reader: Callable[..., Reader], ada: Reader) -> None:
    ben = make_reader("ben", confirms=False)
    confirm = f"/confirm/{pages.dated(Purpose.CONFIRM, ben.signup_id)}"
    stop = f"/u/{pages.leaving(ada.delivery_id)}"
    shown = [
        pages.client.get("/offers/ebook/thanks"), pages.client.get(confirm), pages.client.post(confirm),
        pages.client.get(stop), pages.client.post(stop), pages.client.get(stop),
    ]  # fmt: skip
    for answer in shown:
        assert answer.status_code == 200
        assert '<main id="main" class="calm"' in answer.text
        assert '<div class="wave" aria-hidden="true"></div>' in answer.text


def test_a_practice_without_a_wave_has_none_anywhere(changed: Callable[..., Pages]) -> None:
    plain = changed({"practice.toml": "wave = false\n" + practice()})
    page = plain.client.get("/offers/ebook/thanks")
    assert 'class="wave"' not in page.text
    (address,) = re.findall(r'<link rel="icon" href="([^"]+)"', page.text)
    drawn = plain.client.get(address)
    assert drawn.mimetype == "image/svg+xml"
    assert (drawn.text.count("<circle"), drawn.text.count("<path")) == (1, 0)


def test_the_tabs_icon_has_the_colours_of_the_practice(pages: Pages) -> None:
    (address,) = re.findall(r'<link rel="icon" href="([^"]+)"', pages.client.get("/").text)
    assert pages.client.get(address).text == icon(pages.service.library.practice.colours, wave=True)
    assert 'fill="#aa3300"' in icon({"accent": "#a30"}, wave=True)
    assert pages.client.get("/favicon.ico", follow_redirects=True).mimetype == "image/svg+xml"


@pytest.fixture
def screen(chromium: Browser, pages: Pages) -> Callable[..., Page]:
    """A browser's window of that size, in which the site answers."""

    def answer(route: Route) -> None:
        found = pages.client.get(route.request.url.removeprefix(SITE), base_url=SITE, buffered=True)
        kept = {name: value for name, value in found.headers.items() if name != "Content-Length"}
        route.fulfill(status=found.status_code, headers=kept, body=found.data)

    def make(width: int, height: int) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.route("**/*", answer)
        return context.new_page()

    return make


@pytest.mark.browser
@pytest.mark.parametrize("slug", ["ebook", "training", "course"])
def test_the_form_stands_beside_the_heading_whole_if_it_asks_nothing(screen: Callable[..., Page], slug: str) -> None:
    page = screen(1280, 800)
    page.goto(f"{SITE}/offers/{slug}")
    heading, card = page.locator("h1").bounding_box(), page.locator("#sign-up").bounding_box()
    button = page.locator("#sign-up button").bounding_box()
    assert heading is not None
    assert card is not None
    assert button is not None
    assert card["x"] >= heading["x"] + heading["width"]
    assert card["y"] <= heading["y"]
    # A form with questions is as long as they are; it begins on the first screen, as all do.
    assert button["y"] + button["height"] <= 800 or page.locator("#sign-up .asked").count()


@pytest.mark.browser
@pytest.mark.parametrize("slug", ["ebook", "training", "course"])
def test_on_a_phone_the_form_begins_on_the_first_screen(screen: Callable[..., Page], slug: str) -> None:
    page = screen(390, 844)
    page.goto(f"{SITE}/offers/{slug}")
    field = page.locator("#email").bounding_box()
    button = page.locator("#sign-up button").bounding_box()
    assert field is not None
    assert button is not None
    assert field["y"] + field["height"] <= 844
    assert button["y"] <= 2 * 844


@pytest.mark.browser
def test_the_heading_is_set_in_the_serif_and_a_short_page_stands_in_the_middle(screen: Callable[..., Page]) -> None:
    page = screen(1280, 800)
    page.goto(f"{SITE}/nowhere")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('40px \"Libertinus Serif\"', 'Tea'))")
    text, main = page.locator("main .narrow").bounding_box(), page.locator("main").bounding_box()
    assert text is not None
    assert main is not None
    assert abs(text["x"] + text["width"] / 2 - 640) < 2
    above, below = text["y"] - main["y"], main["y"] + main["height"] - text["y"] - text["height"]
    assert abs(above - below) < 40


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 600, 900])
def test_leaving_quickly_never_covers_a_long_name(
    screen: Callable[..., Page], changed: Callable[..., Pages], width: int
) -> None:
    named = changed({"practice.toml": practice(name="Praxis für Paartherapie und Traumatherapie Dr. Ada Byron")})
    found = named.client.get(f"/u/{named.service.links.unsubscribe_token(RowRef(1, 'n' * 8), 'ada@example.org')}")
    page = screen(width, 700)
    page.route(f"{SITE}/stop", lambda route: route.fulfill(content_type="text/html", body=found.data))
    page.goto(f"{SITE}/stop")
    name, strip = page.locator(".practice-name").bounding_box(), page.locator(".quick .button").bounding_box()
    assert name is not None
    assert strip is not None
    assert name["x"] + name["width"] <= strip["x"]
