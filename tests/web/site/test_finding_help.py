"""The page of help: hers first, chosen by a plain form, numbers that can be dialled, and a date on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from funnel.curriculum.help import FindingHelp, PlaceOfHelp, Therapist
from funnel.curriculum.practice import Helpline
from funnel.publishing.publish import publish
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database, text_of

HELP = FindingHelp(
    (
        PlaceOfHelp("Room", "Ireland", languages=("en",), phone="+353 (0)1 555 0100", what_for="grief & longing"),
        PlaceOfHelp("Stube", "Germany", languages=("de",), url="https://stube.example.org/", what_for="loss"),
        PlaceOfHelp("Everywhere", url="https://all.example.org/", what_for="lists", checked=date(2027, 1, 31)),
    ),
    (
        Therapist("Fay", "Sydney", "Australia", ("couples",), languages=("en",), url="https://fay.example.org/"),
        Therapist("Ada", "", "", ("trauma",), online=True, languages=("de",), phone="0800 1"),
    ),
)
LINES = (
    Helpline("Ireland", "Samaritans", "116 123", "https://ie.example.org/", "day and night", None),
    Helpline("Australia", "Lifeline", "13 11 14", "", "day and night", date(2027, 2, 1)),
)

NAMES = ("Samaritans", "Lifeline", "Room", "Stube", "Everywhere")


@pytest.fixture
def helping(make_service: Callable[..., Service]) -> Pages:
    service = make_service()
    practice = replace(service.library.practice, helplines=LINES)
    publish(service, replace(service.library, practice=practice, help=HELP), "ada", service.clock.now())
    return Pages(create_app(service).test_client(use_cookies=False), service)


def order(text: str, *names: str) -> list[str]:
    return sorted((name for name in names if name in text), key=text.index)


def body(page: Pages, query: str = "", **headers: str) -> str:
    answer = page.client.get(f"/help{query}", headers=headers)
    assert answer.status_code == 200
    return answer.text.partition("<main")[2].partition("</main>")[0]


@on_one_database
def test_her_own_country_comes_first_without_being_asked(helping: Pages) -> None:
    assert order(body(helping), *NAMES) == ["Samaritans", "Room", "Lifeline", "Everywhere", "Stube"]
    german = body(helping, **{"Accept-Language": "de-DE"})
    assert order(german, *NAMES)[0] == "Stube"
    australian = body(helping, **{"Accept-Language": "en-AU"})
    assert order(australian, *NAMES)[0] == "Lifeline"


@on_one_database
@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("?country=DE", {"Stube", "Everywhere", "Ada"}),
        ("?country=AU", {"Lifeline", "Everywhere", "Fay", "Ada"}),
        ("?speaks=de", {"Samaritans", "Lifeline", "Stube", "Everywhere", "Ada"}),
        ("?online=yes&approach=trauma", {"Samaritans", "Lifeline", "Room", "Stube", "Everywhere", "Ada"}),
        ("?country=XX&speaks=%3Cb%3E&approach=none", {*NAMES, "Fay", "Ada"}),
    ],
)  # fmt: skip
def test_a_plain_form_chooses(helping: Pages, query: str, there: set[str]) -> None:
    text = body(helping, query)
    names = {*NAMES, "Fay", "Ada"}
    assert {name for name in names if f">{name}<" in text or f"<b>{name}</b>" in text} == there
    assert '<form method="get" action="/help"' in text.replace("http://localhost", "")
    assert "<script" not in text


@on_one_database
def test_each_says_when_it_was_checked_and_can_be_dialled(helping: Pages) -> None:
    text = body(helping)
    assert 'href="tel:+35315550100"' in text
    assert 'href="tel:116123"' in text
    assert "Checked on 31 January 2027" in text
    assert "Nobody has checked this one yet" in text
    assert "grief &amp; longing" in text
    assert 'href="https://stube.example.org/" rel="noreferrer"' in text


@on_one_database
def test_without_help_toml_there_is_no_such_page(make_service: Callable[..., Service]) -> None:
    service = make_service()
    publish(service, replace(service.library, help=None), "ada", service.clock.now())
    page = Pages(create_app(service).test_client(use_cookies=False), service)
    assert page.client.get("/help").status_code == 404
    for path in ("/", "/pages/finding-help"):
        assert "/help" not in page.client.get(path).text.replace("finding-help", "")


@on_one_database
def test_the_text_about_help_leads_there(helping: Pages) -> None:
    answer = helping.client.get("/pages/finding-help")
    assert "Helplines and other places of help, by country and language" in text_of(answer)
    assert "More places of help" in helping.client.get("/").text
    assert helping.client.get("/help").headers["Vary"].count("Accept-Language") == 1
