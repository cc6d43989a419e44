"""Nobody can keep an admin out by naming her address, and nobody can guess on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from redis import Redis
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from funnel.models import Delivery, DeliveryKind
from funnel.people.admins import add_admin, find_admin, set_password
from funnel.web.app import create_app
from funnel.web.dashboard import sign_in
from funnel.web.dashboard.attempts import COOKIE
from funnel.wiring import Service
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import OWNER, Browser, new_link, text_of
from tests.web.dashboard.conftest import app as app
from tests.web.dashboard.conftest import browser as browser
from tests.web.dashboard.conftest import owner as owner
from tests.web.dashboard.conftest import signed_in as signed_in

PASSWORD, WRONG = "three quiet herons", "a wrong password"
HOME, ELSEWHERE = "192.0.2.7", "203.0.113.5"

pytestmark = on_one_database


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "EVEN_SECONDS", 0.0)


@pytest.fixture
def with_password(service: Service, owner: int) -> None:
    with service.db.write() as session:
        admin = find_admin(session, OWNER)
        assert admin is not None
        set_password(session, admin, PASSWORD, service.clock.machine_now())


def at(app: Flask, address: str) -> Browser:
    """A new browser in this network."""
    client = app.test_client()
    client.environ_base = {**client.environ_base, "REMOTE_ADDR": address}
    return Browser(client)


def guess(browser: Browser, password: str = WRONG, email: str = OWNER) -> TestResponse:
    return browser.send("/sign-in", "/sign-in/with-password", email=email, password=password)


def mailed(service: Service) -> int:
    with service.db.read() as session:
        return session.scalars(select(func.count()).where(Delivery.kind == DeliveryKind.SIGN_IN)).one()


def test_guesses_from_elsewhere_do_not_hold_her_up_at_home(app: Flask, with_password: None) -> None:
    stranger = at(app, ELSEWHERE)
    assert [guess(stranger).status_code for _ in range(9)] == [422] * 8 + [429]
    assert guess(at(app, ELSEWHERE), PASSWORD).status_code == 429
    assert guess(at(app, HOME), PASSWORD).location == "/dashboard"


def test_a_known_browser_is_not_held_up_in_a_strangers_network(
    app: Flask, service: Service, with_password: None, owner: int
) -> None:
    hers = at(app, ELSEWHERE)
    path = new_link(service, owner)
    assert hers.send(path, path).status_code == 303
    hers.send("/dashboard", "/sign-out")
    stranger = at(app, ELSEWHERE)
    for n in range(25):
        guess(stranger, email=OWNER if n % 2 else f"reader{n}@example.org")
    assert guess(stranger, PASSWORD).status_code == 429
    assert guess(hers).status_code == 422
    assert guess(hers, PASSWORD).location == "/dashboard"


def test_her_cookie_is_signed_and_good_for_her_account_only(
    app: Flask, service: Service, with_password: None, owner: int
) -> None:
    hers = at(app, ELSEWHERE)
    path = new_link(service, owner)
    cookies = hers.send(path, path).headers.getlist("Set-Cookie")
    (cookie,) = [each for each in cookies if each.startswith(f"{COOKIE}=")]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=Lax"))
    assert "example" not in cookie
    hers.send("/dashboard", "/sign-out")
    for _ in range(8):
        guess(at(app, ELSEWHERE), email="ben@example.org")
    assert guess(hers, email="ben@example.org").status_code == 429
    forged = at(app, ELSEWHERE)
    forged.client.set_cookie(COOKIE, "WyJ4IiwieSJd.x.y", domain="letters.example.org", secure=True)
    assert guess(forged, email="ben@example.org").status_code == 429


def test_a_known_browser_cannot_guess_on_either(app: Flask, service: Service, with_password: None, owner: int) -> None:
    hers = at(app, HOME)
    path = new_link(service, owner)
    hers.send(path, path)
    hers.send("/dashboard", "/sign-out")
    answers = [guess(hers).status_code for _ in range(25)]
    assert answers.count(422) == 18
    assert answers[-1] == 429


def test_who_must_wait_is_told_how_long_and_it_is_true(
    app: Flask, with_password: None, time: time_machine.Traveller
) -> None:
    stranger = at(app, ELSEWHERE)
    for _ in range(8):
        guess(stranger)
    time.shift(timedelta(minutes=5))
    refused = guess(stranger)
    wait = int(refused.headers["Retry-After"])
    assert 595 <= wait <= 601
    assert f'value="{OWNER}"' in refused.text
    assert "too many tries to sign in from your network" in text_of(refused)
    time.shift(timedelta(seconds=wait - 2))
    assert guess(stranger).status_code == 429
    time.shift(timedelta(seconds=3))
    assert guess(stranger).status_code == 422


def test_waits_grow_for_who_goes_on_for_a_day(app: Flask, with_password: None, time: time_machine.Traveller) -> None:
    stranger = at(app, ELSEWHERE)
    guesses = 0
    for _ in range(8):
        guesses += sum(guess(stranger).status_code == 422 for _ in range(9))
        time.shift(timedelta(hours=2))
    assert guesses == 40


def test_links_are_mailed_sparingly_without_a_word_of_it(
    app: Flask, service: Service, owner: int, time: time_machine.Traveller
) -> None:
    pages = set()
    for n in range(12):
        stranger = at(app, f"203.0.113.{n}")
        answer = stranger.send("/sign-in", "/sign-in", email=OWNER)
        pages.add((answer.status_code, answer.location, text_of(stranger.get(answer.location))))
        unknown = stranger.send("/sign-in", "/sign-in", email="ben@example.org")
        pages.add((unknown.status_code, unknown.location, text_of(stranger.get(unknown.location))))
    assert len(pages) == 1
    assert mailed(service) == 3
    time.shift(timedelta(minutes=30, seconds=1))  # by now the last of those three links has expired
    at(app, HOME).send("/sign-in", "/sign-in", email=OWNER)
    assert mailed(service) == 4


def test_a_known_browser_gets_a_link_after_strangers_had_many(app: Flask, service: Service, signed_in: Browser) -> None:
    for n in range(6):
        at(app, f"203.0.113.{n}").send("/sign-in", "/sign-in", email=OWNER)
    assert mailed(service) == 3
    signed_in.send("/dashboard", "/sign-out")
    signed_in.send("/sign-in", "/sign-in", email=OWNER)
    assert mailed(service) == 4


def test_a_mailed_link_works_whatever_her_network_does(
    app: Flask, service: Service, owner: int, with_password: None
) -> None:
    for n in range(25):
        guess(at(app, HOME), email=f"reader{n}@example.org")
    path = new_link(service, owner)
    assert at(app, HOME).send(path, path).location == "/dashboard"


@pytest.mark.parametrize("redis_is", ["there", "away"])
def test_sixty_guesses_at_once_are_as_many_as_eight_one_by_one(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, redis_is: str
) -> None:
    service = make_service(redis_url=redis_url if redis_is == "there" else "unix:///nowhere/redis.sock")
    with service.db.write() as session:
        add_admin(session, OWNER, service.clock.now())
    app = create_app(service)

    def one(_: int) -> int:
        return guess(Browser(app.test_client())).status_code

    with ThreadPoolExecutor(60) as threads:
        answers = list(threads.map(one, range(60)))
    assert sorted(answers) == [422] * 8 + [429] * 52
    if redis_is == "there":
        kept = b" ".join(redis.scan_iter()).decode()
        assert "127.0.0" not in kept
        assert "owner" not in kept
