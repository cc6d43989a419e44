"""The real site without sockets: what the audience's browsers ask goes straight to the app, at a time that stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import time_machine
from flask import Flask
from requests.adapters import BaseAdapter

from funnel.adapters.memory import MemoryAdapter
from funnel.demo.acts import Act
from funnel.demo.audience import Person
from funnel.demo.browser import Browser
from funnel.demo.deeds import Moment
from funnel.demo.diary import Diary
from funnel.demo.doors import host_pages, with_a_site
from funnel.demo.mailbox import ReceivedMail, read_letter
from funnel.demo.player import Player, Venue
from funnel.mime import message_bytes
from funnel.publishing.publish import publish
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.journey.steps import work

ADA = Person("ada@example.org", "Ada", "Europe/Dublin", "ebook", timedelta(0), "Reader/1.0", "friend")


class InProcess(BaseAdapter):
    """Answers by the app itself (WSGI)."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = app.test_client(use_cookies=False)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        assert request.url is not None
        parts = urlsplit(request.url)
        said = self._client.open(
            parts.path,
            method=request.method or "GET",
            query_string=parts.query,
            base_url=f"{parts.scheme}://{parts.netloc}",
            headers=list(request.headers.items()),
            data=request.body,
            buffered=True,
        )
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = said.status_code, request.url, request
        answer.headers.update(dict(said.headers))
        answer.encoding, answer.raw = "utf-8", BytesIO(said.data)
        return answer

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Stage:
    """The service, its mail, and people who come to it."""

    service: Service
    outbox: MemoryAdapter
    folder: Path
    time: time_machine.Traveller

    def __post_init__(self) -> None:
        listed = with_a_site(self.service.library)
        publish(self.service, listed, "tests", self.service.clock.now())
        self.service.in_force.refresh()

    @property
    def venue(self) -> Venue:
        home = self.service.settings.site_url
        return Venue(home, frozenset(), host_pages(home, self.service.library))

    def player(self, **ways: object) -> Player:
        """A person of these ways, a new diary, and a browser that stays in this process."""
        person = replace(ADA, **ways)  # type: ignore[arg-type]
        now = self.service.clock.now
        diary = Diary([person], lambda: Moment(now(), now()))
        return Player(person, self.venue, diary, Browser(self.service.settings.site_url, "Reader/1.0"))

    def do(self, act: Act | None) -> None:
        """What follows, each at its time."""
        while act is not None:
            self.time.shift(act.delay)
            act = act.do()

    def letters(self) -> list[ReceivedMail]:
        """Everything that has come so far, after the clock and a worker have done what is due."""
        work(self.service)
        found = []
        for number, mail in enumerate(self.outbox.mails):
            path = self.folder / f"{number:010}.eml"
            envelope = f"X-Envelope-To: {mail.recipient.address}\r\n".encode()
            path.write_bytes(envelope + message_bytes(mail))
            found.append(read_letter(path))
        return found


@pytest.fixture
def stage(
    make_service: Callable[..., Service],
    time: time_machine.Traveller,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    service, outbox = make_service(site_url="http://127.0.0.1:8000"), MemoryAdapter()
    service.channel.use(outbox)
    session = requests.Session()
    session.mount("http://127.0.0.1:8000", InProcess(create_app(service)))
    monkeypatch.setattr(Browser, "_session", lambda _: session)
    mailbox = tmp_path / "mailbox"
    mailbox.mkdir()
    return Stage(service, outbox, mailbox, time)
