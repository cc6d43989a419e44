"""A reader brought into each state she can be in, and the pages she opens then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State
from funnel.links import Purpose, number_of
from funnel.models import Delivery, Enrolment, EnrolmentState, Lead, LeadState, Signup, SuppressionReason
from funnel.people.suppression import Grounds, suppress
from funnel.subscription.confirming import confirm
from funnel.subscription.preferences import pause
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import ask, live, work
from tests.refs import ref_of
from tests.web.conftest import Pages, text_of

ADA = "ada@example.org"


@dataclass
class Stage:
    """Ada in one state, and the paths of her pages."""

    pages: Pages
    signup_id: int

    @property
    def lead(self) -> Lead:
        (lead,) = self.pages.rows(Lead)
        assert isinstance(lead, Lead)
        return lead

    def path(self, page: str) -> str:
        mail = max((row.id for row in self.pages.rows(Delivery) if row.lead_id), default=1)
        service, links = self.pages.service, self.pages.service.links
        now, mail_ref = service.clock.now(), ref_of(service, Delivery, mail)
        signup = ref_of(service, Signup, self.signup_id)
        return {
            "confirm": f"/confirm/{links.dated_token(Purpose.CONFIRM, signup, now)}",
            "old confirm": f"/confirm/{links.dated_token(Purpose.CONFIRM, signup, now - timedelta(days=31))}",
            "leave": f"/u/{links.unsubscribe_token(mail_ref, self.lead.email_key)}",
            "preferences": f"/p/{links.token(Purpose.PREFERENCES, mail_ref)}",
            "again": f"/again/{links.token(Purpose.AGAIN, signup)}",
            "book": f"/book/{links.token(Purpose.BOOK, mail_ref, number_of('intro'))}",
            "thanks": "/offers/course/thanks",
            "offer": "/offers/course",
        }[page]

    def read(self, page: str) -> str:
        answer = self.pages.client.get(self.path(page))
        assert answer.status_code in (200, 410), page
        return text_of(answer)

    def press(self, page: str, **fields: str) -> str:
        answer = self.pages.client.post(self.path(page), data=fields, follow_redirects=True)
        assert answer.status_code == 200, page
        return text_of(answer)


@pytest.fixture
def bring(
    pages: Pages, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> Callable[[State], Stage]:
    """Brings Ada, who asked for the course on Monday, into a state."""

    def brought(state: State) -> Stage:
        stage = Stage(pages, ask(service, ADA))
        work(service)
        if state is State.ASKED:
            return stage
        confirm(service, stage.signup_id, service.clock.now())
        work(service)
        time.shift(timedelta(days=1))
        mail = max(row.id for row in pages.rows(Delivery))
        now = service.clock.now()
        if state is State.PAUSED:
            assert pause(service, mail, 2, now)
        elif state is State.FINISHED:
            live(service, time, 60)
        elif state is State.LEFT:
            assert leave(service, ref_of(service, Delivery, mail), now, "page")
        elif state in (State.BOUNCED, State.SUPPRESSED):
            reason = SuppressionReason.BOUNCED if state is State.BOUNCED else SuppressionReason.COMPLAINED
            with service.db.write() as session:
                suppress(session, service.links, ADA, Grounds(reason, now))
                for enrolment in session.scalars(select(Enrolment)):
                    enrolment.state, enrolment.reason, enrolment.due_at = EnrolmentState.STOPPED, reason, None
        elif state is State.CONFIRMED:
            with service.db.write() as session:
                for enrolment in session.scalars(select(Enrolment)):
                    enrolment.state, enrolment.reason, enrolment.due_at = EnrolmentState.STOPPED, "client", None
        elif state is State.ERASED:
            with service.db.write() as session:
                session.get_one(Lead, 1).state = LeadState.ERASED
        return stage

    return brought
