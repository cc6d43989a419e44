"""A site of ours whose practice lists one other site, and that other site, as a browser opens it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from funnel.models import Signup
from funnel.publishing.publish import publish
from funnel.web.app import create_app
from funnel.web.embed.snippets import LADDER, FormPlace, content_policy
from funnel.wiring import Service
from tests.web.conftest import Pages

HOST = "https://www.example.org"
OTHER = "https://blog.example.org"
EVIL = "https://evil.example"
TYPED = {"email": "ada@example.org", "name": "Ada", "consent": "on", "timezone": "Europe/Dublin"}


def list_sites(service: Service, *sites: str) -> None:
    """Publishes the starter with these sites."""
    library = service.library
    changed = replace(library, practice=replace(library.practice, sites=sites))
    publish(service, changed, "tests", service.clock.now())
    service.in_force.refresh()


@dataclass(frozen=True)
class Embedded:
    """Forms of ours on other sites, as the browsers of people there ask for them."""

    pages: Pages

    def frame(self, slug: str = "ebook", site: str = HOST, **said: str) -> TestResponse:
        query = {"site": site, **said}
        return self.pages.client.get(
            f"/embed/{slug}/frame", query_string=query, headers={"Sec-Fetch-Site": "cross-site"}
        )

    def send_frame(self, page: TestResponse, slug: str = "ebook", site: str = HOST, **fields: str) -> TestResponse:
        return self.pages.client.post(
            f"/embed/{slug}/frame", query_string={"site": site}, data={**hidden(page.text), **TYPED, **fields},
            headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        )  # fmt: skip

    def part(self, slug: str = "ebook", origin: str = HOST, **said: str) -> TestResponse:
        headers = {"Origin": origin} if origin else {}
        return self.pages.client.get(f"/embed/{slug}/part", query_string=said, headers=headers)

    def send_part(self, html: str, slug: str = "ebook", origin: str = HOST, **fields: str) -> TestResponse:
        headers = {"Origin": origin} if origin else {}
        return self.pages.client.post(
            f"/embed/{slug}/part", data={**hidden(html), **TYPED, **fields}, headers=headers
        )  # fmt: skip

    def send_plain(self, slug: str = "ebook", origin: str = HOST, **fields: str) -> TestResponse:
        return self.pages.client.post(f"/embed/{slug}/form", data=fields, headers={"Origin": origin})

    def signups(self) -> list[Any]:
        return self.pages.rows(Signup)


def hidden(html: str) -> dict[str, str]:
    """What a form says beside what people type."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


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


@pytest.fixture
def embedded(service: Service, time: time_machine.Traveller) -> Embedded:
    list_sites(service, HOST, OTHER)
    return Embedded(Pages(create_app(service).test_client(use_cookies=False), service))
