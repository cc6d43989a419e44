"""Who signed up from where."""

from __future__ import annotations

from sqlalchemy import select

from funnel.insight import source_counts
from funnel.models import Lead, Signup
from funnel.subscription.confirming import confirm
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service


def test_each_source_of_each_offer_says_how_many_asked_and_how_many_confirmed(service: Service) -> None:
    for name, source in (("ben", "blog"), ("cleo", "blog"), ("fay", "shop"), ("dan", "")):
        utm = {"source": source} if source else {}
        request = SignupRequest("ebook", f"{name}@example.org", "", None, consent=True, utm=utm)
        sign_up(service, request, service.clock.now())
    with service.db.read() as session:
        cleo = session.scalars(select(Signup.id).join(Lead).where(Lead.email == "cleo@example.org")).one()
    assert confirm(service, cleo, service.clock.now()) is not None
    with service.db.read() as session:
        found = source_counts(session)
    assert [(each.source, each.offer, each.asked, each.confirmed) for each in found] == [
        ("blog", "ebook", 2, 1),
        ("shop", "ebook", 1, 0),
    ]


def test_a_source_is_kept_as_it_was_first_said(service: Service) -> None:
    for source in ("blog", "shop"):
        request = SignupRequest("ebook", "ada@example.org", "", None, consent=True, utm={"source": source})
        sign_up(service, request, service.clock.now())
    with service.db.read() as session:
        assert [each.source for each in source_counts(session)] == ["blog"]
