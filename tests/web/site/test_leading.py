"""A practice's own pages after signing up and confirming: on listed sites only, with nothing of hers in the address."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import check_library
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.curriculum.examples import OFFER, PRACTICE, folder
from tests.journey.steps import work
from tests.web.conftest import Pages, on_one_database

SITE, THANKS, DONE = "https://www.example.org", "https://www.example.org/danke-schön", "https://www.example.org/done"


def publish_with(service: Service, *sites: str, slug: str = "course") -> None:
    library = service.library
    offer = replace(library.offers[slug], thanks_url=THANKS, confirmed_url=DONE)
    practice = replace(library.practice, sites=sites)
    publish(
        service,
        replace(library, practice=practice, offers={**library.offers, slug: offer}),
        "ada",
        service.clock.now(),
    )


def confirm_link(outbox: MemoryAdapter) -> str:
    found = re.search(r"https://letters\.example\.org(/confirm/[^\"\s]+)", outbox.mails[-1].html)
    assert found
    return found[1]


def test_the_forms_lead_to_the_practices_own_pages(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    publish_with(service, SITE)
    answer = pages.sign_up("course", email="ada@example.org")
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://www.example.org/danke-sch%C3%B6n")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    work(service)
    confirmed = pages.client.post(confirm_link(outbox))
    assert (confirmed.status_code, confirmed.headers["Location"]) == (303, DONE)


@on_one_database
def test_browsers_may_follow_there_from_the_forms_and_nowhere_else(pages: Pages, service: Service) -> None:
    assert "form-action 'self';" in pages.client.get("/offers/course").headers["Content-Security-Policy"]
    publish_with(service, SITE)
    policy = pages.client.get("/offers/course").headers["Content-Security-Policy"]
    assert f"form-action 'self' {SITE};" in policy
    assert "form-action 'self';" in pages.client.get("/pages/safety").headers["Content-Security-Policy"]


@on_one_database
def test_a_site_that_is_listed_no_more_is_not_led_to(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    publish_with(service, "https://other.example.org")
    assert pages.sign_up("course", email="ada@example.org").headers["Location"].endswith("/offers/course/thanks")
    work(service)
    assert pages.client.post(confirm_link(outbox)).status_code == 200
    assert "form-action 'self';" in pages.client.get("/offers/course").headers["Content-Security-Policy"]


@on_one_database
def test_a_training_plays_at_once_all_the_same(pages: Pages, service: Service) -> None:
    publish_with(service, SITE, slug="training")
    assert "/offers/training/watch" in pages.sign_up("training", email="ada@example.org").headers["Location"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("thanks_url: https://elsewhere.example.org/", "thanks_url is on https://elsewhere.example.org, which is none"),
        ("confirmed_url: http://www.example.org/", "is not encrypted"),
        ("thanks_url: www.example.org/thanks", "does not begin with https://"),
        ("confirmed_url: javascript:alert(1)", "does not begin with https://"),
    ],
)
def test_an_address_that_cannot_be_is_named_at_its_line(line: str, says: str) -> None:
    practice = PRACTICE.replace(b"[colours]", f'sites = ["{SITE}"]\n[colours]'.encode())
    offer = OFFER.replace(b"asset: ebook", f"asset: ebook\n{line}".encode())
    _, problems = check_library(folder(practice=practice, offer=offer))
    (found,) = [each for each in problems if says in each.message]
    assert (found.path, found.line, found.severity) == ("offers/ebook.md", 9, "error")


def test_a_page_on_a_listed_site_is_taken() -> None:
    practice = PRACTICE.replace(b"[colours]", f'sites = ["{SITE}"]\n[colours]'.encode())
    offer = OFFER.replace(b"asset: ebook", f"asset: ebook\nthanks_url: {DONE}".encode())
    library, problems = check_library(folder(practice=practice, offer=offer))
    assert library is not None
    assert not [each for each in problems if each.severity == "error"]
    assert library.offers["ebook"].thanks_url == DONE
