"""What comes after a change of address: bounces, erasing, a backup from before it, and links that are misused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import read_bounce
from funnel.bounces.record import record_bounce
from funnel.links import Purpose
from funnel.models import AddressChange, Delivery, Lead, SuppressionReason
from funnel.people.suppression import suppressed
from funnel.privacy.erase import erase, erase_lead, reapply
from funnel.privacy.new_address import AddressWish, ask_new_address
from funnel.privacy.sweep import Sweeper, count_old
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.bounces.steps import bounce, return_address
from tests.journey.steps import join, live, rows, work
from tests.privacy.new_address_steps import ADA, BEN, NEW, ask_for, changed, joined, last_to, lead_of, link_in
from tests.web.conftest import Pages, on_one_database


@pytest.fixture
def ada(service: Service, outbox: MemoryAdapter) -> Lead:
    return joined(service)


def come_back(service: Service, raw: bytes) -> None:
    record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())


def test_a_bounce_at_the_old_address_says_nothing_of_the_new_one(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead
) -> None:
    lesson = next(row for row in rows(service, ADA) if row.kind == "lesson")
    changed(service, pages, outbox)
    come_back(service, bounce(return_address(service.links, lesson), ADA, "550 5.1.1 no such user"))
    with service.db.read() as session:
        known = suppressed(session, service.links, [ADA, NEW])
    assert known == {ADA: SuppressionReason.BOUNCED}
    assert {row.state for row in pages.rows(Lead)} == {"confirmed"}


def test_a_bounce_of_the_new_address_says_nothing_of_the_one_she_has(
    service: Service, outbox: MemoryAdapter, ada: Lead
) -> None:
    ask_for(service, outbox)
    asking = next(row for row in rows(service, ADA) if row.kind == "new_address")
    come_back(service, bounce(return_address(service.links, asking), NEW, "550 5.1.1 no such user"))
    with service.db.read() as session:
        assert suppressed(session, service.links, [ADA, NEW]) == {NEW: SuppressionReason.BOUNCED}


@on_one_database
def test_a_room_link_mailed_before_the_change_opens_no_more(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    mail = rows(service, ADA)[-1].id
    assert pages.client.get(f"/me/{pages.dated(Purpose.OWN_DATA, mail)}").status_code == 200
    time.shift(timedelta(minutes=2))
    changed(service, pages, outbox)
    token = pages.dated(Purpose.OWN_DATA, mail)
    assert pages.client.get(f"/me/{token}").status_code == 410
    assert pages.client.post(f"/me/{token}", data={"do": "erase"}).status_code == 410
    assert lead_of(service, NEW) is not None


def test_erasing_takes_the_changes_along_and_ends_their_links(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead
) -> None:
    undo = changed(service, pages, outbox)
    assert ask_new_address(service, ada.id, BEN, service.clock.now()) is AddressWish.ASKED
    work(service)
    onwards = link_in(last_to(outbox, BEN), "new-address")
    erase(service, NEW, service.clock.now())
    assert pages.rows(AddressChange) == []
    for path in (undo, onwards):
        assert pages.client.get(path).status_code == 410
        assert pages.client.post(path).status_code == 410
    assert {row.state for row in pages.rows(Lead)} == {"erased"}


def test_a_backup_from_before_the_change_brings_nobody_back(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    changed(service, pages, outbox)
    time.shift(timedelta(days=30))
    erase_lead(service, ada.id, service.clock.now())
    with service.db.write() as session:  # as the backup knows her
        lead = session.get_one(Lead, ada.id)
        lead.email, lead.email_key, lead.state = ADA, ADA, "confirmed"
        session.execute(Lead.metadata.tables["erasure"].delete())
    assert reapply(service) == 1
    assert {row.state for row in pages.rows(Lead)} == {"erased"}


@on_one_database
def test_who_has_the_old_address_since_is_not_erased_with_her(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    changed(service, pages, outbox)
    time.shift(timedelta(days=1))
    join(service, ADA)
    erase_lead(service, ada.id, service.clock.now())
    with service.db.write() as session:
        session.execute(Lead.metadata.tables["erasure"].delete())
    reapply(service)
    kept = lead_of(service, ADA)
    assert kept is not None
    assert kept.state == "confirmed"


@on_one_database
def test_every_misuse_of_its_links_changes_nothing(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    path = ask_for(service, outbox)
    undo_shaped = path.replace("new-address", "old-address")
    tampered = path[:-1] + ("a" if path[-1] != "a" else "b")
    mail = pages.dated(Purpose.OWN_DATA, rows(service, ADA)[-1].id)
    for wrong in (undo_shaped, tampered, f"/new-address/{mail}", f"/old-address/{mail}", "/new-address/none"):
        assert pages.client.get(wrong).status_code == 404
        assert pages.client.post(wrong).status_code == 404
    time.shift(timedelta(days=1, seconds=5))
    assert pages.client.get(path).status_code == 410
    assert pages.client.post(path).status_code == 410
    assert [row.email for row in pages.rows(Lead)] == [ADA]


@on_one_database
def test_who_has_left_may_have_it_changed_and_is_not_written_to(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    leave(service, rows(service, ADA)[0].ref, service.clock.now(), "page")
    changed(service, pages, outbox)
    before = len(outbox.mails)
    live(service, time, 20)
    assert len(outbox.mails) == before


@on_one_database
def test_of_an_old_change_only_digests_stay(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    changed(service, pages, outbox)
    ask_new_address(service, ada.id, BEN, service.clock.now())
    time.shift(timedelta(days=8))
    assert count_old(service)["addresses"] == 2
    Sweeper(service).all()
    (kept,) = pages.rows(AddressChange)
    assert (kept.old_email, kept.new_email, bool(kept.old_digest)) == ("", "", True)
    assert [row.kind for row in pages.rows(Delivery) if row.state == "held"] == []
