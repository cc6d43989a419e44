"""Whoever chose German stays in German, whichever door she comes in by, and is written to in German."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.models import Lead, Signup
from funnel.publishing.publish import publish
from funnel.subscription.confirming import confirm
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.web.conftest import on_one_database

pytestmark = on_one_database
HOST = "https://www.example.org"
TYPED = {"email": "ada@example.org", "name": "Ada", "consent": "on"}
ENGLISH = {"Accept-Language": "en"}  # her browser's; she chose otherwise


@dataclass(frozen=True)
class Doors:
    """A practice in English and German, and somebody who chose German while her browser asks for English."""

    service: Service
    client: FlaskClient
    time: time_machine.Traveller

    def get(self, address: str, **headers: str) -> TestResponse:
        return self.client.get(address, headers={**ENGLISH, **headers})

    def post(self, address: str, fields: Mapping[str, str] = TYPED, **headers: str) -> TestResponse:
        return self.client.post(address, data=fields, headers={**ENGLISH, **headers})

    def press(self, page: TestResponse, **fields: str) -> TestResponse:
        """Sends the form of this page, as it stands there, after the seconds that a person needs for it."""
        self.time.shift(timedelta(seconds=5))
        return self.post(address_of(page.text), {**fields_of(page.text), **fields})


@pytest.fixture
def doors(make_service: Callable[..., Service], time: time_machine.Traveller) -> Doors:
    service = make_service(signup_limit="1 per hour")
    library = service.library
    practice = replace(library.practice, languages=("de",), sites=(HOST,))
    publish(service, replace(library, practice=practice), "ada", service.clock.now())
    return Doors(service, create_app(service).test_client(use_cookies=False), time)


def address_of(html: str) -> str:
    """Where the form of a page leads."""
    found = re.search(r'<form[^>]* method="post" action="([^"]+)"', html)
    assert found
    return unescape(found[1])


def fields_of(html: str) -> dict[str, str]:
    """What it sends, with what was typed before."""
    found = re.findall(r'<input[^>]*? name="(\w+)"[^>]*? value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found if name not in ("tracking", "website")}


def in_german(page: TestResponse) -> TestResponse:
    """The same page, which has to be said in German; an address it leads on to names the language."""
    if page.status_code == 303:
        assert dict(parse_qsl(urlsplit(page.location).query))["lang"] == "de"
    else:
        assert ' lang="de"' in page.text
        assert ' lang="en" dir' not in page.text
    return page


def sign_up(doors: Doors) -> None:
    in_german(doors.press(in_german(doors.get("/offers/ebook?lang=de")), **TYPED))


def from_the_front_page(doors: Doors) -> None:
    found = re.search(r'href="(/offers/ebook[^"]*)"', in_german(doors.get("/?lang=de")).text)
    assert found
    in_german(doors.press(in_german(doors.get(unescape(found[1]))), **TYPED))


def one_more_step(doors: Doors) -> None:
    doors.post("/offers/course/signup", {**TYPED, "email": "ben@example.org"})
    step = in_german(doors.press(doors.get("/offers/ebook?lang=de"), **TYPED))
    assert "data-at-once" in step.text
    assert address_of(step.text) == "/offers/ebook/signup?lang=de"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("funnel.web.site.proof.Proofs.solved", lambda *_: True)
        in_german(doors.press(step, altcha="work"))


def doubt(doors: Doors) -> None:
    asks = in_german(doors.press(doors.get("/offers/ebook?lang=de"), **{**TYPED, "email": "ada@gmial.com"}))
    assert asks.status_code == 422
    in_german(doors.press(asks, **TYPED))


def quiz(doors: Doors) -> None:
    statements = in_german(doors.get("/offers/quiz?lang=de"))
    found = doors.service.library.offers["quiz"].quiz
    assert found is not None
    result = in_german(doors.post(address_of(statements.text), {f"s-{each.id}": "5" for each in found.statements}))
    in_german(doors.press(result, **TYPED))


def again_from_the_address_of_a_result(doors: Doors) -> None:
    statements = in_german(doors.get("/offers/quiz?lang=de"))
    back = in_german(doors.get(address_of(statements.text)))  # somebody who reloads the result's address
    assert back.location.startswith("/offers/quiz?")
    in_german(doors.press(in_german(doors.get("/offers/ebook?lang=de")), **TYPED))


def training(doors: Doors) -> None:
    sent = doors.press(in_german(doors.get("/offers/training?lang=de")), **TYPED)
    cookie = sent.headers["Set-Cookie"]
    assert "; Path=/offers/training/watch;" in cookie
    player = in_german(doors.get(sent.location, Cookie=cookie.partition(";")[0]))
    assert 'src="/offers/training/watch/video?lang=de' in player.text


def plain_form(doors: Doors) -> None:
    page = in_german(doors.post("/embed/ebook/form?lang=de", {"email": TYPED["email"]}, Origin=HOST))
    in_german(doors.press(page))


def frame(doors: Doors) -> None:
    form = in_german(doors.get(f"/embed/ebook/frame?site={HOST}&lang=de"))
    thanks = in_german(doors.press(form, **TYPED))
    in_german(doors.get(thanks.location))


def script(doors: Doors) -> None:
    def part(answer: TestResponse) -> str:
        html: str = json.loads(answer.text)["html"]
        assert html.startswith('<div class="ff" lang="de"')
        return html

    form = part(doors.get("/embed/ebook/part?lang=de", Origin=HOST))
    doors.time.shift(timedelta(seconds=5))
    part(doors.post("/embed/ebook/part?lang=de", {**fields_of(form), **TYPED}, Origin=HOST))


def a_program(doors: Doors) -> None:
    body = {"email": TYPED["email"], "consent": True, "language": "de"}
    assert doors.client.post("/offers/ebook/signup", json=body, headers=ENGLISH).status_code in (202, 303)


DOORS = (
    sign_up, from_the_front_page, one_more_step, doubt, quiz, again_from_the_address_of_a_result, training, plain_form,
    frame, script, a_program,
)  # fmt: skip


@pytest.mark.parametrize("come_in", DOORS, ids=[door.__name__ for door in DOORS])
def test_who_chose_german_stays_german(doors: Doors, come_in: Callable[[Doors], None]) -> None:
    come_in(doors)
    with doors.service.db.read() as session:
        signup = session.scalars(select(Signup).join(Lead).where(Lead.email == TYPED["email"])).one()
    assert signup.typed_language == "de"
    confirm(doors.service, signup.id, doors.service.clock.now())
    with doors.service.db.read() as session:
        assert session.scalars(select(Lead.language).where(Lead.email == TYPED["email"])).one() == "de"
