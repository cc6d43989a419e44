"""Who gets in as what, and that somebody always can."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from funnel.models import AdminRole, AdminUser
from funnel.people.admins import add_admin, find_admin
from funnel.people.roles import LastAdminError, change_role, remove_user
from funnel.wiring import Service

from .conftest import OWNER, Browser, new_link, text_of


def _add(service: Service, name: str, role: AdminRole) -> int:
    with service.db.write() as session:
        return add_admin(session, f"{name}@example.org", service.clock.now(), role).id


def test_the_last_admin_cannot_be_removed_or_demoted(service: Service, owner: int) -> None:
    _add(service, "fay", AdminRole.PRACTITIONER)
    with service.db.write() as session:
        last = session.get_one(AdminUser, owner)
        with pytest.raises(LastAdminError):
            remove_user(session, last, service.clock.machine_now())
        with pytest.raises(LastAdminError):
            change_role(session, last, AdminRole.VIEWER)
        change_role(session, last, AdminRole.ADMIN)


def test_one_of_two_admins_may_leave(service: Service, owner: int) -> None:
    fay = _add(service, "fay", AdminRole.ADMIN)
    with service.db.write() as session:
        remove_user(session, session.get_one(AdminUser, owner), service.clock.machine_now())
    with service.db.write() as session, pytest.raises(LastAdminError):
        remove_user(session, session.get_one(AdminUser, fay), service.clock.machine_now())


def test_a_changed_role_counts_from_the_next_click(
    browser: Browser, signed_in: Browser, service: Service, owner: int
) -> None:
    _add(service, "fay", AdminRole.ADMIN)
    assert signed_in.get("/dashboard/people").status_code == 200
    assert signed_in.send("/dashboard/users", f"/dashboard/users/{owner}", role="viewer").status_code == 303
    assert signed_in.get("/dashboard/people").status_code == 403


def test_who_is_removed_is_out_at_once_and_forgotten(signed_in: Browser, service: Service, owner: int) -> None:
    fay = _add(service, "fay", AdminRole.ADMIN)
    new_link(service, fay)
    assert signed_in.send("/dashboard/users", f"/dashboard/users/{owner}", remove="1").status_code == 303
    assert signed_in.get("/dashboard").status_code == 303
    with service.db.read() as session:
        assert find_admin(session, OWNER) is None
        assert "example.org" not in session.scalars(select(AdminUser.email).where(AdminUser.id == owner)).one()


def test_the_last_admin_is_told_what_to_do_first(signed_in: Browser, owner: int) -> None:
    for fields in ({"remove": "1"}, {"role": "viewer"}):
        answer = signed_in.send("/dashboard/users", f"/dashboard/users/{owner}", **fields)
        assert answer.status_code == 422
        assert "Make somebody else an admin first" in text_of(answer)
