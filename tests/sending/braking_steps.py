"""What tests of the brake do in a line: readers at a provider, and refusals of their mail."""

from __future__ import annotations

from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import read_bounce
from funnel.bounces.record import record_bounce
from funnel.channel.provider_rest import resting_providers
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.models import (
    Delivery,
    Enrolment,
    Lead,
    Suppression,
)
from funnel.wiring import Service
from tests.bounces.steps import bounce, lessons_to, return_address
from tests.journey.steps import join, rows, work

UNKNOWN = "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table"


class Refusing(MemoryAdapter):
    """Says that nobody at these domains exists, as a server that hides its opinion of us may."""

    def __init__(self, *domains: str, window: int = 4) -> None:
        super().__init__(window=window)
        self.domains, self.refused = domains, 0

    def _outcome(self, mail: Mail) -> Outcome:
        address = mail.recipient.address
        if address.rpartition("@")[2] in self.domains:
            self.refused += 1
            return Outcome(OutcomeKind.PERMANENT_RECIPIENT, UNKNOWN.format(address))
        return super()._outcome(mail)


def came_back(service: Service, mail: Delivery, email: str, said: str = UNKNOWN) -> None:
    raw = bounce(return_address(service.links, mail), email, said.format(email), number=str(mail.id))
    record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())


def lesson_to(service: Service, email: str) -> Delivery:
    return next(row for row in reversed(rows(service, email)) if row.kind == "lesson")


def joined(service: Service, n: int, domain: str = "one.example.org", who: str = "reader") -> list[str]:
    emails = [f"{who}{number}@{domain}" for number in range(n)]
    for email in emails:
        join(service, email)
    work(service)
    return emails


def sent_to(service: Service, n: int, domain: str, who: str = "reader") -> list[str]:
    """Readers there to whom a lesson went."""
    emails = [f"{who}{number}@{domain}" for number in range(n)]
    lessons_to(service, emails)
    return emails


def refuse(service: Service, emails: list[str]) -> None:
    for email in emails:
        came_back(service, lesson_to(service, email), email)


def suppressed(service: Service) -> int:
    with service.db.read() as session:
        return len(list(session.scalars(select(Suppression))))


def resting(service: Service) -> set[str]:
    with service.db.read() as session:
        return set(resting_providers(session))


def enrolments(service: Service, email: str) -> list[tuple[str, str, object, int]]:
    with service.db.read() as session:
        query = select(Enrolment).join(Lead, Lead.id == Enrolment.lead_id).where(Lead.email == email)
        return [(row.state, row.reason, row.due_at, row.shift_days) for row in session.scalars(query)]
