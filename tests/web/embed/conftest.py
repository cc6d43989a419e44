"""A site of ours whose practice lists one other site."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

import pytest
import time_machine
from werkzeug.test import TestResponse

from funnel.models import Signup
from funnel.publishing.publish import publish
from funnel.web.app import create_app
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


@pytest.fixture
def embedded(service: Service, time: time_machine.Traveller) -> Embedded:
    list_sites(service, HOST, OTHER)
    return Embedded(Pages(create_app(service).test_client(use_cookies=False), service))
