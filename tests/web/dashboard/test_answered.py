"""Who answered what, from the overview to the people themselves."""

from __future__ import annotations

import re
from html import unescape

from funnel.adapters.memory import MemoryAdapter
from funnel.wiring import Service
from tests.subscription.asked import TOPICS, WHERE, Asked
from tests.web.conftest import Pages, on_one_database

from .conftest import Browser, text_of

pytestmark = on_one_database


def test_a_number_leads_to_the_people_it_counts(
    signed_in: Browser, service: Service, pages: Pages, outbox: MemoryAdapter
) -> None:
    asked = Asked(service, pages, outbox)
    asked.ask("course", WHERE, TOPICS)
    asked.sign_up(where="ended", topics="calls")
    asked.press()
    overview = signed_in.get("/dashboard/funnel").text
    links = [unescape(href) for href in re.findall(r'href="(/dashboard/people\?[^"]*answer=[^"]+)"', overview)]
    assert len(links) == 2
    for link in links:
        shown = text_of(signed_in.get(link))
        assert "Confirmed, answered" in shown
        assert "ada@example.org" in shown
    nobody = text_of(signed_in.get("/dashboard/people?answer=where:together"))
    assert "answered “Where are you now?” with “We are together”" in nobody
    assert "Nobody." in nobody
    assert "ada@example.org" in text_of(signed_in.get("/dashboard/people?answer=where:nowhere")), "no such answer"
