"""The real app, and a browser that keeps its cookies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.models import AdminSession
from funnel.people.admins import add_admin, make_sign_in, sign_in_url
from funnel.web.app import create_app
from funnel.wiring import Service

SITE = "https://letters.example.org"
OWNER = "owner@example.org"


@dataclass
class Browser:
    """Somebody at the practice. Forms are sent as they stand on the page, CSRF token and all."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=SITE)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Posts without looking at a page first, so without a token."""
        return self.client.post(path, data=fields, base_url=SITE)

    def send(self, page: str, action: str, **fields: str) -> TestResponse:
        """Opens `page` and sends its form to `action`."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).get_data(as_text=True))
        assert found, f"{page} has no form"
        return self.post(action, csrf_token=found[1], **fields)


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def owner(service: Service) -> int:
    """The number of the one person who may sign in."""
    with service.db.write() as session:
        return add_admin(session, OWNER, service.clock.now()).id


@pytest.fixture
def signed_in(browser: Browser, service: Service, owner: int) -> Browser:
    path = new_link(service, owner)
    assert browser.send(path, path).status_code == 303
    return browser


def new_link(service: Service, admin_id: int) -> str:
    """The path of a fresh sign-in link."""
    with service.db.write() as session:
        return sign_in_url(service.links, make_sign_in(session, admin_id, service.clock.machine_now())).removeprefix(
            SITE
        )


def sessions(service: Service) -> int:
    """How many browsers are signed in."""
    with service.db.read() as session:
        return len(session.scalars(select(AdminSession.digest)).all())


def text_of(response: TestResponse) -> str:
    """What a person reads on the page, on one line."""
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
