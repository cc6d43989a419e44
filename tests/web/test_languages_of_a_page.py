"""The links to a page in another language, whatever a visitor's address says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database

pytestmark = on_one_database


@pytest.fixture(autouse=True)
def two_languages(service: Service) -> None:
    practice = replace(service.library.practice, languages=("de",))
    publish(service, replace(service.library, practice=practice), "ada", service.clock.now())


@pytest.mark.parametrize(
    "query",
    ["endpoint=x", "_scheme=javascript&_anchor=%0aalert(1)", "_external=yes", "_method=BREW", "slug=quiz", "self=x"],
)
def test_no_word_in_an_address_changes_where_they_lead(pages: Pages, query: str) -> None:
    answer = pages.client.get(f"/offers/ebook?{query}")
    assert answer.status_code == 200
    assert 'href="/offers/ebook?lang=de&amp;' in answer.text
    assert "javascript:" not in answer.text


def test_they_carry_on_what_the_address_says(pages: Pages) -> None:
    assert 'href="/offers/ebook?lang=de&amp;source=a+%26+b"' in pages.client.get("/offers/ebook?source=a+%26+b").text
    assert 'href="/offers/ebook?lang=en"' in pages.client.get("/offers/ebook?lang=de").text
