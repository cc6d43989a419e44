"""The real app over the real service, and people who use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from werkzeug.test import TestResponse

from funnel.links import Purpose, links_mark
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead, SignIn, Signup
from funnel.models.named import NamedInTokens
from funnel.subscription.confirming import confirm
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.refs import ref_of

# For what is only about HTTP: one database says as much as two.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Reader:
    """Somebody on the list: the numbers that tokens are made of."""

    lead_id: int
    signup_id: int
    delivery_id: int


_NAMED: dict[Purpose, type[NamedInTokens]] = {
    Purpose.CONFIRM: Signup, Purpose.AGAIN: Signup, Purpose.DOWNLOAD: Signup, Purpose.WATCH: Signup,
    Purpose.SIGN_IN: SignIn,
}  # fmt: skip


@dataclass(frozen=True)
class Pages:
    """A browser without cookies, and a look at what was written."""

    client: FlaskClient
    service: Service

    def token(self, purpose: Purpose, row: int, *numbers: int) -> str:
        named = Delivery if len(numbers) > 1 else _NAMED.get(purpose, Delivery)
        return self.service.links.token(purpose, ref_of(self.service, named, row), *numbers)

    def click(self, delivery: int, edition_lesson: int, link: int) -> str:
        with self.service.db.read() as session:
            compiled = self.service.editions.compiled(session, edition_lesson)
        mark = links_mark(compiled.links) if compiled is not None else 0
        return self.token(Purpose.CLICK, delivery, edition_lesson, mark, link)

    def leaving(self, delivery: int) -> str:
        """The token of the link to stop that this mail to a reader holds."""
        ref = ref_of(self.service, Delivery, delivery)
        with self.service.db.read() as session:
            lead = session.scalars(
                select(Lead).join(Delivery, Delivery.lead_id == Lead.id).where(Delivery.id == delivery)
            ).one()
        return self.service.links.unsubscribe_token(ref, lead.email_key)

    def dated(self, purpose: Purpose, number: int) -> str:
        ref = ref_of(self.service, _NAMED.get(purpose, Delivery), number)
        return self.service.links.dated_token(purpose, ref, self.service.clock.now())

    def sign_up(self, slug: str = "ebook", **fields: str) -> TestResponse:
        filled = {"email": "ada@example.org", "name": "Ada", "consent": "on", "timezone": "Europe/Dublin"} | fields
        return self.client.post(f"/offers/{slug}/signup", data=filled)

    def send_json(self, body: Any, slug: str = "ebook", **headers: str) -> TestResponse:
        return self.client.post(f"/offers/{slug}/signup", json=body, headers=headers)

    def fetch(self, path: str, **headers: str) -> TestResponse:
        """A GET that is read to its end, as files want to be."""
        return self.client.get(path, headers=headers, buffered=True)

    def rows(self, model: type[DeclarativeBase]) -> list[Any]:
        with self.service.db.read() as session:
            return list(session.scalars(select(model)))


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def pages(app: Flask, service: Service) -> Pages:
    return Pages(app.test_client(use_cookies=False), service)


@pytest.fixture
def make_reader(service: Service, pages: Pages) -> Callable[..., Reader]:
    """Signs somebody up and, unless told otherwise, confirms; the delivery is the newest mail to them."""

    def make(name: str = "ada", offer: str = "ebook", *, confirms: bool = True) -> Reader:
        assert pages.sign_up(offer, email=f"{name}@example.org", name=name.title()).status_code == 303
        with service.db.read() as session:
            lead_id = session.scalars(select(Lead.id).where(Lead.email_key == f"{name}@example.org")).one()
            signup_id = session.scalars(select(Signup.id).where(Signup.lead_id == lead_id)).one()
        if confirms:
            assert confirm(service, signup_id, service.clock.now()) is not None
        with service.db.read() as session:
            newest = select(Delivery.id).where(Delivery.lead_id == lead_id).order_by(Delivery.id.desc()).limit(1)
            return Reader(lead_id, signup_id, session.scalars(newest).one())

    return make


@pytest.fixture
def ada(make_reader: Callable[..., Reader]) -> Reader:
    """Ada has confirmed; her newest mail is the first lesson of the e-book's welcome."""
    return make_reader()


def text_of(response: TestResponse) -> str:
    """What a person reads on the page, on one line."""
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def waiting_mails(pages: Pages, kind: DeliveryKind) -> int:
    return sum(row.kind == kind and row.state == DeliveryState.WAITING for row in pages.rows(Delivery))
