"""What follows from an event: once, in any order, and only for mail that is surely ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.models import (
    Actor,
    Delivery,
    DeliveryState,
    Lead,
    LeadState,
    Suppression,
)
from funnel.replies import BounceKind
from funnel.sending.refused import SOFT_LIMIT
from funnel.webhooks.events import ProviderKind
from funnel.webhooks.record import Applied
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live, rows, work
from tests.tracking.steps import counts
from tests.webhooks.steps import DAN, change, enrolments, events, lose, reason_of, state, tell


def test_a_hard_bounce_gives_the_address_up_and_stops_the_walk(service: Service, dan: Delivery) -> None:
    assert tell(service, ProviderKind.BOUNCED, dan, bounce_kind=BounceKind.HARD, reason="no such user") == Applied.NOTED
    assert reason_of(service) == "bounced"
    assert enrolments(service) == [("stopped", "bounced")]
    (event,) = events(service)
    assert (event.kind, event.delivery_id, event.lead_id) == ("bounced", dan.id, dan.lead_id)
    assert event.raw["kind"] == "hard"


def test_a_hard_bounce_without_words_needs_a_second_mail(
    service: Service, dan: Delivery, time: time_machine.Traveller
) -> None:
    tell(service, ProviderKind.BOUNCED, dan, bounce_kind=BounceKind.HARD)
    assert reason_of(service) is None
    assert enrolments(service) == [("active", "")]
    live(service, time, 8)
    again = rows(service, DAN)[-1]
    assert (again.state, again.id != dan.id) == ("accepted", True)
    tell(service, ProviderKind.BOUNCED, again, key="2", bounce_kind=BounceKind.HARD)
    assert reason_of(service) == "bounced"


def test_what_a_provider_cannot_tell_counts_as_soft(
    service: Service, dan: Delivery, time: time_machine.Traveller
) -> None:
    """Amazon SES calls it Undetermined."""
    told: set[int] = set()
    for _ in range(60):
        for row in rows(service, DAN):
            if row.state == "accepted" and row.lesson_id and row.id not in told:
                told.add(row.id)
                tell(service, ProviderKind.BOUNCED, row, key=str(row.id), bounce_kind=BounceKind.UNKNOWN)
        live(service, time, 1)
    assert len(told) == SOFT_LIMIT
    assert reason_of(service) == "bounced"


def test_the_same_event_again_does_nothing(service: Service, dan: Delivery) -> None:
    assert tell(service, ProviderKind.DELIVERED, dan) == Applied.NOTED
    assert tell(service, ProviderKind.DELIVERED, dan) == Applied.KNOWN
    assert tell(service, ProviderKind.COMPLAINED, dan) == Applied.KNOWN  # a key that was used for something else
    assert reason_of(service) is None
    assert len(events(service)) == 1


@pytest.mark.parametrize("kind", [BounceKind.BLOCK, BounceKind.POLICY, BounceKind.UNKNOWN])
def test_a_refusal_of_us_costs_no_reader_their_course(service: Service, dan: Delivery, kind: BounceKind) -> None:
    tell(service, ProviderKind.BOUNCED, dan, bounce_kind=kind)
    tell(service, ProviderKind.REJECTED, dan, key="2", bounce_kind=kind)
    assert reason_of(service) is None
    assert enrolments(service) == [("active", "")]


def test_a_complaint_is_for_ever_also_after_a_bounce(service: Service, dan: Delivery) -> None:
    tell(service, ProviderKind.BOUNCED, dan, bounce_kind=BounceKind.HARD)
    tell(service, ProviderKind.COMPLAINED, dan, key="2")
    tell(service, ProviderKind.BOUNCED, dan, key="3", bounce_kind=BounceKind.HARD)
    assert reason_of(service) == "complained"


def test_soft_bounces_add_up_over_days_and_one_does_nothing(
    service: Service, dan: Delivery, time: time_machine.Traveller
) -> None:
    with service.db.write() as session:
        mails = [
            Delivery(kind="test", lead_id=dan.lead_id, created_at=dan.created_at, not_before=dan.created_at)
            for _ in range(5)
        ]
        session.add_all(mails)
    for number, mail in enumerate(mails):
        assert reason_of(service) is None
        for _ in range(2):  # told twice, counted once
            tell(service, ProviderKind.BOUNCED, mail, f"soft-{number}", bounce_kind=BounceKind.SOFT, reason="full")
        time.shift(timedelta(days=2))
    assert reason_of(service) == "bounced"


def test_who_unsubscribes_at_the_provider_has_left(service: Service, dan: Delivery) -> None:
    assert tell(service, ProviderKind.UNSUBSCRIBED, dan) == Applied.NOTED
    assert tell(service, ProviderKind.UNSUBSCRIBED, dan) == Applied.KNOWN
    assert enrolments(service) == [("stopped", "left")]
    assert counts(service)["left"] == 1


def test_an_old_event_told_twice_removes_nobody_who_rejoined(
    service: Service, dan: Delivery, time: time_machine.Traveller
) -> None:
    tell(service, ProviderKind.UNSUBSCRIBED, dan)
    time.shift(timedelta(hours=1))
    join(service, DAN)
    tell(service, ProviderKind.UNSUBSCRIBED, dan)
    with service.db.read() as session:
        assert session.get_one(Lead, dan.lead_id).state == LeadState.CONFIRMED


@pytest.mark.parametrize("lost", [DeliveryState.UNKNOWN, DeliveryState.HANDING_OVER])
@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        (ProviderKind.SENT, "accepted"),
        (ProviderKind.DEFERRED, "accepted"),
        (ProviderKind.DELIVERED, "accepted"),
        (ProviderKind.OPENED, "accepted"),
        (ProviderKind.COMPLAINED, "accepted"),
        (ProviderKind.UNSUBSCRIBED, "accepted"),
        (ProviderKind.BOUNCED, "failed"),
        (ProviderKind.REJECTED, "failed"),
    ],
)
def test_the_providers_word_settles_a_mail_in_doubt(
    service: Service, dan: Delivery, kind: ProviderKind, becomes: str, lost: DeliveryState
) -> None:
    lose(service, dan, lost)
    tell(service, kind, dan, provider_id="883953f4", bounce_kind=BounceKind.SOFT)
    assert state(service, dan) == becomes
    figures = counts(service)  # which agree with the rows
    assert figures.get("unknown", 0) == 0
    assert figures[becomes] == 1
    tell(service, kind, dan, provider_id="883953f4", bounce_kind=BounceKind.SOFT)
    assert counts(service) == figures


def test_what_was_settled_stays_settled(service: Service, dan: Delivery) -> None:
    tell(service, ProviderKind.BOUNCED, dan, bounce_kind=BounceKind.HARD)
    assert state(service, dan) == "accepted"  # it was taken over; what came of it stands in the event
    assert counts(service)["accepted"] == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_events_out_of_order_come_to_the_same(service: Service, dan: Delivery, order: Sequence[int]) -> None:
    told = [
        (ProviderKind.DELIVERED, "a", {}),
        (ProviderKind.BOUNCED, "b", {"bounce_kind": BounceKind.HARD}),
        (ProviderKind.COMPLAINED, "c", {}),
    ]
    for number in order:
        kind, key, more = told[number]
        tell(service, kind, dan, key, **more)
    assert reason_of(service) == "complained"
    assert [state for state, _ in enrolments(service)] == ["stopped"]
    assert sorted(event.kind for event in events(service)) == ["bounced", "complained", "delivered"]


def test_another_installations_mail_of_that_number_is_not_ours(service: Service, dan: Delivery) -> None:
    told = tell(service, ProviderKind.BOUNCED, dan, recipient="gus@example.org", bounce_kind=BounceKind.HARD)
    assert told == Applied.NOT_OURS
    assert tell(service, ProviderKind.COMPLAINED, dan, recipient="") == Applied.NOT_OURS
    assert events(service) == []
    assert reason_of(service) is None
    assert reason_of(service, "gus@example.org") is None


@pytest.mark.parametrize("key", ["", "0", "-1", "7x", "99999999", "9" * 19, "9" * 300, "١", "1.0", " 1"])
def test_a_mail_nobody_knows_is_nobodys(service: Service, dan: Delivery, key: str) -> None:
    assert tell(service, ProviderKind.COMPLAINED, dan, delivery_key=key) == Applied.NOT_OURS


def test_a_mail_is_found_by_the_providers_id_and_our_message_id(service: Service, dan: Delivery) -> None:
    change(service, dan, adapter="postmark", provider_id="<883953f4@mg.example.org>")
    found = {"delivery_key": "", "recipient": "", "provider_id": "883953f4@mg.example.org"}
    assert tell(service, ProviderKind.DELIVERED, dan, "1", **found) == Applied.NOTED
    ours = service.links.message_id(dan.ref, "example.org")
    assert tell(service, ProviderKind.DELIVERED, dan, "2", delivery_key="", message_id=ours) == Applied.NOTED
    forged = ours.replace(".", ".0", 1)
    assert tell(service, ProviderKind.DELIVERED, dan, "3", delivery_key="", message_id=forged) == Applied.NOT_OURS


def test_nothing_is_written_down_again_of_an_erased_reader(service: Service, dan: Delivery) -> None:
    change(service, dan, adapter="postmark", provider_id="883953f4")
    with service.db.write() as session:
        lead = session.get_one(Lead, dan.lead_id)
        lead.state, lead.email, lead.email_key = LeadState.ERASED, "erased-1", "erased-1"
    for number, kind in enumerate(ProviderKind):
        tell(service, kind, dan, str(number), provider_id="883953f4", reason=f"550 {DAN}")
    assert all(DAN not in str((event.raw, event.reasons)) for event in events(service))
    assert not {"opened", "clicked"} & {event.kind for event in events(service)}
    with service.db.read() as session:
        assert session.scalars(select(Suppression)).all() == []


def test_the_providers_opens_and_clicks_are_kept_uncounted(service: Service, dan: Delivery) -> None:
    before = counts(service)
    with service.db.write() as session:
        session.get_one(Lead, dan.lead_id).tracking = "full"
    assert tell(service, ProviderKind.OPENED, dan, "1", actor=Actor.HUMAN) == Applied.NOTED
    assert tell(service, ProviderKind.CLICKED, dan, "2", actor=Actor.MACHINE) == Applied.NOTED
    assert [(event.kind, event.actor) for event in events(service)] == [("opened", "human"), ("clicked", "machine")]
    assert counts(service) == before
    (row,) = [row for row in rows(service, DAN) if row.id == dan.id]
    assert (row.opened_at, row.clicked_at, row.machine_clicked_at) == (None, None, None)


def test_a_reader_not_measured_is_not_measured_by_the_provider(service: Service, dan: Delivery) -> None:
    for choice, kept in (("none", 0), ("clicks", 1)):
        with service.db.write() as session:
            session.get_one(Lead, dan.lead_id).tracking = choice
        tell(service, ProviderKind.OPENED, dan, f"open-{choice}")
        tell(service, ProviderKind.CLICKED, dan, f"click-{choice}")
        assert len(events(service)) == kept


def test_nobody_is_mailed_after_a_complaint(service: Service, dan: Delivery, time: time_machine.Traveller) -> None:
    tell(service, ProviderKind.COMPLAINED, dan)
    before = lessons(service, DAN)
    time.shift(timedelta(days=10))
    work(service)
    assert lessons(service, DAN) == before
