"""Whoever reads the logs, or what lies in Redis, learns nobody's address, name, words or network, and opens no link."""

from __future__ import annotations

import logging
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
import time_machine
from aiosmtpd.smtp import SMTP, Envelope, Session
from redis import Redis

from funnel.signing import TokenSigner
from funnel.wiring import Service
from tests.abuse.whole_way import ADDRESS, BOUNCES, CANARIES, NAME, TEMPORARY, Journey
from tests.journey.test_first_course import Town
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import Browser, new_link
from tests.web.dashboard.conftest import owner as owner
from tests.webhooks import signing
from workers import catcher
from workers.catcher import Catcher, CaughtMailFolder
from workers.logs import set_up_logs
from workers.stopping import Stop

pytestmark = [pytest.mark.redis, on_one_database]


class _Handler(catcher._Handler):
    """A mail server that names the address in each of its refusals, as most do."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == BOUNCES:
            return f"550 5.1.1 <{address}>: {NAME} is no user here"
        if address == TEMPORARY:
            return f"451 4.3.0 <{address}>: come again later, {NAME}"
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The signature of every token that is made."""
    made: list[str] = []
    signed, quarters = TokenSigner.sign, TokenSigner._quarters

    def sign(self: TokenSigner, use: str, text: str) -> str:
        made.append(signed(self, use, text))
        return made[-1]

    def quartered(self: TokenSigner, mac: Any, text: str) -> tuple[str, str, str, str]:
        made.extend(found := quarters(self, mac, text))
        return found

    monkeypatch.setattr(TokenSigner, "sign", sign)
    monkeypatch.setattr(TokenSigner, "_quarters", quartered)
    return made


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("funnel", "workers")]
    handlers, level, hooks = list(root.handlers), root.level, (sys.excepthook, threading.excepthook, sys.unraisablehook)
    yield
    root.handlers[:] = handlers
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    root.setLevel(level)
    for logger in ours:
        logger.setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.fixture
def town(
    make_service: Callable[..., Service],
    redis: Redis,
    redis_url: str,
    tmp_path: Path,
    time: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Town]:
    monkeypatch.setattr(catcher, "_Handler", _Handler)
    clock = make_service().clock
    caught = Catcher(CaughtMailFolder(tmp_path / "mailboxes", clock.now))
    caught.start()
    url = f"smtp://127.0.0.1:{caught.port}?tls=none"
    settings = {"bounce_address": "bounces@bounce.example.org", **signing.settings()}
    yield Town(make_service(redis_url=redis_url, mail_url=url, **settings), tmp_path / "mailboxes", time)
    caught.stop()


def in_redis(redis: Redis) -> str:
    """Every key, and what is kept under it, jobs unpacked."""
    reading: dict[bytes, Callable[[bytes], Any]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
    }
    said = []
    for key in redis.scan_iter():
        value = reading[cast(bytes, redis.type(key))](key)
        said.append(f"{key!r} {value!r}")
        if isinstance(value, dict) and b"data" in value:
            said.append(zlib.decompress(value[b"data"]).decode())
    return "\n".join(said)


def found(text: str, tokens: list[str]) -> list[str]:
    lowered = text.lower()
    return [canary for canary in [*CANARIES, *tokens] if canary.lower() in lowered]


@pytest.mark.usefixtures("logs_as_before")
@pytest.mark.parametrize("form", ["text", "json"])
def test_logs_and_redis_tell_nothing_of_anybody(
    form: str,
    town: Town,
    redis: Redis,
    owner: int,
    tokens: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(form)
    for name in ("funnel", "workers"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    journey, kept = Journey(town), []
    for address in (ADDRESS, BOUNCES, TEMPORARY):
        assert journey.sign_up(address) == 303
    answer = journey.browser.post(
        "/offers/course/signup", json={"email": f"ben.{ADDRESS}", "name": NAME, "consent": True}
    )
    assert answer.status_code == 202
    kept.append(in_redis(redis))
    assert "deliver" in kept[0]
    town.run_workers()
    journey.confirm()
    town.time.shift(timedelta(minutes=20))
    journey.read()
    town.live(80)
    journey.book()
    kept.append(in_redis(redis))
    dashboard = Browser(journey.browser.application.test_client())
    path = new_link(journey.service, owner)
    assert dashboard.send(path, path).status_code == 303
    assert dashboard.get("/dashboard").status_code == 200
    journey.be_refused()
    journey.find_mistakes_of_ours(monkeypatch)
    journey.come_back()
    journey.hooks()
    journey.go_on_without_a_database(Stop())
    leave = str(journey.mails()[1]["List-Unsubscribe"]).strip("<>").removeprefix("https://letters.example.org")
    assert journey.browser.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    kept.append(in_redis(redis))

    said = "".join(capfd.readouterr())
    for event in (
        "a page failed",
        "the database is away",
        "a webhook was refused",
        "a batch was not finished",
        "a thread ends",
        "not be raised",
    ):
        assert event in said
    assert len(tokens) > 100
    assert found("\n".join(kept), tokens) == []
    assert [line for line in said.splitlines() if found(line, tokens)] == []
