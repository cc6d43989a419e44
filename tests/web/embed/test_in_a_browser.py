"""Forms on other sites, as a browser shows them: hostile styles, strict policies, no JavaScript, several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page
from werkzeug.serving import make_server

from funnel.web.app import create_app
from funnel.web.embed.snippets import LADDER, FormPlace, content_policy
from funnel.wiring import Service
from tests.browsers import chromium as chromium
from tests.web.conftest import Pages, on_one_database
from tests.web.embed.conftest import Embedded, list_sites

pytestmark = [on_one_database, pytest.mark.matrix]
HOSTILE = (
    "<style>* {all: unset !important; font-size: 3px} form, label, button {display: none !important} "
    ":root {--ink: red; --accent: red; font-size: 3px}</style>"
)


@dataclass
class Host:
    """Another site on another port: whatever is put on it, it serves, with the policy it is given."""

    url: str
    html: str = ""
    policy: str = ""


@dataclass
class Stage:
    host: Host
    embedded: Embedded
    place: FormPlace

    def put(self, *names: str, slug: str = "ebook", before: str = "", policy: bool = False) -> None:
        place = replace(self.place, offer=self.embedded.pages.service.library.offers[slug])
        bodies = "<p>More of the page.</p>".join(LADDER[name].make(place) for name in names)
        self.host.html = (
            f"<!doctype html><meta charset=utf-8><title>Host</title>{before}<p>The page.</p>{bodies}<p>End."
        )
        self.host.policy = f"default-src 'none'; {content_policy(place, names[0])}" if policy else ""


@pytest.fixture
def host() -> Iterator[Host]:
    said = Host("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = said.html.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            if said.policy:
                self.send_header("Content-Security-Policy", said.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    said.url = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield said
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def stage(make_service: Callable[..., Service], host: Host) -> Iterator[Stage]:
    # The port is known before the app is made, for its address stands in the snippets.
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        port = free.server_port
    service = make_service(site_url=f"http://127.0.0.1:{port}")
    list_sites(service, host.url)
    app = create_app(service)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    practice = service.library.practice
    place = FormPlace(service.links.url(""), service.library.offers["ebook"], practice.colours, host.url, "blog")
    yield Stage(host, Embedded(Pages(app.test_client(use_cookies=False), service)), place)
    server.shutdown()
    thread.join()


def fill(form: Locator | FrameLocator, email: str = "ada@example.org") -> None:
    form.locator("[name=email]").fill(email)
    consent = form.locator("[name=consent][type=checkbox]")
    if consent.count():
        consent.check()
    form.locator("button:visible").last.click()


def sources(stage: Stage) -> list[str]:
    return [signup.utm["source"] for signup in stage.embedded.signups()]


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
