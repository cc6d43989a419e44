"""What stands before a sign-up that looks unusual, and that every real visitor gets through."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import cast

import pytest
import time_machine
from altcha import Challenge, Payload, solve_challenge
from redis import Redis
from werkzeug.test import TestResponse

from funnel.models import Lead
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database, text_of

pytestmark = on_one_database
FORM = {"email": "ada@example.org", "name": "Ada", "consent": "on", "timezone": "Europe/Dublin", "utm_source": "x"}


@pytest.fixture
def busy(make_service: Callable[..., Service], time: time_machine.Traveller) -> Pages:
    """A site where one sign-up an hour from each network is usual, and ten in all."""
    service = make_service(signup_limit="1 per hour", trust_proxy=1)
    return Pages(create_app(service).test_client(use_cookies=False), service)


def post(pages: Pages, email: str, address: str = "192.0.2.1", **fields: str) -> TestResponse:
    data = {**FORM, "email": email, **fields}
    return pages.client.post("/offers/ebook/signup", data=data, headers={"X-Forwarded-For": address})


def hidden(page: TestResponse) -> dict[str, str]:
    """What the form of a page sends when its button is pressed."""
    return {
        name: unescape(value) for name, value in re.findall(r'<input[^>]*name="(\w+)"[^>]*?value="([^"]*)"', page.text)
    }


def solved(page: TestResponse) -> str:
    """What `proof.js` would do on this page."""
    found = re.search(r'data-at-once="([^"]+)"', page.text)
    assert found
    return solution(json.loads(unescape(found[1])))


def solution(task: dict[str, object]) -> str:
    challenge = Challenge.from_dict(task)
    answer = solve_challenge(challenge)
    assert answer is not None
    return Payload(challenge, answer).to_base64()


def leads(pages: Pages) -> int:
    return len(pages.rows(Lead))


def send(pages: Pages, fields: dict[str, str], address: str = "192.0.2.1") -> TestResponse:
    return pages.client.post("/offers/ebook/signup", data=fields, headers={"X-Forwarded-For": address})


def test_an_unusual_sign_up_costs_work_and_keeps_what_was_typed(busy: Pages) -> None:
    assert post(busy, "ada@example.org").status_code == 303
    step = post(busy, "ben@example.org")
    assert (step.status_code, step.headers["Retry-After"]) == (429, "10")
    assert "ben@example.org" in text_of(step)
    fields = hidden(step)
    assert {name: fields[name] for name in FORM} == {**FORM, "email": "ben@example.org"}
    assert leads(busy) == 1
    assert send(busy, fields | {"altcha": solved(step)}).location == "/offers/ebook/thanks"
    assert leads(busy) == 2


def test_a_solution_is_good_once_and_a_lookalike_never(busy: Pages) -> None:
    post(busy, "ada@example.org")
    step = post(busy, "ben@example.org")
    work = solved(step)
    again = json.dumps(json.loads(base64.b64decode(work)), indent=1)
    assert send(busy, hidden(step) | {"altcha": work}).status_code == 303
    twice = base64.b64encode(again.encode()).decode()
    for wrong in (work, twice, work[:-8], "x" * 5000, "", "bnVsbA==", "eyJjaGFsbGVuZ2UiOiJ4Iiwic29sdXRpb24iOjF9"):
        assert post(busy, "cleo@example.org", altcha=wrong).status_code == 429, wrong[:20]
    assert leads(busy) == 2


def test_work_for_another_site_or_grown_old_is_none(busy: Pages, time: time_machine.Traveller) -> None:
    post(busy, "ada@example.org")
    step = post(busy, "ben@example.org")
    work = solved(step)
    time.shift(timedelta(minutes=21))
    assert send(busy, hidden(step) | {"altcha": work, "waited": ""}).status_code == 429


def test_without_javascript_one_waits_and_presses_the_button(busy: Pages, time: time_machine.Traveller) -> None:
    post(busy, "ada@example.org")
    step = post(busy, "ben@example.org")
    assert "Please wait 10 seconds, then press the button" in text_of(step)
    time.shift(timedelta(seconds=4))
    early = send(busy, hidden(step))
    assert early.status_code == 429
    assert "Please wait 6 seconds" in text_of(early)
    time.shift(timedelta(seconds=6))
    fields = hidden(early)
    assert send(busy, fields | {"email": "gus@example.org"}).status_code == 429
    assert send(busy, fields).status_code == 303
    assert send(busy, fields).status_code == 429
    assert leads(busy) == 2


def test_a_program_is_told_until_when_and_that_is_true(busy: Pages, time: time_machine.Traveller) -> None:
    def ask(email: str, **more: object) -> TestResponse:
        body = {"email": email, "consent": True, **more}
        return busy.client.post("/offers/ebook/signup", json=body, headers={"X-Forwarded-For": "192.0.2.1"})

    assert ask("ada@example.org").status_code == 202
    time.shift(timedelta(minutes=20))
    refused = ask("ben@example.org")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    wait = int(refused.headers["Retry-After"])
    assert 2395 <= wait <= 2401
    time.shift(timedelta(seconds=wait - 5))
    assert ask("ben@example.org").status_code == 429
    task = busy.client.get("/signup-challenge", headers={"X-Forwarded-For": "192.0.2.1"})
    assert ask("cleo@example.org", altcha=solution(task.get_json())).status_code == 202
    time.shift(timedelta(seconds=6))
    assert ask("ben@example.org").status_code == 202


def test_the_form_is_told_beforehand_whether_there_is_work(busy: Pages) -> None:
    def challenge(address: str) -> TestResponse:
        return busy.client.get("/signup-challenge", headers={"X-Forwarded-For": address})

    assert challenge("192.0.2.1").status_code == 204
    post(busy, "ada@example.org")
    assert challenge("192.0.2.2").status_code == 204
    task = challenge("192.0.2.1")
    assert task.headers["Cache-Control"] == "no-store"
    assert post(busy, "ben@example.org", altcha=solution(task.get_json())).status_code == 303


def test_a_launch_stays_open_from_many_networks_and_from_one(busy: Pages) -> None:
    for n in range(40):
        address = f"198.51.100.{n}" if n % 2 else "203.0.113.9"
        answer = post(busy, f"reader{n}@example.org", address)
        if answer.status_code != 303:
            assert answer.status_code == (200 if n % 2 else 429)
            assert answer.headers.get("Retry-After") == (None if n % 2 else "10")
            answer = send(busy, hidden(answer) | {"altcha": solved(answer)}, address)
        assert answer.status_code == 303
    assert leads(busy) == 40


def test_when_all_together_is_unusual_a_program_keeps_its_share(busy: Pages) -> None:
    for n in range(12):
        post(busy, f"reader{n}@example.org", f"198.51.100.{n}")
    body = {"email": "ada@example.org", "consent": True}
    headers = {"X-Forwarded-For": "192.0.2.200"}
    answers = [busy.client.post("/offers/ebook/signup", json=body, headers=headers).status_code for _ in range(2)]
    assert answers == [202, 429]


def test_filling_in_the_hidden_field_takes_one_more_step(pages: Pages) -> None:
    answer = pages.sign_up(website="https://win.example")
    assert (answer.status_code, leads(pages)) == (200, 0)
    assert "Retry-After" not in answer.headers
    fields = hidden(answer)
    assert "website" not in fields
    assert pages.client.post("/offers/ebook/signup", data=fields | {"altcha": solved(answer)}).status_code == 303


def test_nobody_fills_a_form_in_within_two_seconds(pages: Pages, time: time_machine.Traveller) -> None:
    fields = {**hidden(pages.client.get("/offers/ebook")), **FORM}
    time.shift(timedelta(seconds=1))
    assert pages.client.post("/offers/ebook/signup", data=fields).status_code == 200
    assert leads(pages) == 0
    time.shift(timedelta(seconds=1.5))
    assert pages.client.post("/offers/ebook/signup", data=fields).status_code == 303


def test_a_form_open_for_days_or_with_nonsense_times_is_taken(pages: Pages, time: time_machine.Traveller) -> None:
    fields = {**hidden(pages.client.get("/offers/ebook")), **FORM}
    time.shift(timedelta(days=3))
    assert pages.client.post("/offers/ebook/signup", data=fields).status_code == 303
    for n, nonsense in enumerate(("x", "1.2.3", "9" * 300, "é.é.é", "..")):
        answer = pages.sign_up(email=f"reader{n}@example.org", opened=nonsense, waited=f"10:{nonsense}")
        assert answer.status_code == 303, nonsense


@pytest.mark.parametrize("redis_is", ["there", "away"])
def test_sixty_at_once_from_one_network_do_not_pass_the_limit(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, redis_is: str
) -> None:
    url = redis_url if redis_is == "there" else "unix:///nowhere/redis.sock"
    service = make_service(redis_url=url)
    app = create_app(service)

    def one(n: int) -> int:
        form = {"email": f"reader{n}@example.org", "consent": "on"}
        return app.test_client(use_cookies=False).post("/offers/ebook/signup", data=form).status_code

    with ThreadPoolExecutor(60) as threads:
        answers = list(threads.map(one, range(60)))
    assert sorted(answers) == [303] * 20 + [429] * 40


def test_no_address_of_a_visitor_stands_in_redis(
    make_service: Callable[..., Service], redis: Redis, redis_url: str
) -> None:
    service = make_service(redis_url=redis_url, trust_proxy=1)
    pages = Pages(create_app(service).test_client(), service)
    for address in ("192.0.2.177", "2001:db8:12:3456::1"):
        for n in range(22):
            post(pages, f"reader{n}@example.org", address)
        pages.client.get("/signup-challenge", headers={"X-Forwarded-For": address})
    kept = " ".join(key.decode() for key in cast(list[bytes], redis.keys()))
    assert kept.count("signup/") == 2
    for part in ("192.0.2", "2001:db8", "reader", "example"):
        assert part not in kept
