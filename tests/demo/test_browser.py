"""A browser that stays on this machine, and reads forms as people fill them in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from funnel.demo.browser import Browser, BrowsingError, without_token
from funnel.demo.markup import parse_page

PAGE = """
<form action="/send" method="post"><input type="hidden" name="utm_source" value="friend">
<input type="email" name="email"><input type="checkbox" name="consent" value="yes">
<button name="go">Send</button></form>
"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer({"/out": "https://harbour.example.org/page", "/in": "/page", "/circle": "/circle"}.get(self.path))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer("/page")

    def _answer(self, target: str | None) -> None:
        self.send_response(303 if target else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Set-Cookie", "seen=yes")
        if target:
            self.send_header("Location", target)
        body = f"{PAGE}<p>{self.command} {self.headers.get('Cookie')} {self.headers['User-Agent']}</p>".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def browser(site: str) -> Browser:
    return Browser(site, "Reader/1.0")


def test_a_redirect_of_ours_is_followed(browser: Browser) -> None:
    visit = browser.get(browser.site + "/in")
    assert visit.hops == (("/in", 303), ("/page", 200))
    assert visit.path == "/page"


def test_a_redirect_to_elsewhere_is_noted_and_not_opened(browser: Browser) -> None:
    visit = browser.get(browser.site + "/out")
    assert visit.left_for == "https://harbour.example.org/page"
    assert visit.hops == (("/out", 303),)


def test_an_address_elsewhere_is_never_opened(browser: Browser) -> None:
    with pytest.raises(BrowsingError, match="not on this machine"):
        browser.get("https://harbour.example.org/page")


def test_a_circle_of_redirects_ends(browser: Browser) -> None:
    with pytest.raises(BrowsingError, match="in a circle"):
        browser.get(browser.site + "/circle")


def test_a_form_is_answered_by_the_page_it_leads_to(browser: Browser) -> None:
    page = browser.get(browser.site + "/page")
    visit = browser.submit(page, page.page.forms[0], {"email": "ada@example.org"})
    assert visit.hops == (("/send", 303), ("/page", 200))
    assert "GET" in visit.body


def test_no_cookie_is_kept_and_the_browser_says_its_name(browser: Browser) -> None:
    browser.get(browser.site + "/page")
    assert "GET None Reader/1.0" in browser.get(browser.site + "/page").body


def test_a_silent_site_is_reported_without_its_token() -> None:
    with pytest.raises(BrowsingError, match=r"GET /confirm/… was not answered: ConnectionError"):
        Browser("http://127.0.0.1:9", "Reader/1.0").get("http://127.0.0.1:9/confirm/secret-token")


def test_paths_in_a_report_carry_no_tokens() -> None:
    assert without_token("/c/abc.def") == "/c/…"
    assert without_token("/offers/ebook/thanks") == "/offers/ebook/thanks"


def test_a_form_is_read_with_its_fields_and_tick_boxes() -> None:
    form = parse_page(PAGE).forms[0]
    assert form.fields == {"utm_source": "friend", "email": ""}
    assert form.kinds["email"] == "email"
    assert form.ticks == {"consent": "yes"}
