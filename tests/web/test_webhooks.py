"""`POST /hooks/<adapter>`: checked, stored, answered, and enqueued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.models import HookBody
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.absent import without_tables
from tests.webhooks import samples, signing
from tests.webhooks.conftest import Amazon, amazon

__all__ = ["amazon"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Door:
    app: Flask
    service: Service

    def post(self, adapter: str, signed: signing.Signed, **more: str) -> TestResponse:
        return self.app.test_client().post(
            f"/hooks/{adapter}", data=signed[0], headers={**signed[1], **more}, content_type="application/json"
        )

    @property
    def stored(self) -> list[HookBody]:
        with self.service.db.read() as session:
            return list(session.scalars(select(HookBody).order_by(HookBody.id)))

    @property
    def refused(self) -> dict[tuple[str, str], int]:
        return dict(self.app.extensions["funnel.hooks"].refused)


@pytest.fixture
def make_door(make_service: Callable[..., Service], time: time_machine.Traveller) -> Iterator[Callable[..., Door]]:
    made: list[Flask] = []

    def make(**settings: str) -> Door:
        service = make_service(**settings)
        made.append(create_app(service))
        return Door(made[-1], service)

    yield make
    for app in made:
        app.extensions["funnel.hooks"].queue.close()


@pytest.fixture
def door(make_door: Callable[..., Door]) -> Door:
    return make_door(**signing.settings())


def requests(door: Door) -> dict[str, signing.Signed]:
    now, dan = door.service.clock.now(), ("7", "dan@example.org")
    return {
        "mailgun": signing.mailgun(samples.mailgun("delivered", *dan), now),
        "sendgrid": signing.sendgrid([samples.sendgrid("delivered", *dan)], now),
        "resend": signing.resend(samples.resend("email.delivered", *dan), now),
        "ses": signing.sns(samples.ses("Delivery", *dan, recipients=["dan@example.org"])),
        "postmark": signing.basic(samples.postmark("Delivery", *dan)),
        "brevo": signing.basic(samples.brevo("delivered", *dan)),
        "sparkpost": signing.basic(samples.sparkpost("delivery", *dan)),
        "mailjet": signing.basic(samples.mailjet("sent", *dan)),
    }


def test_a_genuine_request_is_stored_as_it_came_and_answered(door: Door, amazon: Amazon) -> None:
    for number, (adapter, signed) in enumerate(requests(door).items()):
        assert door.post(adapter, signed).status_code == 204
        row = door.stored[number]
        assert (row.adapter, row.body, row.state) == (adapter, signed[0], "new")
    assert door.refused == {}
    passwords = [row.headers for row in door.stored if "authorization" in str(row.headers).lower()]
    assert passwords == []


def test_what_proves_nothing_is_refused_counted_and_not_stored(door: Door, amazon: Amazon) -> None:
    for adapter, (body, _) in requests(door).items():
        changed = body.replace(b"0", b"1") if adapter == "mailgun" else body
        response = door.post(adapter, (changed, {}))
        assert (response.status_code, response.data) == (401, b"")
        assert door.refused[adapter, "401"] == 1
    assert door.stored == []


def test_without_settings_there_is_nothing_here(make_door: Callable[..., Door], amazon: Amazon) -> None:
    door = make_door()
    for adapter, signed in requests(door).items():
        assert door.post(adapter, signed).status_code == 404
        assert door.refused[adapter, "404"] == 1
    assert door.post("pigeon", (b"{}", {})).status_code == 404
    assert door.refused["unknown", "404"] == 1
    assert door.stored == []


def test_a_browser_that_looks_changes_nothing(door: Door) -> None:
    assert door.app.test_client().get("/hooks/postmark").status_code == 405


def test_half_a_megabyte_is_taken_and_more_than_one_is_not(door: Door) -> None:
    event = samples.postmark("Delivery", "7", "dan@example.org", Details="x" * 500_000)
    assert door.post("postmark", signing.basic(event)).status_code == 204
    event["Details"] = "x" * 1_100_000
    assert door.post("postmark", signing.basic(event)).status_code == 413
    assert len(door.stored) == 1


def test_a_mailgun_token_counts_only_once(door: Door) -> None:
    now = door.service.clock.now()
    assert (
        door.post("mailgun", signing.mailgun(samples.mailgun("accepted", "7", "a@example.org"), now)).status_code == 204
    )
    assert (
        door.post("mailgun", signing.mailgun(samples.mailgun("complained", "8", "b@example.org"), now)).status_code
        == 204
    )
    assert len(door.stored) == 1
    other = signing.mailgun(samples.mailgun("delivered", "7", "a@example.org"), now, token="u" * 50)
    assert door.post("mailgun", other).status_code == 204
    assert len(door.stored) == 2


def test_a_non_json_body_is_kept_where_the_password_was_right(door: Door) -> None:
    assert door.post("postmark", (b"\xff\x00", signing.BASIC)).status_code == 204
    assert door.stored[0].body == b"\xff\x00"


def test_without_a_database_the_provider_is_asked_to_retry(door: Door) -> None:
    with without_tables(door.service.db, "hook_body"):
        response = door.post("postmark", requests(door)["postmark"])
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")


def test_without_the_certificate_the_provider_is_asked_to_retry(door: Door, amazon: Amazon) -> None:
    amazon.away = True
    assert door.post("ses", requests(door)["ses"]).status_code == 503
    assert door.stored == []


def test_without_redis_the_body_waits_for_the_clock(make_door: Callable[..., Door]) -> None:
    door = make_door(**signing.settings(), redis_url="redis://127.0.0.1:1/0")
    assert door.post("postmark", requests(door)["postmark"]).status_code == 204
    assert door.stored[0].queued_until is None


@pytest.mark.redis
def test_only_the_number_goes_on_the_queue(make_door: Callable[..., Door], redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        door = make_door(**signing.settings(), redis_url=redis_url)
        assert door.post("postmark", requests(door)["postmark"]).status_code == 204
        (job,) = Queue("urgent", connection=redis, serializer=JSONSerializer).jobs
        assert (job.func_name, job.args) == ("workers.jobs.process_webhooks", [[door.stored[0].id]])
        assert door.stored[0].queued_until is not None


def test_what_was_refused_is_counted_where_others_look(make_door: Callable[..., Door]) -> None:
    door = make_door(hook_password="user:right")
    client = door.app.test_client()
    for _ in range(2):
        client.post("/hooks/postmark", data=b"{}", auth=("user", "wrong"))
    client.post("/hooks/mailgun", data=b"{}")
    health = client.get("/healthz", base_url="http://127.0.0.1").get_json()
    assert health["refused_webhooks"] == {"postmark 401": 2, "mailgun 404": 1}
    assert health["database"] is True
