"""What these tests do in a line: tell of an event, and look at what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from funnel.models import Delivery, DeliveryState, Enrolment, Event, HookBody, LessonMeasure
from funnel.people.suppression import suppressed
from funnel.sending.outcomes import count_outcome
from funnel.webhooks.events import ProviderEvent, ProviderKind
from funnel.webhooks.queue import HookQueue
from funnel.webhooks.reading import lower_names
from funnel.webhooks.record import Applied, apply_event
from funnel.webhooks.stored import receive
from funnel.wiring import Service
from tests.webhooks import signing

DAN = "dan@example.org"


def tell(service: Service, kind: ProviderKind, delivery: Delivery, key: str = "1", **more: Any) -> Applied:
    event = ProviderEvent(kind, key, delivery_key=str(delivery.id), recipient=DAN)
    return apply_event(service, "postmark", replace(event, **more), service.clock.now())


def events(service: Service) -> list[Event]:
    with service.db.read() as session:
        return list(session.scalars(select(Event).where(Event.key.like("hook:%")).order_by(Event.id)))


def reason_of(service: Service, address: str = DAN) -> str | None:
    with service.db.read() as session:
        return suppressed(session, service.links, [address]).get(address)


def enrolments(service: Service) -> list[tuple[str, str]]:
    with service.db.read() as session:
        return [(row.state, row.reason) for row in session.scalars(select(Enrolment).order_by(Enrolment.id))]


def state(service: Service, delivery: Delivery) -> str:
    with service.db.read() as session:
        return session.get_one(Delivery, delivery.id).state


def change(service: Service, delivery: Delivery, **values: Any) -> None:
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == delivery.id).values(**values))


def lose(service: Service, delivery: Delivery, to: DeliveryState = DeliveryState.UNKNOWN) -> None:
    """As if the worker had died on the wire, and was counted so."""
    with service.db.write() as session:
        row = session.get_one(Delivery, delivery.id)
        count_outcome(session, row, LessonMeasure.ACCEPTED, service.clock.now(), n=-1)
        row.state, row.provider_id = to, None
        row.ended_at = service.clock.now() if to == DeliveryState.UNKNOWN else None
        if to == DeliveryState.UNKNOWN:
            count_outcome(session, row, LessonMeasure.UNKNOWN, service.clock.now())


def put(service: Service, adapter: str, signed: signing.Signed) -> int:
    number = receive(service, HookQueue(""), adapter, signed[0], lower_names(signed[1]))
    assert number is not None
    return number


def body(service: Service, number: int) -> HookBody:
    with service.db.read() as session:
        return session.get_one(HookBody, number)
