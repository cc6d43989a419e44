"""What a person's page says of an address that gets no mail, and what can be done about it."""

from __future__ import annotations

import pytest

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import throwaway
from funnel.enrolment.giving_up import give_up_address
from funnel.models import Lead, SuppressionReason
from funnel.people.suppression import Grounds
from funnel.web.dashboard.labels import SUPPRESSIONS
from funnel.wiring import Service
from tests.journey.steps import join, work
from tests.web.conftest import on_one_database
from tests.web.dashboard.conftest import Browser, text_of


@on_one_database
def test_a_persons_page_says_that_her_mailbox_is_probably_thrown_away(
    signed_in: Browser, service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = join(service, "ada@example.org").lead_id
    said = "Addresses at example.org are made for an hour or a day"
    assert said not in text_of(signed_in.get(f"/dashboard/people/{number}"))
    monkeypatch.setattr(throwaway, "_listed", lambda: frozenset({"example.org"}))
    assert said in text_of(signed_in.get(f"/dashboard/people/{number}"))


@on_one_database
@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_a_persons_page_says_why_she_gets_no_mail(
    signed_in: Browser, service: Service, outbox: MemoryAdapter, reason: SuppressionReason
) -> None:
    number = join(service, "dan@example.org", name="Dan").lead_id
    work(service)
    with service.db.write() as session:
        grounds = Grounds(reason, service.clock.now(), "605 Not delivering to previously bounced address")
        give_up_address(session, service.links, session.get_one(Lead, number), grounds)
    page = text_of(signed_in.get(f"/dashboard/people/{number}"))
    assert SUPPRESSIONS[reason] in page
    assert "605 Not delivering to previously bounced address" in page
    assert ("funnel suppress remove dan@example.org" in page) is (reason is SuppressionReason.PROVIDER_LIST)
    assert "provider_list" not in page + text_of(signed_in.get("/dashboard/people"))
