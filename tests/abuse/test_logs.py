"""Whoever reads the logs, or what lies in Redis, learns nobody's address, name, words or network, and opens no link."""

from __future__ import annotations

import logging
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
import time_machine
from aiosmtpd.smtp import SMTP, Envelope, Session
from redis import Redis
from sqlalchemy.exc import OperationalError

from funnel.bounces.spool import BounceSpool, read_spool
from funnel.signing import TokenSigner
from funnel.wiring import Service
from tests.absent import without_tables
from tests.bounces.steps import bounce, return_address
from tests.journey.steps import rows
from tests.journey.test_first_course import Town, target
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import Browser, new_link
from tests.web.dashboard.conftest import owner as owner
from tests.webhooks import samples, signing
from workers import catcher
from workers.catcher import Catcher, CaughtMailFolder
from workers.logs import set_up_logs
from workers.stopping import Stop
from workers.ticker import run_clock

pytestmark = [pytest.mark.redis, on_one_database]

# Nothing else in the service, its texts or its libraries is called like one of these.
NAME, WORDS, PHONE = "Zaphodora", "nobodyknowsthis", "+353 1 8847731"
IP = "203.0.113.77"
CANARIES = [NAME.lower(), WORDS, PHONE, IP, "quillfeather", "owner@example.org", "badtokencanary"]
ADDRESS, BOUNCES, TEMPORARY = (f"{name}.quillfeather@example.org" for name in ("ada", "dan", "gus"))


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


class Journey:
    """One reader's whole way, everything that can go wrong on it included, from one network."""

    def __init__(self, town: Town) -> None:
        self.town, self.service = town, town.service
        self.browser = town.browser
        self.browser.environ_base["REMOTE_ADDR"] = IP
        self.bounces = BounceSpool(self.service.settings.data_dir / "bounces")
        self.bounces.open()

    def sign_up(self, address: str, offer: str = "ebook") -> int:
        form = {"email": address, "name": NAME, "timezone": "Europe/Dublin", "consent": "yes"}
        return self.browser.post(f"/offers/{offer}/signup", data=form).status_code

    def mails(self, address: str = ADDRESS) -> list[EmailMessage]:
        return self.town.mails(address.removesuffix("@example.org"))

    def confirm(self) -> None:
        path = self.town.link(self.mails()[0], "/confirm/")
        assert self.browser.get(path).status_code == 200
        assert self.browser.post(path).status_code == 200
        self.town.run_workers()

    def read(self) -> None:
        mail = self.mails()[1]
        self.town.open(mail)
        where = target(
            self.town, next(link for link in self.town.links(mail) if "/download/" in target(self.town, link))
        )
        with self.browser.get(where) as file:
            assert file.status_code == 200
        self.town.look_back()
        preferences = self.town.link(mail, "/p/")
        assert self.browser.get(preferences).status_code == 200
        self.browser.post(preferences, data={"do": "pause", "weeks": "1"})
        self.browser.post(preferences, data={"do": "resume"})
        self.browser.post(preferences, data={"do": "own-data"})
        self.town.run_workers()
        own_data = self.town.link(self.mails()[-1], "/your-data/")
        assert NAME in self.browser.get(own_data).text
        assert self.browser.post(own_data, data={"do": "name", "name": NAME}).status_code == 200

    def book(self) -> None:
        last = self.mails()[-1]
        where = target(self.town, next(link for link in self.town.links(last) if "/book/" in target(self.town, link)))
        assert self.browser.post(where, data={"words": WORDS, "phone": PHONE, "good-time": WORDS}).status_code == 200
        self.town.run_workers()  # the practice is told

    def hooks(self) -> None:
        """A complaint, one that no provider signed, and three that cannot be read."""
        for body, headers in (
            signing.basic(samples.postmark("SpamComplaint", "7", ADDRESS)),
            (f'{{"Email": "{ADDRESS}"}}'.encode(), {"Authorization": "Basic Og=="}),
            signing.basic({"RecordType": "Bounce", "Email": [ADDRESS], "Metadata": ADDRESS}),
            (f'{{"Email": "{ADDRESS}'.encode(), signing.BASIC),
            signing.basic({"RecordType": ADDRESS}),
        ):
            self.browser.post("/hooks/postmark", data=body, headers=headers, content_type="application/json")
        self.town.run_workers()

    def come_back(self) -> None:
        delivery = rows(self.service, ADDRESS)[-1]
        to = return_address(self.service.links, delivery)
        for raw in (bounce(to, ADDRESS, said=f"550 5.1.1 {NAME} unknown"), f"\0\xff{ADDRESS}".encode("latin-1")):
            draft = self.bounces.draft()
            draft.write(raw)
            self.bounces.keep(draft, to)
            self.bounces.discard(draft)
        read_spool(self.service, self.bounces)

    def be_refused(self) -> None:
        """Whatever is wrong about a request."""
        self.sign_up(f"<{ADDRESS}>")
        self.browser.post("/offers/ebook/signup", data=f'{{"email": "{ADDRESS}', content_type="application/json")
        self.browser.post("/offers/ebook/signup", json={"email": [ADDRESS], "name": {NAME: NAME}})
        for path in ("/confirm/", "/p/", "/u/", "/c/", "/o/", "/r/", "/download/", "/sign-in/", "/book/"):
            self.browser.get(f"{path}badtokencanary")
            self.browser.post(f"{path}badtokencanary", data={"email": ADDRESS})
        self.browser.get("/", headers={"Host": f"{NAME}.example.net"})
        self.browser.post("/dashboard/sign-in", data={"email": ADDRESS, "password": WORDS})

    def go_on_without_a_database(self, stop: Stop) -> None:
        with without_tables(self.service.db, "lead", "delivery"):
            assert self.sign_up(ADDRESS, "course") == 503
            for part in ("/confirm/", "/p/"):
                self.browser.get(self.town.link(self.mails()[part == "/p/"], part))
            self.browser.post("/hooks/postmark", data=b"{}", headers=signing.BASIC, content_type="application/json")
            self.town.run_workers()
            self.come_back_in_vain()

        def tick(_service: Service, _now: object) -> Any:
            stop.request()
            raise OperationalError("SELECT", {"email": ADDRESS}, OSError(f"{ADDRESS} {NAME}"))

        run_clock(self.service, stop, tick)

    def come_back_in_vain(self) -> None:
        with pytest.raises(Exception, match=r"lead|delivery"):
            self.come_back()

    def find_mistakes_of_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def breaks(*_arguments: object, **_more: object) -> None:
            raise RuntimeError(f"{ADDRESS} {NAME} {WORDS}")

        with monkeypatch.context() as broken:
            broken.setattr("funnel.web.reader.room.views.render_template", breaks)
            assert self.browser.get(self.town.link(self.mails()[1], "/p/")).status_code == 500
        with monkeypatch.context() as broken:
            broken.setattr("funnel.sending.composing._of_kind", breaks)
            self.sign_up(f"eve.{ADDRESS}")
            self.town.run_workers()
        thread = threading.Thread(target=breaks)
        thread.start()
        thread.join()
        thrown_away = type("ThrownAway", (), {"__del__": breaks})()
        del thrown_away


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
