"""Signing up: the same answer for everybody, the evidence kept, nothing half written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.agreeing import agreed_text
from funnel.models import Consent, Delivery, FunnelCount, Lead, Signup
from funnel.subscription.signup import SignupError, SignupRequest, sign_up
from funnel.wiring import Service
from tests.journey.steps import ask, join, rows, work


def count(service: Service, model: type) -> int:
    with service.db.read() as session:
        return session.scalars(select(func.count()).select_from(model)).one()


def test_the_evidence_holds_the_exact_sentence_that_was_shown(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org", "ebook")
    shown = agreed_text(service.library.offers["ebook"], service.library.practice, service.library.sequences)
    with service.db.read() as session:
        evidence = session.execute(select(Consent.kind, Consent.offer, Consent.text).order_by(Consent.id)).all()
    assert [tuple(row) for row in evidence] == [("asked", "ebook", shown), ("confirmed", "ebook", shown)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "   "}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@example.org\nBcc: ben@example.org"}, "email"),
        ({"email": "ada@example.org, ben@example.org"}, "email"),
        ({"email": "a" * 300 + "@example.org"}, "email"),
        ({"email": "a" * 65 + "@example.org"}, "email"),
        ({"consent": False}, "consent"),
        ({"offer": "no-such-offer"}, "offer"),
    ],
)
def test_a_wrong_form_says_which_field_and_writes_nothing(
    service: Service, outbox: MemoryAdapter, change: dict[str, object], field: str
) -> None:
    values: dict[str, object] = {
        "offer": "ebook",
        "email": "ada@example.org",
        "first_name": "Ada",
        "zone": None,
        "consent": True,
    }
    with pytest.raises(SignupError) as error:
        sign_up(service, SignupRequest(**(values | change)), service.clock.now())  # type: ignore[arg-type]
    assert list(error.value.errors) == [field]
    for model in (Lead, Signup, Consent, Delivery, FunnelCount):
        assert count(service, model) == 0


def test_one_address_is_one_lead_however_it_is_written(service: Service, outbox: MemoryAdapter) -> None:
    ask(service, "ada@example.org")
    ask(service, "ADA@Example.ORG", "ebook")
    assert count(service, Lead) == 1
    assert count(service, Signup) == 2


def test_signing_up_again_in_minutes_mails_again_after_an_hour(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    for _ in range(5):
        ask(service, "ada@example.org")
        time.shift(timedelta(minutes=1))
    work(service)
    assert len(outbox.mails) == 1
    time.shift(timedelta(minutes=10))
    ask(service, "ada@example.org")
    work(service)
    assert len(outbox.mails) == 1
    time.shift(timedelta(minutes=45))
    work(service)
    assert len(outbox.mails) == 2


def test_who_has_confirmed_and_signs_up_again_gets_the_link(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org", "ebook")
    work(service)
    time.shift(timedelta(days=1))
    ask(service, "ada@example.org", "ebook")
    work(service)
    assert [row.kind for row in rows(service, "ada@example.org")] == ["confirmation", "lesson", "asset"]
    assert "/download/" in outbox.mails[-1].text


def test_a_stranger_who_types_her_address_cannot_rename_her(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org", "ebook", name="Ada", zone="Europe/Dublin")
    ask(service, "ada@example.org", "course", name="Somebody Else", zone="Asia/Tokyo")
    with service.db.read() as session:
        assert [tuple(row) for row in session.execute(select(Lead.first_name, Lead.zone))] == [("Ada", "Europe/Dublin")]


def test_an_unknown_zone_is_forgotten_and_the_practices_counts(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org", zone="Mars/Olympus")
    with service.db.read() as session:
        assert session.scalars(select(Lead.zone)).all() == [None]


def test_only_known_campaign_fields_are_kept_and_cut(service: Service, outbox: MemoryAdapter) -> None:
    utm = {"utm_source": "x" * 500, "utm_medium": "", "password": "secret"}
    sign_up(service, SignupRequest("ebook", "ada@example.org", "", None, consent=True, utm=utm), service.clock.now())
    with service.db.read() as session:
        assert session.scalars(select(Signup.utm)).all() == [{"utm_source": "x" * 100}]


def test_a_second_offer_in_a_day_sends_its_asset_but_no_lesson(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org", "course")
    join(service, "ada@example.org", "ebook")
    work(service)
    made = [(row.kind, row.lesson_id) for row in rows(service, "ada@example.org")]
    assert made == [("confirmation", None), ("lesson", "begin-here"), ("confirmation", None), ("asset", None)]


def test_who_signs_up_again_is_asked_and_gets_no_dead_link(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org", "course")
    work(service)
    time.shift(timedelta(days=1))
    ask(service, "ada@example.org", "course")
    work(service)
    assert [row.kind for row in rows(service, "ada@example.org")] == ["confirmation", "lesson", "confirmation"]
