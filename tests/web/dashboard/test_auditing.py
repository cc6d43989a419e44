"""What was changed, by whom, and never a reader's words."""

from __future__ import annotations

from sqlalchemy import select

from funnel.models import AdminRole, AuditEntry
from funnel.people.admins import add_admin
from funnel.web.dashboard.auditing import _CHANGES_NOTHING, WORDS
from funnel.web.dashboard.permissions import PERMISSIONS
from funnel.wiring import Service
from tests.journey.steps import join

from .conftest import OWNER, Browser, text_of


def _entries(service: Service) -> list[AuditEntry]:
    with service.db.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_a_pressed_button_is_noted_with_who_and_about_whom(signed_in: Browser, service: Service, owner: int) -> None:
    lead = join(service, "ada@example.org").lead_id
    page = f"/dashboard/people/{lead}"
    assert signed_in.send(page, f"{page}/tags", name="a quiet word").status_code == 303
    (entry,) = _entries(service)
    assert (entry.what, entry.about_kind, entry.about_id, entry.actor_id) == ("tag", "lead", lead, owner)
    assert "quiet" not in str((entry.before, entry.after))
    said = text_of(signed_in.get("/dashboard/audit"))
    assert f"{OWNER} Changed a person's tags Person {lead}" in said
    assert "ada@example.org" not in said


def test_a_changed_role_is_noted_from_and_to(signed_in: Browser, service: Service) -> None:
    with service.db.write() as session:
        fay = add_admin(session, "fay@example.org", service.clock.now(), AdminRole.VIEWER).id
    assert signed_in.send("/dashboard/users", f"/dashboard/users/{fay}", role="practitioner").status_code == 303
    (entry,) = _entries(service)
    assert (entry.before, entry.after) == ({"role": "viewer"}, {"role": "practitioner"})
    assert "role: viewer → practitioner" in text_of(signed_in.get("/dashboard/audit"))


def test_who_removes_herself_is_noted_without_address(signed_in: Browser, service: Service, owner: int) -> None:
    with service.db.write() as session:
        add_admin(session, "fay@example.org", service.clock.now())
    signed_in.send("/dashboard/users", f"/dashboard/users/{owner}", remove="1")
    assert [entry.actor_id for entry in _entries(service)] == [owner]


def test_what_was_refused_or_only_looked_for_is_not_noted(signed_in: Browser, service: Service, owner: int) -> None:
    signed_in.send("/dashboard/people", "/dashboard/people", search="ada@example.org")
    signed_in.send("/dashboard/users", f"/dashboard/users/{owner}", remove="1")
    signed_in.post("/dashboard/account", password="without a token")
    assert _entries(service) == []


def test_every_button_of_the_dashboard_has_words(signed_in: Browser) -> None:
    rules = signed_in.client.application.url_map.iter_rules()
    buttons = {rule.endpoint for rule in rules if rule.endpoint in PERMISSIONS and "POST" in (rule.methods or ())}
    missing = {name.removeprefix("dashboard.") for name in buttons - _CHANGES_NOTHING} - set(WORDS)
    assert not missing, f"say in WORDS of funnel/web/dashboard/auditing.py what {sorted(missing)} does"
