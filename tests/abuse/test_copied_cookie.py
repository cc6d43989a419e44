"""Whoever copied an admin's cookie is out as soon as the admin signs out, everywhere or here."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from funnel.wiring import Service
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import SITE, Browser, new_link, sessions
from tests.web.dashboard.conftest import app as app
from tests.web.dashboard.conftest import browser as browser
from tests.web.dashboard.conftest import owner as owner
from tests.web.dashboard.conftest import signed_in as signed_in

pytestmark = on_one_database
PASSWORD = "four unrelated words here"


@pytest.fixture
def thief(signed_in: Browser, app: Flask) -> Browser:
    """A browser with a copy of the cookie."""
    cookie = signed_in.client.get_cookie("funnel", domain="letters.example.org")
    assert cookie is not None
    other = Browser(app.test_client())
    other.client.set_cookie("funnel", cookie.value, domain="letters.example.org", secure=True)
    assert other.get("/dashboard").status_code == 200
    return other


def test_signing_out_here_ends_the_copy(signed_in: Browser, thief: Browser, service: Service) -> None:
    assert signed_in.send("/dashboard/account", "/sign-out").status_code == 303
    assert thief.get("/dashboard").status_code == 303
    assert sessions(service) == 0


def test_signing_out_here_leaves_the_other_browser(
    signed_in: Browser, app: Flask, service: Service, owner: int
) -> None:
    other = Browser(app.test_client())
    path = new_link(service, owner)
    assert other.send(path, path).status_code == 303
    signed_in.send("/dashboard/account", "/sign-out")
    assert other.get("/dashboard").status_code == 200


def test_a_new_password_ends_copies_and_mailed_links(
    signed_in: Browser, thief: Browser, app: Flask, service: Service, owner: int
) -> None:
    mailed = new_link(service, owner)
    changed = signed_in.send("/dashboard/account", "/dashboard/account", password=PASSWORD, again=PASSWORD)
    assert changed.status_code == 200
    assert signed_in.get("/dashboard").status_code == 200
    assert thief.get("/dashboard").status_code == 303
    stranger = Browser(app.test_client())
    assert stranger.get(mailed).status_code == 410
    assert stranger.send("/sign-in", mailed).status_code == 410


def test_a_session_ends_after_a_month(signed_in: Browser, time: time_machine.Traveller) -> None:
    time.shift(timedelta(days=30, hours=23))
    assert signed_in.get("/dashboard").status_code == 200
    time.shift(timedelta(hours=2))
    assert signed_in.get("/dashboard").status_code == 303


def test_a_cookie_names_no_admin_by_number(signed_in: Browser, thief: Browser) -> None:
    assert SITE.startswith("https:")
    with thief.client.session_transaction(base_url=SITE) as kept:
        kept["_user_id"] = "1:0"
    assert thief.get("/dashboard").status_code == 303
