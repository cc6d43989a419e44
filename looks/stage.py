"""A practice with a small cast, so that every page a visitor or reader can meet is there to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import time_machine
from flask import Flask
from playwright.sync_api import Route
from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.links import Purpose, number_of
from funnel.migrations import upgrade
from funnel.models import Delivery, Lead, Signup
from funnel.publishing.publish import publish
from funnel.settings import load_settings
from funnel.subscription.confirming import confirm
from funnel.subscription.unsubscribe import leave
from funnel.web.app import create_app
from funnel.wiring import Service, build_service
from looks.steps import OTHER_SITE, steps

SITE = "https://letters.example.org"
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
Show = Callable[[], TestResponse]


@dataclass(frozen=True)
class Reader:
    """Somebody who signed up, and the newest mail to her."""

    signup: Signup
    mail: Delivery


class Stage:
    """The app, the people, and `pages`: what shows each page, by the page's name. `steps` come after one."""

    def __init__(self, app: Flask, service: Service, language: str = "") -> None:
        self.app, self.service, self._language = app, service, language
        self.pages: Mapping[str, Show] = self._pages()
        self.steps = steps(self, NOW)

    def answer(self, route: Route) -> None:
        """Answers a browser: `/show/<name>` with that page, everything else as the site does."""
        address = urlsplit(route.request.url)
        name = address.path.removeprefix("/show/") if address.path.startswith("/show/") else ""
        show = self.pages.get(name) or self.steps.get(name)
        found = show() if show is not None else self.get(f"{address.path}?{address.query}")
        kept = {name: value for name, value in found.headers.items() if name != "Content-Length"}
        route.fulfill(status=found.status_code, headers=kept, body=found.get_data())

    def get(self, path: str) -> TestResponse:
        return self.app.test_client().get(path, base_url=SITE, buffered=True, headers=self._asks())

    def post(self, path: str, **fields: str) -> TestResponse:
        headers = {**self._asks(), "Origin": OTHER_SITE} if path.endswith("/form") else self._asks()
        return self.app.test_client().post(path, base_url=SITE, data=fields, headers=headers)

    def _asks(self) -> dict[str, str]:
        return {"Accept-Language": self._language} if self._language else {}

    def sign_up(self, name: str, offer: str, *, confirms: bool = True, **more: str) -> Reader:
        fields = {"email": f"{name}@example.org", "name": name.title(), "consent": "on", "timezone": "Europe/Dublin"}
        self.post(f"/offers/{offer}/signup", **fields, **more)
        hers = Lead.email_key == f"{name}@example.org"
        with self.service.db.read() as session:
            signup = session.scalars(select(Signup).join(Lead, Signup.lead_id == Lead.id).where(hers)).one()
        if confirms:
            confirm(self.service, signup.id, NOW)
        newest = select(Delivery).join(Lead, Delivery.lead_id == Lead.id).where(hers).order_by(Delivery.id.desc())
        with self.service.db.read() as session:
            return Reader(signup, session.scalars(newest.limit(1)).one())

    def _pages(self) -> dict[str, Show]:
        links = self.service.links
        ada, watches = self.sign_up("ada", "ebook"), self.sign_up("fay", "training")
        ben, cleo = self.sign_up("ben", "course", confirms=False), self.sign_up("cleo", "ebook")
        leave(self.service, cleo.mail.ref, NOW, "page")
        old = links.dated_token(Purpose.CONFIRM, ben.signup.ref, NOW - timedelta(days=60))
        asked = links.dated_token(Purpose.CONFIRM, ben.signup.ref, NOW)
        again = links.dated_token(Purpose.CONFIRM, ada.signup.ref, NOW)
        read = links.dated_token(Purpose.DOWNLOAD, ada.signup.ref, NOW)
        watch = links.dated_token(Purpose.WATCH, watches.signup.ref, NOW)
        stop = links.unsubscribe_token(ada.mail.ref, "ada@example.org")
        book = links.token(Purpose.BOOK, ada.mail.ref, number_of("intro"))
        own = links.dated_token(Purpose.OWN_DATA, ada.mail.ref, NOW)
        preferences = links.token(Purpose.PREFERENCES, ada.mail.ref)
        stopped = links.unsubscribe_token(cleo.mail.ref, "cleo@example.org")
        return {
            "home": lambda: self.get("/"),
            **{slug: self._shows(f"/offers/{slug}") for slug in self.service.library.offers},
            "result": self._result,
            "not-quite": lambda: self.post("/offers/ebook/signup", email="ada@example", consent=""),
            "thanks": lambda: self.get("/offers/ebook/thanks"),
            "confirm": lambda: self.get(f"/confirm/{asked}"),
            "confirmed": lambda: self.post(f"/confirm/{again}"),
            "expired": lambda: self.get(f"/confirm/{old}"),
            "room": lambda: self.get(f"/me/{preferences}"),
            "whole-room": lambda: self.get(f"/me/{own}"),
            "book": lambda: self.get(f"/book/{book}"),
            "booked": lambda: self.post(f"/book/{book}"),
            "read": lambda: self.get(f"/download/{read}/read"),
            "watch": lambda: self.get(f"/watch/{watch}"),
            "letter": lambda: self.get(f"/r/{links.token(Purpose.WEB_COPY, ada.mail.ref)}"),
            "leave": lambda: self.get(f"/u/{stop}"),
            "left": lambda: self.post(f"/u/{stopped}"),
            "page": lambda: self.get("/pages/hard-nights"),
            "sessions": lambda: self.get("/sessions"),
            "session": lambda: self.get("/sessions/individual"),
            "session-elsewhere": lambda: self.get("/sessions/coaching"),
            "session-thanks": lambda: self.get("/sessions/individual/thanks"),
            "help": lambda: self.get("/help"),
            "not-here": lambda: self.get("/nowhere"),
        }

    def _result(self) -> TestResponse:
        """What a quiz says to somebody who leaves two statements open."""
        quiz = next((offer for offer in self.service.library.offers.values() if offer.quiz is not None), None)
        if quiz is None or quiz.quiz is None:
            return self.get("/")
        answers = {f"s-{each.id}": str(2 + number % 3) for number, each in enumerate(quiz.quiz.statements[2:])}
        return self.post(f"/offers/{quiz.slug}/result", **answers)

    def _shows(self, path: str) -> Show:
        return lambda: self.get(path)


@contextmanager
def stage(sequences: Path | None = None, language: str = "") -> Iterator[Stage]:
    """A stage for a folder of sequences, else the starter's, on a Monday in March 2027. It is gone afterwards.

    With a `language` the practice offers it, and everybody on the stage reads in it.
    """
    own = {} if sequences is None else {"sequences_dir": sequences}
    with TemporaryDirectory(prefix="funnel-looks-") as folder, time_machine.travel(NOW, tick=False):
        settings = load_settings(
            {}, data_dir=Path(folder), database_url=f"sqlite:///{folder}/funnel.sqlite3", mail_url="memory://",
            secret_key="for-pictures-only" * 3, site_url=SITE, **own,
        )  # fmt: skip
        service = build_service(settings)
        upgrade(service.db)
        library = service.library
        practice = replace(library.practice, sites=(OTHER_SITE,), languages=(language,) if language else ())
        publish(service, replace(library, practice=practice), "looks", NOW)
        try:
            yield Stage(create_app(service), service, language)
        finally:
            service.queue.close()
            service.channel.close()
            service.db.close()
