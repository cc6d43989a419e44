"""A training plays from its form on, in that browser alone; what was watched is hers once she confirms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Consent, Event, EventKind, Lead, Signup
from funnel.privacy.erase import erase
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, on_one_database, text_of

pytestmark = on_one_database
FAY = {"email": "fay@example.org", "name": "Fay", "consent": "on"}
PLAYER = "/offers/training/watch"
Browser = Callable[[], FlaskClient]


@pytest.fixture
def browser(app: Flask, outbox: MemoryAdapter) -> Browser:
    return app.test_client


def signs_up(client: FlaskClient, **fields: str) -> TestResponse:
    return client.post("/offers/training/signup", data=FAY | fields, follow_redirects=True)


def watches(client: FlaskClient, quarter: int) -> int:
    return client.post(f"{PLAYER}/progress", data={"quarter": str(quarter)}).status_code


def presses(pages: Pages, outbox: MemoryAdapter, number: int = -1) -> None:
    work(pages.service)
    asks = [mail for mail in outbox.mails if "/confirm/" in mail.text]
    link = re.search(r"https://\S+/confirm/\S+", asks[number].text)
    assert link is not None
    assert pages.client.post(urlsplit(link[0]).path).status_code == 200


def watched(pages: Pages) -> int:
    (lead,) = pages.rows(Lead)
    return int(lead.watched)


def test_one_press_leads_from_the_form_to_the_film(browser: Browser) -> None:
    client = browser()
    page = signs_up(client)
    assert (page.status_code, page.request.path) == (200, PLAYER)
    assert f'src="{PLAYER}/video#t=' in page.text or f'src="{PLAYER}/video"' in page.text
    assert "We have also sent you a mail" in text_of(page)
    assert "letters@harbour.example.org" in text_of(page)
    assert client.get(f"{PLAYER}/video", buffered=True).mimetype == "video/webm"
    assert client.get(f"{PLAYER}/captions", buffered=True).mimetype == "text/vtt"


def test_the_cookie_is_the_players_own(browser: Browser, pages: Pages) -> None:
    client = browser()
    sent = client.post("/offers/training/signup", data=FAY).headers["Set-Cookie"]
    assert re.search(r"; Secure; HttpOnly; Path=/offers/training/watch; SameSite=Lax$", sent), sent
    assert "Expires" not in sent
    assert "Max-Age" not in sent
    token = sent.partition("=")[2].partition(";")[0]
    for path in ("confirm", "watch", "download", "me", "p", "r", "u", "again", "your-data"):
        assert pages.fetch(f"/{path}/{token}").status_code == 404, path
    assert pages.client.post(f"/confirm/{token}").status_code == 404
    assert "Set-Cookie" not in pages.sign_up("ebook").headers


def test_everybody_else_gets_no_further_than_the_form(browser: Browser, pages: Pages) -> None:
    assert signs_up(pages.client).request.path == "/offers/training/thanks", "this one takes no cookies"
    assert browser().get(PLAYER).location == "/offers/training"
    assert browser().get(f"{PLAYER}/video").status_code == 404
    assert watches(browser(), 1) == 404
    assert browser().get("/offers/ebook/watch").status_code == 404
    assert browser().get("/offers/none/watch").status_code == 404


def test_no_other_word_opens_it(browser: Browser, pages: Pages, time: time_machine.Traveller) -> None:
    sent = browser().post("/offers/training/signup", data=FAY).headers["Set-Cookie"]
    token = sent.partition("=")[2].partition(";")[0]
    number, _, signature = token.partition(".")
    for other in ("", "x", token[:-1] + ("0" if token[-1] != "0" else "1"), f"{number}-1.{signature}", token * 9):
        assert pages.fetch(f"{PLAYER}/video", Cookie=f"watching={other}").status_code == 404, other
    assert pages.fetch(f"{PLAYER}/video", Cookie=f"watching={token}").status_code == 200
    time.shift(timedelta(hours=6, seconds=1))
    assert pages.fetch(f"{PLAYER}/video", Cookie=f"watching={token}").status_code == 404


def test_what_was_watched_is_hers_once_she_confirms(browser: Browser, pages: Pages, outbox: MemoryAdapter) -> None:
    client = browser()
    signs_up(client)
    assert [watches(client, quarter) for quarter in (1, 2, 3)] == [204, 204, 204]
    assert watched(pages) == 0
    presses(pages, outbox)
    assert watched(pages) == 3
    events: list[Event] = [each for each in pages.rows(Event) if each.kind == EventKind.WATCHED]
    assert [each.raw for each in events] == [{"quarter": 3, "training": "training"}]
    assert watches(client, 4) == 204
    assert watched(pages) == 4, "she is known now"


def test_a_strangers_watching_is_not_hers(
    browser: Browser, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    hers, strangers = browser(), browser()
    signs_up(strangers, name="Win")
    assert watches(strangers, 4) == 204
    time.shift(timedelta(minutes=61))  # so that she gets a mail of her own
    signs_up(hers)
    assert watches(hers, 1) == 204
    presses(pages, outbox)
    assert watched(pages) == 1
    assert watches(strangers, 4) == 204
    assert watched(pages) == 1


def test_of_two_who_share_a_mail_the_least_counts(browser: Browser, pages: Pages, outbox: MemoryAdapter) -> None:
    one, other = browser(), browser()
    for client, quarter in ((one, 4), (other, 2)):
        signs_up(client)
        assert watches(client, quarter) == 204
    presses(pages, outbox)
    assert watched(pages) == 2
    assert watches(one, 4) == 204
    assert watched(pages) == 2, "nobody can tell which of the two she is"


def test_the_cookie_tells_nobody_who_was_here_before(
    browser: Browser, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    def numbers(email: str) -> list[str]:
        sent = browser().post("/offers/training/signup", data=FAY | {"email": email}).headers["Set-Cookie"]
        return sent.partition("=")[2].partition(".")[0].split("-")

    first = numbers("fay@example.org")
    presses(pages, outbox)
    time.shift(timedelta(minutes=61))
    stranger, known, other = (numbers(f"{name}@example.org") for name in ("win", "fay", "gus"))
    assert [each[0] for each in (first, stranger, known, other)] == ["1", "3", "4", "5"], "2 is what she confirmed"
    assert stranger[1:] == known[1:] == other[1:], "nothing else than when it was"


def test_after_a_restored_backup_it_opens_nobody_elses(browser: Browser, pages: Pages) -> None:
    client = browser()
    signs_up(client)
    with pages.service.db.write() as session:
        session.get_one(Consent, 1).at -= timedelta(hours=3)
    assert client.get(f"{PLAYER}/video").status_code == 404


def test_who_says_it_was_not_her_has_watched_nothing(
    browser: Browser, pages: Pages, outbox: MemoryAdapter, service: Service
) -> None:
    client = browser()
    signs_up(client)
    assert watches(client, 2) == 204
    work(service)
    link = re.search(r"https://\S+/not-me/(\S+)", outbox.mails[0].text)
    assert link is not None
    assert pages.client.post(urlsplit(link[0]).path).status_code == 200
    signups: list[Signup] = pages.rows(Signup)
    assert [each.confirmed_at for each in signups] == [None]
    assert watched(pages) == 0


def test_who_was_erased_plays_no_more(browser: Browser, service: Service) -> None:
    client = browser()
    signs_up(client)
    erase(service, FAY["email"], service.clock.now())
    assert client.get(f"{PLAYER}/video").status_code == 404
    assert watches(client, 1) == 404


@pytest.mark.parametrize("quarter", ["", "0", "5", "x"])
def test_there_are_four_quarters(browser: Browser, quarter: str) -> None:
    client = browser()
    signs_up(client)
    assert client.post(f"{PLAYER}/progress", data={"quarter": quarter}).status_code == 400


def test_without_a_script_she_says_so_by_hand(browser: Browser, pages: Pages, outbox: MemoryAdapter) -> None:
    client = browser()
    signs_up(client)
    said = client.post(f"{PLAYER}/progress", data={"quarter": "4", "by-hand": "yes"}, follow_redirects=True)
    assert "Thank you, we have noted that you have watched it." in text_of(said)
    presses(pages, outbox)
    assert watched(pages) == 4


def test_a_program_is_given_the_link(browser: Browser, pages: Pages) -> None:
    answer = pages.send_json({"email": FAY["email"], "consent": True}, slug="training")
    link = urlsplit(answer.json["watch_url"])  # type: ignore[index]
    client = browser()
    page = client.get(f"{link.path}?{link.query}", follow_redirects=True)
    assert (page.status_code, page.request.path, page.request.args.get("with")) == (200, PLAYER, None)
    assert client.get(f"{PLAYER}/video", buffered=True).status_code == 200
    assert "watch_url" not in (pages.send_json({"email": FAY["email"], "consent": True}, slug="ebook").json or {})
    assert browser().get(f"{link.path}?with=x").location == "/offers/training"


def test_a_training_that_is_gone_leads_to_the_thanks(browser: Browser, service: Service) -> None:
    offers = {**service.library.offers, "training": replace(service.library.offers["training"], asset=None)}
    publish(service, replace(service.library, offers=offers), "tests", service.clock.now())
    assert signs_up(browser()).request.path == "/offers/training/thanks"
