"""A proxy that the settings know nothing of makes all visitors one: the dashboard says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from funnel.people.admins import add_admin
from funnel.web.app import create_app
from funnel.web.unknown_proxy import PeersSeen
from funnel.wiring import Service
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import OWNER, SITE, Browser, new_link, text_of

WARNING = "All visitors look like one"
PROXY = "10.0.0.1"


@pytest.fixture
def make_app(make_service: Callable[..., Service]) -> Callable[..., tuple[Flask, Browser]]:
    """An app, and the owner's browser, signed in before anything else; both come through the proxy."""

    def make(forwarded: str = "198.51.100.1", **settings: object) -> tuple[Flask, Browser]:
        service = make_service(**settings)
        with service.db.write() as session:
            owner = add_admin(session, OWNER, service.clock.now()).id
        app = create_app(service)
        client = app.test_client()
        client.environ_base = {**client.environ_base, "REMOTE_ADDR": PROXY}
        if forwarded:
            client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded
        path = new_link(service, owner)
        browser = Browser(client)
        assert browser.send(path, path).status_code == 303
        return app, browser

    return make


def visit(app: Flask, peer: str, forwarded: str = "") -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    app.test_client().get("/", base_url=SITE, headers=headers, environ_base={"REMOTE_ADDR": peer})


@on_one_database
def test_the_dashboard_says_so_behind_a_proxy_nobody_told_of(
    make_app: Callable[..., tuple[Flask, Browser]],
) -> None:
    app, browser = make_app()
    visit(app, PROXY, "198.51.100.2")
    page = text_of(browser.get("/dashboard"))
    assert WARNING in page
    assert "FUNNEL_TRUST_PROXY=1" in page


@on_one_database
def test_it_says_nothing_where_the_proxy_is_known(make_app: Callable[..., tuple[Flask, Browser]]) -> None:
    app, browser = make_app(trust_proxy=1)
    visit(app, PROXY, "198.51.100.2")
    assert WARNING not in text_of(browser.get("/dashboard"))


@on_one_database
def test_it_says_nothing_where_visitors_come_by_themselves(make_app: Callable[..., tuple[Flask, Browser]]) -> None:
    app, browser = make_app(forwarded="")
    visit(app, "203.0.113.9", "198.51.100.2")  # behind her employer's proxy, or pretending to be
    assert WARNING not in text_of(browser.get("/dashboard"))


def test_one_visitor_is_no_sign_and_a_second_peer_rules_it_out() -> None:
    seen = PeersSeen()
    seen.note("203.0.113.9", "")
    assert not seen.all_look_like_one(forwarded_now=False)
    seen.note("203.0.113.9", "198.51.100.2")
    assert not seen.all_look_like_one(forwarded_now=False)
    seen.note("203.0.113.9", "198.51.100.3")
    assert seen.all_look_like_one(forwarded_now=False)
    seen.note("203.0.113.10", "")
    assert not seen.all_look_like_one(forwarded_now=True)
