"""A mailbox provider rests: a person decides, and who was given up is let go exactly as she stood."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.channel.provider_rest import EVERYWHERE
from funnel.enrolment.giving_up import give_up_address
from funnel.models import (
    BrakeDecision,
    BrakeScope,
    Lead,
    LeadState,
    SuppressionReason,
)
from funnel.people.suppression import Grounds
from funnel.sending.letting_go import carry_on, decide
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live, work
from tests.sending.braking_steps import (
    enrolments,
    joined,
    lesson_to,
    refuse,
    resting,
    sent_to,
    suppressed,
)


@pytest.fixture(autouse=True)
def _outbox(outbox: MemoryAdapter) -> None:
    """All mail stays here."""


def test_it_was_us_lets_them_go_despite_late_refusals(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    emails = joined(service, 15)
    refuse(service, emails[:12])
    time.shift(timedelta(hours=3))
    join(service, "ada@one.example.org")
    work(service)
    assert decide(service, "example.org", BrakeScope.READERS, BrakeDecision.OURS, "ada", service.clock.now())
    work(service)
    assert lessons(service, "ada@one.example.org") == [("begin-here", "accepted")]
    time.shift(timedelta(hours=1))
    refuse(service, emails[12:])  # these left before it was mended
    assert suppressed(service) == 0
    assert not resting(service)
    before = len(outbox.mails)
    live(service, time, 8)
    got = [mail.recipient.address for mail in outbox.mails[before:]]
    assert set(emails) <= set(got)  # the next lesson, to everybody and once
    assert len(got) == len(set(got))


def test_they_are_really_dead_gives_up_only_who_was_called_so(service: Service, time: time_machine.Traveller) -> None:
    emails = joined(service, 15)
    refuse(service, emails[:12])
    assert decide(service, "example.org", BrakeScope.READERS, BrakeDecision.DEAD, "ada", service.clock.now())
    assert suppressed(service) == 12
    assert {enrolments(service, email)[0][:2] for email in emails[:12]} == {("stopped", "bounced")}
    assert {enrolments(service, email)[0][0] for email in emails[12:]} == {"active"}
    assert not resting(service)
    assert not decide(service, "example.org", BrakeScope.READERS, BrakeDecision.OURS, "ada", service.clock.now())


def test_after_a_decision_it_counts_afresh(service: Service, time: time_machine.Traveller) -> None:
    refuse(service, sent_to(service, 12, "one.example.org"))
    decide(service, "example.org", BrakeScope.READERS, BrakeDecision.DEAD, "ada", service.clock.now())
    time.shift(timedelta(hours=1))
    later = sent_to(service, 9, "one.example.org", who="later")
    refuse(service, later[:8])
    assert not resting(service)
    assert suppressed(service) == 20
    refuse(service, later[8:])
    assert resting(service) == {"example.org"}
    assert suppressed(service) == 12


def test_a_decision_everywhere_is_one_for_providers_that_did_not_rest(
    service: Service, time: time_machine.Traveller
) -> None:
    domains = ["one.example.org", "two.example.com", "three.example.net"]
    there, elsewhere = [sent_to(service, 10, domain) for domain in domains], sent_to(service, 12, "four.example")
    for emails in there:
        refuse(service, emails)
    refuse(service, elsewhere[:8])
    decide(service, EVERYWHERE, BrakeScope.READERS, BrakeDecision.OURS, "ada", service.clock.now())
    refuse(service, elsewhere[8:])  # these left before it was mended
    time.shift(timedelta(hours=1))
    refuse(service, sent_to(service, 1, "four.example", who="dan"))
    assert not resting(service)
    assert suppressed(service) == 1


def test_who_has_left_meanwhile_gets_no_lesson_by_being_let_go(service: Service) -> None:
    emails = joined(service, 9)
    refuse(service, emails[:8])
    with service.db.write() as session:
        lead = session.scalars(select(Lead).where(Lead.email == emails[0])).one()
        lead.state = LeadState.LEFT
    refuse(service, emails[8:])
    assert suppressed(service) == 0
    assert enrolments(service, emails[0])[0][:2] == ("stopped", "bounced")
    assert enrolments(service, emails[1])[0][0] == "active"


def test_a_complaint_is_not_taken_back(service: Service) -> None:
    emails = joined(service, 9)
    refuse(service, emails[:8])
    with service.db.write() as session:
        lead = session.scalars(select(Lead).where(Lead.email == emails[0])).one()
        grounds = Grounds(SuppressionReason.COMPLAINED, service.clock.now())
        give_up_address(session, service.links, lead, grounds)
    refuse(service, emails[8:])
    assert suppressed(service) == 1
    assert enrolments(service, emails[0])[0][0] == "stopped"


def test_who_is_let_go_gets_each_lesson_once_and_what_waited(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    emails = joined(service, 9)
    refuse(service, emails[:8])
    live(service, time, 8)  # the eight would have had their second lesson by now
    assert len(lessons(service, emails[8])) == 2
    later = joined(service, 9, who="later")
    refuse(service, later)
    decide(service, "example.org", BrakeScope.READERS, BrakeDecision.OURS, "ada", service.clock.now())
    live(service, time, 60)
    for email in later:
        told = [lesson for lesson, state in lessons(service, email) if state == "accepted"]
        assert len(told) == len(set(told)) == 8


def test_what_a_process_left_undone_the_clock_does(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from funnel.sending import braking, letting_go

    emails = joined(service, 9)
    monkeypatch.setattr(braking, "let_go", lambda *_: 0)  # as if somebody else had locked all of them
    refuse(service, emails)
    assert suppressed(service) == 8
    carry_on(service, service.clock.now())
    assert suppressed(service) == 0

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(letting_go, "_give_up", dies)
    with pytest.raises(KeyboardInterrupt):
        decide(service, "example.org", BrakeScope.READERS, BrakeDecision.DEAD, "ada", service.clock.now())
    assert resting(service) == {"example.org"}
    monkeypatch.undo()
    carry_on(service, service.clock.now())
    assert suppressed(service) == 9
    assert not resting(service)


def test_who_left_by_a_link_stays_gone(service: Service) -> None:
    emails = joined(service, 9)
    refuse(service, emails[:8])
    leave(service, lesson_to(service, emails[0]).ref, service.clock.now(), via="test")
    refuse(service, emails[8:])
    assert suppressed(service) == 0
    with service.db.read() as session:
        assert session.scalars(select(Lead.state).where(Lead.email == emails[0])).one() == "left"
