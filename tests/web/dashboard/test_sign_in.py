"""Who gets in, how, and who does not."""

from __future__ import annotations

import time as machine_time
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from funnel.links import Purpose, RowRef
from funnel.models import Delivery, DeliveryKind, DeliveryState, SignIn
from funnel.people.admins import (
    PasswordError,
    add_admin,
    find_admin,
    make_sign_in,
    set_password,
    use_sign_in,
    verify_password,
)
from funnel.web.dashboard.sign_in import EVEN_SECONDS, blueprint
from funnel.wiring import Service
from tests.lighter import real_hasher

from .conftest import OWNER, SITE, Browser, new_link, sessions, text_of

PASSWORD = "three quiet herons"
PAGES = ["/dashboard", "/dashboard/people", "/dashboard/people/1", "/dashboard/deliveries", "/dashboard/account"]


@pytest.mark.parametrize("path", [*PAGES, "/dashboard/sequences/anxious-attachment"])
def test_nobody_sees_a_page_of_the_dashboard_without_signing_in(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.location == "/sign-in"
    assert "example.org" not in answer.get_data(as_text=True)


def test_opening_the_link_does_not_use_it_up(browser: Browser, service: Service, owner: int) -> None:
    path = new_link(service, owner)
    for _ in range(3):
        assert browser.get(path).status_code == 200
    assert browser.get("/dashboard").status_code == 303
    assert browser.send(path, path).location == "/dashboard"
    assert browser.get("/dashboard").status_code == 200


def test_a_link_works_once(browser: Browser, app: Flask, service: Service, owner: int) -> None:
    path = new_link(service, owner)
    late = Browser(app.test_client())
    assert late.get(path).status_code == 200
    assert browser.send(path, path).status_code == 303
    assert late.send("/sign-in", path).status_code == 410
    assert late.get("/dashboard").status_code == 303


def test_a_link_expires_after_half_an_hour(
    browser: Browser, service: Service, owner: int, time: time_machine.Traveller
) -> None:
    path = new_link(service, owner)
    time.shift(timedelta(minutes=31))
    assert browser.get(path).status_code == 410
    assert browser.send("/sign-in", path).status_code == 410
    assert browser.get("/dashboard").status_code == 303


def test_a_tampered_link_or_one_for_another_use_opens_nothing(browser: Browser, service: Service, owner: int) -> None:
    path = new_link(service, owner)
    other = service.links.dated_token(Purpose.CONFIRM, RowRef(1), service.clock.machine_now())
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), f"/sign-in/{other}", "/sign-in/nonsense"):
        assert browser.get(wrong).status_code == 410
        assert browser.send("/sign-in", wrong).status_code == 410
    assert browser.get("/dashboard").status_code == 303


def test_of_two_uses_at_the_same_moment_one_gets_in(service: Service, owner: int) -> None:
    now = service.clock.machine_now()
    with service.db.write() as session:
        ref = make_sign_in(session, owner, now).ref
    with service.db.write() as session:
        first, second = use_sign_in(session, ref, now), use_sign_in(session, ref, now)
    assert first is not None
    assert first.id == owner
    assert second is None


def test_asking_for_a_link_looks_the_same_and_takes_as_long(browser: Browser, service: Service, owner: int) -> None:
    answers, times = [], []
    for address in (OWNER.upper(), "ben@example.org", ""):
        page = browser.get("/sign-in")
        assert page.status_code == 200
        began = machine_time.perf_counter_ns()
        answer = browser.send("/sign-in", "/sign-in", email=address)
        times.append(machine_time.perf_counter_ns() - began)
        answers.append((answer.status_code, answer.location, text_of(browser.get(answer.location))))
    assert len(set(answers)) == 1
    with service.db.read() as session:
        (mail,) = session.scalars(select(Delivery)).all()
        (sign_in,) = session.scalars(select(SignIn)).all()
    assert (mail.kind, mail.state, mail.admin_id, mail.lead_id) == (
        DeliveryKind.SIGN_IN,
        DeliveryState.WAITING,
        owner,
        None,
    )
    assert mail.detail == {"sign_in_id": sign_in.id}
    assert EVEN_SECONDS >= 0.2


def test_after_signing_in_one_is_where_one_wanted_to_go(browser: Browser, service: Service, owner: int) -> None:
    browser.get("/dashboard/deliveries?state=held")
    path = new_link(service, owner)
    assert browser.send(path, path).location == "/dashboard/deliveries?state=held"


def test_no_script_or_other_site_can_use_the_session_cookie(browser: Browser, service: Service, owner: int) -> None:
    path = new_link(service, owner)
    cookie = browser.send(path, path).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=Lax" in cookie


def test_a_form_without_its_token_changes_nothing(signed_in: Browser, service: Service) -> None:
    before = sessions(service)
    for path in ("/sign-out", "/dashboard/account", "/dashboard/people", "/sign-in"):
        answer = signed_in.post(path, everywhere="1", password=PASSWORD, again=PASSWORD)
        assert answer.status_code == 400
        assert "Nothing was changed" in text_of(answer)
    assert sessions(service) == before
    assert signed_in.get("/dashboard").status_code == 200


def test_signing_out_takes_a_post_and_ends_this_session(signed_in: Browser) -> None:
    assert signed_in.get("/sign-out").status_code == 405
    assert signed_in.send("/dashboard", "/sign-out").location == "/sign-in"
    assert signed_in.get("/dashboard").status_code == 303


def test_signing_out_everywhere_ends_every_session(
    signed_in: Browser, app: Flask, service: Service, owner: int
) -> None:
    laptop = Browser(app.test_client())
    path = new_link(service, owner)
    laptop.send(path, path)
    assert laptop.get("/dashboard").status_code == 200
    signed_in.send("/dashboard/account", "/sign-out", everywhere="1")
    assert laptop.get("/dashboard").status_code == 303


def test_a_new_password_lets_her_in_and_signs_others_out(
    signed_in: Browser, app: Flask, service: Service, owner: int
) -> None:
    laptop = Browser(app.test_client())
    path = new_link(service, owner)
    laptop.send(path, path)
    assert (
        signed_in.send("/dashboard/account", "/dashboard/account", password=PASSWORD, again=PASSWORD).status_code == 200
    )
    assert signed_in.get("/dashboard").status_code == 200
    assert laptop.get("/dashboard").status_code == 303

    answer = laptop.send("/sign-in", "/sign-in/with-password", email=OWNER, password=PASSWORD)
    assert answer.location == "/dashboard"
    assert laptop.get("/dashboard").status_code == 200


@pytest.mark.parametrize(
    ("password", "again"), [("short", "short"), (PASSWORD, PASSWORD + "!"), ("x" * 300, "x" * 300)]
)
def test_a_password_that_will_not_do_is_refused_with_a_sentence(
    signed_in: Browser, service: Service, password: str, again: str
) -> None:
    answer = signed_in.send("/dashboard/account", "/dashboard/account", password=password, again=again)
    assert answer.status_code == 422
    assert "lease" in text_of(answer)
    with service.db.read() as session:
        admin = find_admin(session, OWNER)
        assert admin is not None
        assert admin.password_hash is None


@pytest.mark.parametrize("email", [OWNER, "ben@example.org", "", "a\x00b", "\u2028" * 300])
def test_a_wrong_password_says_the_same_whoever_tries(browser: Browser, owner: int, email: str) -> None:
    answer = browser.send("/sign-in", "/sign-in/with-password", email=email, password="a wrong password")
    assert answer.status_code == 422
    assert "do not match" in text_of(answer)


def test_passwords_are_hashed_at_the_strength_the_rfc_names() -> None:
    hasher = real_hasher()  # RFC 9106, section 4, second choice: 3 passes over 64 MiB, 4 lanes
    assert (hasher.type.name, hasher.time_cost, hasher.memory_cost, hasher.parallelism) == ("ID", 3, 65_536, 4)


def test_passwords_are_argon2id_and_nobody_without_one_gets_in(service: Service, owner: int) -> None:
    with service.db.write() as session:
        admin = find_admin(session, OWNER)
        assert admin is not None
        assert not verify_password(admin, "nobody has this password")
        set_password(session, admin, PASSWORD, service.clock.machine_now())
        assert admin.password_hash is not None
        assert admin.password_hash.startswith("$argon2id$")
        assert verify_password(admin, PASSWORD)
        assert not verify_password(admin, PASSWORD + " ")
        assert not verify_password(None, PASSWORD)
        with pytest.raises(PasswordError, match="12 characters"):
            set_password(session, admin, "too short", service.clock.machine_now())


def test_guessing_has_an_end(browser: Browser, owner: int) -> None:
    answers = [
        browser.send("/sign-in", "/sign-in/with-password", email=OWNER, password=f"guess number {n}").status_code
        for n in range(9)
    ]
    assert answers == [422] * 8 + [429]


def test_an_app_that_counts_no_attempts_is_refused(service: Service) -> None:
    with pytest.raises(RuntimeError, match="give the app its Budgets"):
        Flask("bare").register_blueprint(blueprint)


def test_adding_an_admin_twice_changes_nothing(service: Service, owner: int) -> None:
    with service.db.write() as session:
        assert add_admin(session, OWNER.upper(), service.clock.now()).id == owner


def test_an_admin_who_was_removed_is_out_at_once(signed_in: Browser, service: Service, owner: int) -> None:
    with service.db.write() as session:
        for row in session.scalars(select(SignIn)):
            session.delete(row)
        session.flush()
        admin = find_admin(session, OWNER)
        session.delete(admin)
    assert signed_in.get("/dashboard").status_code == 303


def test_the_sign_in_page_is_never_kept_nor_indexed_nor_framed(browser: Browser) -> None:
    headers = browser.get("/sign-in").headers
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert SITE not in headers.get("Access-Control-Allow-Origin", "")
