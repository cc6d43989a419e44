"""The card of a mailbox provider that rests: what its servers said, and what the two buttons do."""

from __future__ import annotations

from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import RESTING_REASON, Delivery, Event, Lead, LeadState, ProviderRest, Suppression
from funnel.wiring import Service

from .conftest import Browser, text_of


def called_dead(service: Service, n: int, domain: str = "gmail.com") -> None:
    """A provider that rests, where so many readers were called dead and one lesson waits."""
    now = service.clock.now()
    with service.db.write() as session:
        session.add(ProviderRest(provider=domain, scope="readers", begins=now, since=now, machine_since=now))
        for number in range(n):
            email = f"reader{number}@{domain}"
            lead = Lead(email=email, email_key=email, state=LeadState.CONFIRMED, created_at=now, confirmed_at=now)
            session.add(lead)
            session.flush()
            mail = Delivery(kind="lesson", lead_id=lead.id, created_at=now, not_before=now, ended_at=now)
            mail.state = "accepted"
            session.add(mail)
            session.flush()
            said = f"550 5.1.1 <{email}>: <b>User</b> unknown, id {number}a640c23a62f3a"
            event = Event(key=f"told:{number}", kind="bounced", at=now, delivery_id=mail.id, lead_id=lead.id)
            event.raw, event.reasons = {"certainty": "certain"}, [said]
            session.add(event)
        waits = Delivery(kind="lesson", lead_id=lead.id, created_at=now, not_before=now)
        waits.state, waits.reason = "waiting", RESTING_REASON.format(provider=domain)
        session.add(waits)


def suppressed(service: Service) -> int:
    with service.db.read() as session:
        return len(session.scalars(select(Suppression.digest)).all())


def test_the_card_groups_and_counts_what_providers_said(
    signed_in: Browser, service: Service, outbox: MemoryAdapter
) -> None:
    called_dead(service, 12)
    answer = signed_in.get("/dashboard")
    page = text_of(answer)
    assert "Lessons to gmail.com rest 12 mailboxes there were called dead" in page
    assert "“550 5.1.1 …: User unknown, id …” 12 Mon 4 Jan 2027, 09:00".replace("User", "<b>User</b>") in page
    assert "1 lesson waits." in page
    assert "reader1@gmail.com" not in page
    assert "<b>User</b>" not in answer.get_data(as_text=True)
    assert "All is calm" not in page
    assert "Mail is late" not in page


def test_it_was_us_lets_all_of_them_go_again(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    called_dead(service, 12)
    fields = {"provider": "gmail.com", "scope": "readers"}
    assert signed_in.send("/dashboard", "/dashboard/providers", decision="ours", **fields).status_code == 303
    assert "gmail.com rest" not in text_of(signed_in.get("/dashboard"))
    assert suppressed(service) == 0
    with service.db.read() as session:
        rest = session.get_one(ProviderRest, ("gmail.com", "readers"))
        waits = session.scalars(select(Delivery).where(Delivery.state == "waiting")).one()
    assert (rest.decision, rest.decided_by) == ("ours", "owner@example.org")
    assert waits.reason == ""


def test_they_are_really_dead_gives_them_up(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    called_dead(service, 12)
    fields = {"provider": "gmail.com", "scope": "readers", "decision": "dead"}
    signed_in.send("/dashboard", "/dashboard/providers", **fields)
    assert suppressed(service) == 12


def test_a_forged_form_and_a_made_up_one_change_nothing(
    signed_in: Browser, service: Service, outbox: MemoryAdapter
) -> None:
    called_dead(service, 9)
    fields = {"provider": "gmail.com", "scope": "readers", "decision": "dead"}
    assert signed_in.post("/dashboard/providers", **fields).status_code == 400
    wrong = {**fields, "decision": "whatever"}
    assert signed_in.send("/dashboard", "/dashboard/providers", **wrong).status_code == 400
    signed_in.send("/dashboard", "/dashboard/providers", **{**fields, "provider": "x" * 5000})
    assert suppressed(service) == 0


def test_nobody_else_may_decide(browser: Browser, service: Service, outbox: MemoryAdapter) -> None:
    called_dead(service, 9)
    answer = browser.post("/dashboard/providers", provider="gmail.com", scope="readers", decision="dead")
    assert answer.status_code in (303, 400)
    assert suppressed(service) == 0
