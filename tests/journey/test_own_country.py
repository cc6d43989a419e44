"""Whoever is at her wits' end finds the helplines of her own country first: in every mail, by her zone."""

from __future__ import annotations

import re

import pytest

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Delivery
from funnel.sending.web_copy import web_copy
from funnel.wiring import Service
from tests.journey.steps import join, rows, work

EMAIL = "fay@example.org"


def first_country(text: str) -> str:
    found = re.search(r"To talk\s+to\s+somebody:\s*(?:</p>)?\s*(?:<ul[^>]*>)?\s*(?:<li[^>]*>)?\s*([^:<]+):", text)
    assert found is not None
    return found[1].strip()


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Australia/Sydney", "Australia"), ("Asia/Tokyo", "Ireland"), ("America/Chicago", "United States")],
)
def test_helplines_in_every_mail_begin_with_the_readers_country(
    service: Service, outbox: MemoryAdapter, zone: str, country: str
) -> None:
    join(service, EMAIL, zone=zone)
    work(service)
    mails = [mail for mail in outbox.mails if mail.recipient.address == EMAIL]
    assert len(mails) >= 2
    for mail in mails:
        assert first_country(mail.text) == first_country(mail.html) == country
    lesson: Delivery = rows(service, EMAIL)[-1]
    page = web_copy(service, lesson.ref)
    assert page is not None
    assert first_country(page) == country
