"""Whom a reader passes a mail on to learns neither her name nor her address by its links, and renames nobody."""

from __future__ import annotations

import re
from html import unescape

import pytest

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Lead
from funnel.wiring import Service
from tests.journey.steps import join, work
from tests.web.conftest import Pages, on_one_database
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

pytestmark = on_one_database
ADDRESS, NAME = "ada.quillfeather@example.org", "Zaphodora"


@pytest.fixture
def links(service: Service, outbox: MemoryAdapter) -> list[str]:
    """Where the links of all mails to her lead: those of ours, without those that are counted."""
    for offer in ("course", "ebook", "training"):
        join(service, ADDRESS, offer, name=NAME)
        work(service)
    found = {
        unescape(path)
        for mail in outbox.mails
        for path in re.findall(r'href="https://letters\.example\.org(/[^"]*)"', mail.html)
    }
    return sorted(found)


def test_no_page_behind_a_link_tells_who_she_is(service: Service, pages: Pages, links: list[str]) -> None:
    kinds = {link.split("/")[1] for link in links}
    assert {"p", "u", "c", "r"} <= kinds
    for link in links:
        answer = pages.client.get(link, follow_redirects=True, base_url="https://letters.example.org", buffered=True)
        said = answer.get_data().decode("utf-8", "replace").lower()
        assert ADDRESS.partition("@")[0] not in said, link
        assert NAME.lower() not in said, link


def test_nor_does_any_page_that_those_lead_to(service: Service, pages: Pages, links: list[str]) -> None:
    seen, waiting = set[str](), list(links)
    while waiting:
        link = waiting.pop()
        if link in seen or link.startswith(("/static/", "/media/", "/offers/", "/download/")):
            continue
        seen.add(link)
        answer = pages.client.get(link, follow_redirects=True, base_url="https://letters.example.org", buffered=True)
        said = answer.get_data().decode("utf-8", "replace")
        assert ADDRESS.partition("@")[0] not in said.lower(), link
        assert NAME not in said, link
        waiting += [unescape(path) for path in re.findall(r'href="(?:https://letters\.example\.org)?(/[^"#]*)"', said)]
    assert {"again", "r"} <= {link.split("/")[1] for link in seen}


def test_no_button_behind_a_link_renames_her(service: Service, pages: Pages, links: list[str]) -> None:
    form = {"name": "Eve", "first_name": "Eve", "email": "eve@example.org", "timezone": "Europe/Dublin"}
    for link in links:
        for action in ("about", "save", "own-data"):
            pages.client.post(link, data=form | {"do": action, "tracking": "full"})
    (lead,) = pages.rows(Lead)
    assert (lead.email, lead.first_name) == (ADDRESS, NAME)
