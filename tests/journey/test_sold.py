"""A course that is sold: a purchase brings it, nothing free does, and a refund ends it kindly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.agreeing import purchase_text
from funnel.insight.purchases import PurchaseCount, purchase_counts
from funnel.models import Consent, ConsentKind, Enrolment, Lead, Purchase, Signup, SuppressionReason
from funnel.people.agreements import agreed_to
from funnel.people.suppression import Grounds, suppress
from funnel.privacy.erase import erase_lead
from funnel.subscription.buying import Bought, PurchaseNote, note_purchase
from funnel.subscription.choices import stop_sequence, take_up_sequence
from funnel.subscription.confirming import confirm
from funnel.subscription.refunding import Refund, Refunded, note_refund
from funnel.subscription.signup import SignupError, ask_again
from funnel.subscription.tagging import TagWish, set_tags
from funnel.subscription.taking_up import take_up
from funnel.subscription.unsubscribe import leave
from funnel.tracking.recount import disagreements
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, rows, sent, work
from tests.selling import DEEP, DEEP_LESSONS, sell

ADA, BEN = "ada@example.org", "ben@example.org"
Buy = Callable[..., Bought]


@pytest.fixture
def shop(service: Service) -> Service:
    sell(service)
    return service


def buy(service: Service, email: str = ADA, order: str = "", days_ago: float | None = None) -> Bought:
    now = service.clock.now()
    at = None if days_ago is None else now - timedelta(days=days_ago)
    return note_purchase(service, PurchaseNote(email, DEEP, "owner", at, order), now)


def refund(service: Service, email: str = ADA, order: str = "") -> Refunded:
    return note_refund(service, Refund(email, DEEP, "owner", order), service.clock.now())


def lead_of(service: Service, email: str = ADA) -> Lead:
    with service.db.read() as session:
        return session.scalars(select(Lead).where(Lead.email_key == email)).one()


def consents(service: Service) -> list[Consent]:
    with service.db.read() as session:
        return list(session.scalars(select(Consent).order_by(Consent.id)))


def purchases(service: Service) -> list[Purchase]:
    with service.db.read() as session:
        return list(session.scalars(select(Purchase).order_by(Purchase.id)))


def test_a_purchase_by_somebody_unknown_brings_the_course(
    shop: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    assert buy(shop, order="1042") == Bought(again=False, began=(DEEP,))
    work(shop)
    assert sent(shop, "ada") == ["one-wish"]
    live(shop, time, 30)
    assert sent(shop, "ada") == DEEP_LESSONS
    lead, (said,) = lead_of(shop), consents(shop)
    assert (lead.state, lead.tracking, lead.tags) == ("confirmed", "none", [f"bought:{DEEP}"])
    assert said.text == purchase_text(shop.library.offers[DEEP], shop.library.sequences)
    assert (said.kind, said.offer, said.sequences) == ("confirmed", DEEP, [DEEP])
    assert {key: said.detail[key] for key in ("via", "order", "noted_by")} == {
        "via": "purchase", "order": "1042", "noted_by": "owner",
    }  # fmt: skip
    with shop.db.read() as session:
        (signup,) = session.scalars(select(Signup)).all()
        assert purchase_counts(session) == {DEEP: PurchaseCount(1, 0)}
    assert signup.under_way_at is not None
    assert signup.finished_at is not None
    assert "unsubscribe" in str(outbox.mails[0].headers).lower()
    assert all('width="1"' not in mail.html for mail in outbox.mails)


def test_noting_a_purchase_twice_is_once(shop: Service, outbox: MemoryAdapter) -> None:
    for order in ("1042", ""):
        buy(shop, order=order)
        found = buy(shop, order=order)
        assert found == Bought(again=True, not_begun=((DEEP, "it is under way"),))
    work(shop)
    assert sent(shop, "ada") == ["one-wish"]
    assert len(purchases(shop)) == len(consents(shop)) == 1
    with pytest.raises(LookupError, match="somebody else's"):
        buy(shop, BEN, order="1042")
    with shop.db.read() as session:
        assert session.scalars(select(Lead.email)).all() == [ADA]


def test_noting_it_from_many_places_at_once_is_once(shop: Service, outbox: MemoryAdapter) -> None:
    with ThreadPoolExecutor(6) as threads:
        noted = list(threads.map(lambda _: buy(shop, order="1042"), range(6)))
    assert sorted(each.again for each in noted) == [False, *[True] * 5]
    work(shop)
    assert sent(shop, "ada") == ["one-wish"]
    assert len(purchases(shop)) == len(consents(shop)) == 1


def test_a_purchase_noted_by_hand_gets_its_number_from_the_shop(shop: Service, outbox: MemoryAdapter) -> None:
    buy(shop)
    assert buy(shop, order="1042").again
    assert [each.order_ref for each in purchases(shop)] == ["1042"]
    assert not buy(shop, order="1043").again


def test_who_never_confirmed_is_brought_what_she_bought_alone(shop: Service, outbox: MemoryAdapter) -> None:
    ask(shop, BEN, "ebook")
    work(shop)
    buy(shop, BEN)
    work(shop)
    assert sent(shop, "ben") == ["one-wish"]
    with shop.db.read() as session:
        ebook = session.scalars(select(Signup).where(Signup.offer == "ebook")).one()
        assert agreed_to(session, ebook.lead_id) == {DEEP}
    assert ebook.confirmed_at is None


def test_what_a_reader_chose_to_be_measured_stays(shop: Service, outbox: MemoryAdapter) -> None:
    join(shop, ADA, "ebook")
    before = lead_of(shop).tracking
    buy(shop)
    assert lead_of(shop).tracking == before


def test_nothing_free_starts_what_is_sold(shop: Service, outbox: MemoryAdapter) -> None:
    with pytest.raises(SignupError, match="This is sold"):
        ask(shop, ADA, DEEP)
    join(shop, ADA, "ebook", both=True)
    with pytest.raises(LookupError, match="funnel reader bought"):
        set_tags(shop, ADA, TagWish((f"bought:{DEEP}",)), shop.clock.now())
    work(shop)
    assert "one-wish" not in sent(shop, "ada")


def test_a_sign_up_from_when_it_was_free_starts_nothing(service: Service, outbox: MemoryAdapter) -> None:
    number = ask(service, ADA, "course")
    with service.db.write() as session:
        session.get_one(Signup, number).offer = DEEP
    sell(service)
    assert confirm(service, number, service.clock.now()) is None
    assert not ask_again(service, number, service.clock.now())
    work(service)
    assert sent(service, "ada") == []


def test_a_refund_ends_it_kindly_and_for_good(
    shop: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    buy(shop, order="1042")
    live(shop, time, 8)
    mails = len(outbox.mails)
    assert refund(shop) == Refunded(ended=(DEEP,))
    assert refund(shop, order="1042") == Refunded(again=True)
    live(shop, time, 30)
    assert len(outbox.mails) == mails
    assert lead_of(shop).tags == []
    with shop.db.read() as session:
        assert [each.reason for each in session.scalars(select(Enrolment))] == ["refunded"]
        assert agreed_to(session, lead_of(shop).id) == frozenset()
        assert purchase_counts(session) == {DEEP: PurchaseCount(1, 1)}
    assert consents(shop)[-1].kind == ConsentKind.ENDED
    with pytest.raises(LookupError, match="was refunded on"):
        buy(shop, order="1042")
    with pytest.raises(LookupError, match="has not bought"):
        refund(shop, order="7")
    with pytest.raises(LookupError, match="funnel reader bought"):
        take_up(shop, ADA, DEEP, shop.clock.now())
    with pytest.raises(LookupError, match="nobody is known"):
        refund(shop, BEN)


def test_who_buys_again_after_a_refund_goes_on_where_she_was(
    shop: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    buy(shop)
    live(shop, time, 1)
    refund(shop)
    live(shop, time, 3)
    assert buy(shop) == Bought(again=False, began=(DEEP,))
    live(shop, time, 30)
    assert sent(shop, "ada") == DEEP_LESSONS


def test_of_two_purchases_one_refund_leaves_the_other(shop: Service, outbox: MemoryAdapter) -> None:
    buy(shop, order="1")
    buy(shop, order="2")
    assert refund(shop, order="1") == Refunded(keeps=True)
    assert lead_of(shop).tags == [f"bought:{DEEP}"]
    assert refund(shop) == Refunded(ended=(DEEP,))


def test_what_she_stopped_is_not_taken_up_after_a_refund(shop: Service, outbox: MemoryAdapter) -> None:
    buy(shop)
    work(shop)
    mail, now = rows(shop, ADA)[-1].id, shop.clock.now()
    assert stop_sequence(shop, mail, DEEP, now)
    assert refund(shop) == Refunded()
    assert not take_up_sequence(shop, mail, DEEP, now)


def test_who_left_since_she_bought_gets_nothing(
    shop: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(shop, ADA, "ebook")
    live(shop, time, 10)
    leave(shop, rows(shop, ADA)[-1].ref, shop.clock.now(), "page")
    live(shop, time, 1)
    with pytest.raises(LookupError, match="say when this was bought, with --at"):
        buy(shop)
    before = len(outbox.mails)
    assert buy(shop, days_ago=3).not_begun == ((DEEP, "she has left since she bought it"),)
    live(shop, time, 10)
    assert len(outbox.mails) == before
    assert lead_of(shop).state == "left"


def test_who_left_before_she_bought_gets_that_and_nothing_else(
    shop: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(shop, ADA, "course")
    live(shop, time, 1)
    leave(shop, rows(shop, ADA)[-1].ref, shop.clock.now(), "page")
    live(shop, time, 2)
    assert buy(shop, days_ago=1).began == (DEEP,)
    live(shop, time, 60)
    assert sent(shop, "ada") == ["begin-here", "name-the-alarm", *DEEP_LESSONS][0:1] + DEEP_LESSONS
    assert lead_of(shop).tracking == "none"


def test_a_buyer_who_left_comes_back_by_her_own_link(
    shop: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    buy(shop)
    live(shop, time, 1)
    leave(shop, rows(shop, ADA)[-1].ref, shop.clock.now(), "page")
    live(shop, time, 1)
    with shop.db.read() as session:
        number = session.scalars(select(Signup.id)).one()
    assert ask_again(shop, number, shop.clock.now())
    work(shop)
    assert confirm(shop, number, shop.clock.now()) is not None
    live(shop, time, 30)
    assert sent(shop, "ada") == DEEP_LESSONS


def test_an_address_that_is_not_written_to_is_told_and_begins_later(shop: Service, outbox: MemoryAdapter) -> None:
    with shop.db.write() as session:
        suppress(session, shop.links, "dan@example.org", Grounds(SuppressionReason.BOUNCED, shop.clock.now()))
    (why,) = buy(shop, "dan@example.org", "7").not_begun
    assert why == (DEEP, "she is not written to: bounced")
    work(shop)
    assert outbox.mails == []
    assert len(purchases(shop)) == 1


def test_who_was_erased_stays_so_but_may_buy_anew(
    shop: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    buy(shop, order="1")
    number = lead_of(shop).id
    live(shop, time, 1)
    erase_lead(shop, number, shop.clock.now())
    assert [each.order_ref for each in purchases(shop)] == [None]
    live(shop, time, 1)
    for days_ago, said in ((None, "say when"), (1.5, "was erased on")):
        with pytest.raises(LookupError, match=said):
            buy(shop, order="1", days_ago=days_ago)
    with shop.db.read() as session:
        assert session.scalars(select(Lead.id).where(Lead.email_key == ADA)).all() == []
    assert buy(shop, order="2", days_ago=0.5).began == (DEEP,)


@pytest.mark.parametrize(
    ("email", "offer", "said"),
    [
        ("ada", DEEP, "no e-mail address"),
        (ADA, "deep-corse", "Did you mean deep-course?"),
        (ADA, "ebook", "ebook is free"),
    ],
)
def test_a_purchase_that_cannot_be_is_said_to_be_so(shop: Service, email: str, offer: str, said: str) -> None:
    now = shop.clock.now()
    with pytest.raises(LookupError, match=said):
        note_purchase(shop, PurchaseNote(email, offer, "owner"), now)
    with pytest.raises(LookupError, match="yet to come"):
        note_purchase(shop, PurchaseNote(ADA, DEEP, "owner", now + timedelta(days=1)), now)
    with pytest.raises(LookupError, match="at most 100 characters"):
        note_purchase(shop, PurchaseNote(ADA, DEEP, "owner", order="x" * 101), now)
    assert purchases(shop) == []


def test_figures_agree_with_rows_after_purchases(shop: Service, outbox: MemoryAdapter) -> None:
    buy(shop)
    buy(shop, BEN)
    refund(shop, BEN)
    work(shop)
    with shop.db.read() as session:
        assert disagreements(session) == []
