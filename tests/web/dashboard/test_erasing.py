"""Erasing from a person's page: with the password, and then lists say how many are gone."""

from __future__ import annotations

from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import AdminUser, Lead
from funnel.people.admins import set_password
from funnel.wiring import Service
from tests.journey.steps import join, work
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import Browser, new_link, text_of

PASSWORD = "several unrelated words"


def states(service: Service) -> list[str]:
    with service.db.read() as session:
        return list(session.scalars(select(Lead.state).order_by(Lead.id)))


def has_password(service: Service, browser: Browser, owner: int) -> None:
    with service.db.write() as session:
        set_password(session, session.get_one(AdminUser, owner), PASSWORD, service.clock.machine_now())
    path = new_link(service, owner)
    browser.send(path, path)


@on_one_database
def test_only_the_password_erases_and_lists_say_who_is_gone(
    signed_in: Browser, service: Service, owner: int, outbox: MemoryAdapter
) -> None:
    has_password(service, signed_in, owner)
    lead = join(service, "ada@example.org").lead_id
    join(service, "ben@example.org", name="Ben")
    work(service)
    page = f"/dashboard/people/{lead}"
    assert "Erase this person’s data" in text_of(signed_in.get(page))
    wrong = signed_in.send(f"{page}/erase", f"{page}/erase", password="another password")
    assert wrong.status_code == 422
    assert states(service) == ["confirmed", "confirmed"]
    assert signed_in.post(f"{page}/erase", password=PASSWORD).status_code == 400  # not from our page
    done = signed_in.send(f"{page}/erase", f"{page}/erase", password=PASSWORD)
    assert done.status_code == 303
    assert states(service) == ["erased", "confirmed"]
    people = text_of(signed_in.get("/dashboard/people?done=erased"))
    assert "And 1 whose data is gone." in people
    assert "Nothing but numbers is left" in people
    assert "ada@" not in people
    assert "data is gone" in text_of(signed_in.get(page))
    assert signed_in.get(f"{page}/erase").status_code == 404
    mails = text_of(signed_in.get("/dashboard/deliveries"))
    assert "whose data is gone" in mails
    assert "ada@" not in mails


@on_one_database
def test_who_has_no_password_is_told_to_set_one(signed_in: Browser, service: Service) -> None:
    lead = join(service, "ada@example.org").lead_id
    page = f"/dashboard/people/{lead}/erase"
    assert "you have none yet" in text_of(signed_in.get(page))
    token_page = f"/dashboard/people/{lead}"
    assert signed_in.send(token_page, page, password="").status_code == 422
    assert states(service) == ["confirmed"]


@on_one_database
def test_guessing_the_password_has_an_end(signed_in: Browser, service: Service, owner: int) -> None:
    has_password(service, signed_in, owner)
    page = f"/dashboard/people/{join(service, 'ada@example.org').lead_id}/erase"
    answers = [signed_in.send(page, page, password=f"guess number {n}").status_code for n in range(30)]
    assert answers[-1] == 429
    assert states(service) == ["confirmed"]


@on_one_database
def test_the_dashboard_says_how_long_what_is_kept(signed_in: Browser, service: Service) -> None:
    assert "What is kept of people" in text_of(signed_in.get("/dashboard/people"))
    page = text_of(signed_in.get("/dashboard/privacy"))
    assert "A sign-up that was never confirmed, with what was typed 30 days" in page
    assert "13 months" in page
