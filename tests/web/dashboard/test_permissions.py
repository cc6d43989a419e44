"""What each role may do, page by page, over HTTP."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from funnel.models import AdminRole
from funnel.people.admins import add_admin
from funnel.web.dashboard.permissions import PERMISSIONS
from funnel.wiring import Service
from tests.web.conftest import on_one_database

from .conftest import Browser, new_link, text_of

ROLES = [AdminRole.ADMIN, AdminRole.PRACTITIONER, AdminRole.VIEWER]
OWN = {"dashboard.static"}


def _rules(app: Flask) -> list[Rule]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/dashboard")]
    return [rule for rule in rules if rule.endpoint not in OWN]


def _path(rule: Rule) -> str:
    """An address of this rule, about nobody and nothing there is."""
    built = rule.build({name: 999_999 if "id" in name else "x" for name in rule.arguments})
    assert built is not None
    return "/" + built[1].lstrip("/")


@pytest.fixture
def entering(app: Flask, service: Service) -> Browser:
    return Browser(app.test_client())


def _enter(browser: Browser, service: Service, role: AdminRole) -> None:
    with service.db.write() as session:
        add_admin(session, "owner@example.org", service.clock.now())
        user = add_admin(session, f"{role.value}@example.org", service.clock.now(), role).id
    path = new_link(service, user)
    assert browser.send(path, path).status_code == 303


@on_one_database
def test_every_page_of_the_dashboard_has_a_decision(app: Flask) -> None:
    undecided = {rule.endpoint for rule in _rules(app)} - set(PERMISSIONS)
    assert not undecided, f"say in PERMISSIONS of funnel/web/dashboard/permissions.py who may use {sorted(undecided)}"
    gone = set(PERMISSIONS) - {rule.endpoint for rule in _rules(app)}
    assert not gone, f"there is no such page any more; take it out of PERMISSIONS: {sorted(gone)}"


@on_one_database
@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_was_decided_and_no_more(
    app: Flask, entering: Browser, service: Service, role: AdminRole
) -> None:
    _enter(entering, service, role)
    for rule in _rules(app):
        for method in (rule.methods or set()) & {"GET", "POST"}:
            path = _path(rule)
            answer = entering.get(path) if method == "GET" else entering.send("/dashboard/account", path)
            if rule.endpoint == "dashboard.overview" and role is AdminRole.VIEWER:
                assert answer.location == "/dashboard/numbers"
                continue
            refused = answer.status_code == 403
            assert refused == (role not in PERMISSIONS[rule.endpoint]), (method, path, answer.status_code)
            assert refused or answer.status_code in (200, 303, 400, 404, 422), (method, path, answer.status_code)


@on_one_database
def test_a_page_without_a_decision_is_refused(signed_in: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnel.web.dashboard.permissions.PERMISSIONS", {})
    assert signed_in.get("/dashboard/people").status_code == 403


@on_one_database
def test_a_viewer_meets_no_link_that_is_refused(entering: Browser, service: Service) -> None:
    _enter(entering, service, AdminRole.VIEWER)
    for path in ("/dashboard/numbers", "/dashboard/account", "/dashboard/people"):
        page = entering.get(path).get_data(as_text=True)
        for other in ("people", "deliveries", "bookings", "funnel", "users", "embed"):
            assert f'href="/dashboard/{other}' not in page
    assert "not for your role" in text_of(entering.get("/dashboard/people"))


@on_one_database
def test_a_viewer_reads_no_caught_mail(app: Flask, entering: Browser, service: Service) -> None:
    _enter(entering, service, AdminRole.VIEWER)
    assert entering.get("/outbox").status_code in (302, 303, 403, 404)
