"""Whoever reported our mail as spam is not mailed again, whatever comes later: only somebody by hand could do that."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces.listing import (
    StaysForEver,
    add_address,
    import_addresses,
    listed,
    read_csv,
    remove_address,
    write_csv,
)
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState, Lead, Suppression, SuppressionReason
from funnel.people.suppression import Grounds, digest_of, suppress, unsuppress
from funnel.privacy.erase import erase
from funnel.replies import BounceKind, ListedFor
from funnel.sending.outcomes import record_outcome
from funnel.subscription.confirming import confirm
from funnel.webhooks.events import ProviderKind
from funnel.wiring import Service
from tests.journey.steps import ask, join, lessons, rows, work
from tests.webhooks.steps import lose, reason_of, tell

GUS = "gus@example.org"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def gus(service: Service, outbox: MemoryAdapter) -> Delivery:
    """Gus's first lesson, which he reported as spam."""
    join(service, GUS, name="Gus")
    work(service)
    first = rows(service, GUS)[-1]
    tell(service, ProviderKind.COMPLAINED, first, key="complaint", recipient=GUS)
    assert reason_of(service, GUS) == "complained"
    return first


def written(service: Service, reason: SuppressionReason) -> Callable[[Delivery], None]:
    def do(first: Delivery) -> None:
        with service.db.write() as session:
            add_address(session, service.links, GUS, Grounds(reason, service.clock.now(), "later"))

    return do


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_no_later_reason_takes_its_place(service: Service, gus: Delivery, reason: SuppressionReason) -> None:
    written(service, reason)(gus)
    assert reason_of(service, GUS) == "complained"


@pytest.mark.parametrize(
    ("kind", "bounce"),
    [
        (ProviderKind.BOUNCED, BounceKind.HARD),
        (ProviderKind.BOUNCED, BounceKind.SOFT),
        (ProviderKind.REJECTED, BounceKind.LISTED),
        (ProviderKind.UNSUBSCRIBED, BounceKind.LISTED),
        (ProviderKind.UNSUBSCRIBED, BounceKind.UNKNOWN),
        (ProviderKind.DELIVERED, BounceKind.UNKNOWN),
        (ProviderKind.OPENED, BounceKind.UNKNOWN),
    ],
)
def test_no_later_event_takes_it_back(service: Service, gus: Delivery, kind: ProviderKind, bounce: BounceKind) -> None:
    tell(service, kind, gus, key="later", recipient=GUS, bounce_kind=bounce, reason="550 5.1.1")
    assert reason_of(service, GUS) == "complained"


@pytest.mark.parametrize("why", [None, *ListedFor])
def test_no_later_answer_takes_it_back(service: Service, gus: Delivery, why: ListedFor | None) -> None:
    lose(service, gus, DeliveryState.HANDING_OVER)
    with service.db.write() as session:
        answer = Outcome(OutcomeKind.PERMANENT_RECIPIENT, "550 5.1.1 gone", listed=why)
        record_outcome(session, service, session.get_one(Delivery, gus.id), answer, service.clock.now())
    assert reason_of(service, GUS) == "complained"


def test_signing_up_again_sends_nothing(service: Service, gus: Delivery, outbox: MemoryAdapter) -> None:
    before = len(outbox.mails)
    number = ask(service, GUS)
    work(service)
    assert number
    assert reason_of(service, GUS) == "complained"
    assert [mail.recipient.address for mail in outbox.mails[before:]] == []


def test_nor_does_confirming_by_a_link_of_before(service: Service, gus: Delivery) -> None:
    assert confirm(service, ask(service, GUS), service.clock.now()) is None
    work(service)
    assert reason_of(service, GUS) == "complained"
    assert len(lessons(service, GUS)) == 1


def test_taking_him_off_the_list_is_refused(service: Service, gus: Delivery) -> None:
    with service.db.write() as session, pytest.raises(StaysForEver, match="complained"):
        remove_address(session, service.links, GUS)
    assert reason_of(service, GUS) == "complained"


@pytest.mark.parametrize("reason", ["bounced", "provider_list", "by_hand", "erased", "", "nonsense"])
@pytest.mark.parametrize("by", ["email", "digest"])
def test_an_imported_list_makes_it_no_weaker(service: Service, gus: Delivery, reason: str, by: str) -> None:
    taken_in(service, by, reason)
    assert reason_of(service, GUS) == "complained"


@pytest.mark.parametrize("by", ["email", "digest"])
def test_an_imported_complaint_outranks_what_was_there(service: Service, by: str) -> None:
    with service.db.write() as session:
        suppress(session, service.links, GUS, Grounds(SuppressionReason.BOUNCED, service.clock.now()))
    taken_in(service, by, "complained")
    assert reason_of(service, GUS) == "complained"


def test_a_list_that_went_out_comes_in_with_the_same_reasons(service: Service) -> None:
    with service.db.write() as session:
        for number, reason in enumerate(SuppressionReason):
            grounds = Grounds(reason, service.clock.now() + timedelta(minutes=number), "as told")
            suppress(session, service.links, f"reader{number}@example.org", grounds)
        out = io.StringIO()
        write_csv(listed(session, service.links), out)
    with service.db.write() as session:
        session.query(Suppression).delete()
    with service.db.write() as session:
        import_addresses(session, service.links, read_csv(io.StringIO(out.getvalue())), "again", service.clock.now())
        found = [(row.reason, row.note) for row in listed(session, service.links)]
    assert sorted(found) == sorted((reason.value, "as told") for reason in SuppressionReason)


def test_erasing_him_keeps_it(service: Service, gus: Delivery) -> None:
    erase(service, GUS, service.clock.now())
    assert reason_of(service, GUS) == "complained"


def test_a_complaint_as_something_else_is_lifted_stays(service: Service) -> None:
    with service.db.write() as session:
        suppress(session, service.links, GUS, Grounds(SuppressionReason.ERASED, service.clock.now()))
    with service.db.write() as session:
        complain_meanwhile(session, service)
        assert not unsuppress(session, service.links, GUS, SuppressionReason.ERASED)
    assert reason_of(service, GUS) == "complained"


def complain_meanwhile(session: Session, service: Service) -> None:
    suppress(session, service.links, GUS, Grounds(SuppressionReason.COMPLAINED, service.clock.now()))
    session.flush()


def taken_in(service: Service, by: str, reason: str) -> None:
    value = GUS if by == "email" else digest_of(service.links, GUS)
    rows = read_csv(io.StringIO(f"{by},reason\n{value},{reason}\n"))
    with service.db.write() as session:
        import_addresses(session, service.links, rows, "imported", service.clock.now())


def test_gus_is_a_reader_like_any_other_until_then(service: Service, outbox: MemoryAdapter) -> None:
    join(service, GUS)
    with service.db.read() as session:
        assert session.query(Lead).count() == 1
    assert reason_of(service, GUS) is None
