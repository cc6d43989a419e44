"""May this person be mailed? The one statement that asks it of many at once says what is said of each alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import DeliveryKind, Lead, LeadState, SuppressionReason
from funnel.people.permission import paused_until, refusal, suppressions
from funnel.people.suppression import Grounds, suppress, suppressed
from funnel.sending.delivery import deliver
from funnel.wiring import Service
from tests.journey.batches import many_waiting


def test_each_of_many_lessons_is_judged_as_it_would_be_alone(service: Service, outbox: MemoryAdapter) -> None:
    every_way = list(product(LeadState, [None, -1, 1], [False, True]))
    ids = many_waiting(service, [f"reader-{n}@example.org" for n in range(len(every_way))])
    now = service.clock.now()
    with service.db.write() as session:
        leads = session.scalars(select(Lead).order_by(Lead.id)).all()
        for lead, (state, hours, bounced) in zip(leads, every_way, strict=True):
            lead.state, lead.paused_until = state, None if hours is None else now + timedelta(hours=hours)
            if bounced:
                suppress(session, service.links, lead.email, Grounds(SuppressionReason.BOUNCED, now))
        session.flush()
        never = suppressions(session, service.links, leads)
        may_go = [
            lead.email
            for lead in leads
            if not refusal(lead, DeliveryKind.LESSON, never) and not paused_until(lead, DeliveryKind.LESSON, now)
        ]
    deliver(service, ids, "worker")
    assert sorted(mail.recipient.address for mail in outbox.mails) == sorted(may_go)
    assert len(may_go) == 2  # who has confirmed and never paused, or no longer does


def test_an_address_is_suppressed_however_it_is_spelled(service: Service) -> None:
    spelled = ["dan@example.org", "Dan@Example.org", "DAN@example.org", "ada@example.org"]
    with service.db.write() as session:
        suppress(session, service.links, "dan@EXAMPLE.org", Grounds(SuppressionReason.BOUNCED, service.clock.now()))
        found = suppressed(session, service.links, spelled)
    assert set(found) == set(spelled[:3])
