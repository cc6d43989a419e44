"""The page about how mail gets through: figures, and a share only where enough was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from funnel.insight.health import DAYS, delivery_health
from funnel.models import Delivery, Event, Lead, LeadState, LessonCount, Suppression
from funnel.wiring import Service

from .conftest import Browser, text_of


def sent(service: Service, lessons: int, complaints: int) -> None:
    """So many lessons in the last days, and so many complaints; two mails of one reader came back."""
    now = service.clock.now()
    with service.db.write() as session:
        session.add(LessonCount(sequence="s", lesson_id="a", measure="accepted", day=now.date(), n=lessons))
        old = now.date() - timedelta(days=DAYS + 2)
        session.add(LessonCount(sequence="s", lesson_id="a", measure="accepted", day=old, n=7))
        for number in range(complaints):
            session.add(Suppression(digest=f"gus{number}", reason="complained", at=now))
        for number, email in enumerate(("dan@gmail.com", "dan@dans-own-name.example.org")):
            lead = Lead(email=email, email_key=email, state=LeadState.CONFIRMED, created_at=now, confirmed_at=now)
            session.add(lead)
            session.flush()
            mail = Delivery(kind="lesson", lead_id=lead.id, created_at=now, not_before=now, attempts=1)
            session.add(mail)
            session.flush()
            event = Event(key=f"told:{number}", kind="bounced", at=now, delivery_id=mail.id, lead_id=lead.id)
            event.raw = {"words": f"550 5.1.1 <{email}>: <b>User</b> unknown"}
            session.add(event)


@pytest.mark.parametrize(
    ("lessons", "complaints", "words"),
    [
        (999, 5, "no share is shown"),
        (2000, 1, "below the 0.1 %"),
        (2000, 2, "advise to stay below"),
        (2000, 6, "refuse mail from 0.3 % on"),
    ],
)
def test_complaints_are_held_against_the_line(
    signed_in: Browser, service: Service, lessons: int, complaints: int, words: str
) -> None:
    sent(service, lessons, complaints)
    page = text_of(signed_in.get("/dashboard/health"))
    assert words in page
    assert f"Lessons sent {lessons:,} Mails that came back 2 Complaints {complaints}" in page
    assert "Tried once and tried again 2" in page


def test_what_mailboxes_said_names_nobody(signed_in: Browser, service: Service) -> None:
    sent(service, 10, 0)
    answer = signed_in.get("/dashboard/health")
    assert "gmail.com: 1" in text_of(answer)
    assert "Domains of their own: 1" in text_of(answer)
    assert "dans-own-name" not in text_of(answer)
    assert "dan@" not in text_of(answer)
    assert "<b>User" not in answer.get_data(as_text=True)


def test_a_new_service_has_an_empty_page(signed_in: Browser) -> None:
    assert "no share is shown" in text_of(signed_in.get("/dashboard/health"))


def test_bounces_are_found_by_their_own_index(service: Service) -> None:
    if service.settings.database.startswith("sqlite"):
        with service.db.read() as session:
            query = "SELECT count(DISTINCT delivery_id) FROM event WHERE event.kind = 'bounced' AND at >= 1"
            plan = " ".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}")))
            delivery_health(session, service.clock.now())
        assert "ix_event_bounced" in plan
