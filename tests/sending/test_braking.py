"""Too many addresses of a mailbox provider are called dead: nobody is given up, and mail rests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.channel.provider_rest import EVERYWHERE
from funnel.models import (
    BrakeDecision,
    BrakeScope,
    ChannelState,
    Delivery,
    Lead,
    MailDomain,
    ProviderRest,
)
from funnel.people.providers import domain_digest
from funnel.replies import ListedFor
from funnel.sending.hits import hits_of
from funnel.sending.letting_go import carry_on, decide
from funnel.sending.listed import heed_provider_list
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, rows, work
from tests.sending.braking_steps import (
    Refusing,
    came_back,
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


def test_nobody_is_given_up_when_all_150_are_called_dead(service: Service) -> None:
    emails = joined(service, 150)
    before = [enrolments(service, email) for email in emails]
    refuse(service, emails)
    assert suppressed(service) == 0
    assert resting(service) == {"example.org"}
    assert [enrolments(service, email) for email in emails] == before


def test_it_acts_by_the_tenth_and_lets_go_of_those_before(service: Service) -> None:
    emails = joined(service, 10)
    refuse(service, emails[:8])
    assert suppressed(service) == 8
    assert not resting(service)
    refuse(service, emails[8:])
    assert suppressed(service) == 0
    assert resting(service) == {"example.org"}


def test_four_dead_of_forty_are_given_up_and_nothing_rests(service: Service) -> None:
    emails = sent_to(service, 40, "one.example.org")
    refuse(service, emails[::10])
    assert suppressed(service) == 4
    assert not resting(service)


def test_who_was_given_up_before_the_wave_stays_given_up(service: Service, time: time_machine.Traveller) -> None:
    emails = [*joined(service, 1), *sent_to(service, 60, "one.example.org", "other")]
    refuse(service, emails[:50:25])
    time.shift(timedelta(days=1))
    later = joined(service, 10, who="later")
    refuse(service, later)
    assert suppressed(service) == 2
    assert enrolments(service, emails[0])[0][:2] == ("stopped", "bounced")
    assert enrolments(service, later[0])[0][0] == "active"


def test_on_the_wire_it_acts_within_a_few_mails_and_loses_none(service: Service) -> None:
    refusing = Refusing("one.example.org")
    for number in range(40):
        ask(service, f"reader{number}@one.example.org")
    work(service)
    service.channel.use(refusing)
    emails = joined(service, 40)
    assert suppressed(service) == 0
    assert refusing.refused <= 10 + refusing.window
    service.channel.use(accepting := MemoryAdapter())
    assert decide(service, "example.org", BrakeScope.READERS, BrakeDecision.OURS, "ada", service.clock.now())
    live_a_day(service)
    addressed = [mail.recipient.address for mail in accepting.mails]
    assert sorted(set(addressed)) == sorted(set(emails) - lost(service, emails))
    assert len(addressed) == len(set(addressed))
    assert len(lost(service, emails)) <= 8  # those that were refused before it acted


def lost(service: Service, emails: list[str]) -> set[str]:
    return {email for email in emails if lesson_to(service, email).state == "failed"}


def live_a_day(service: Service) -> None:
    with time_machine.travel(service.clock.now(), tick=False) as moving:
        live(service, moving, 1)


def test_lessons_wait_and_say_why_while_others_get_theirs(service: Service, outbox: MemoryAdapter) -> None:
    refuse(service, joined(service, 9))
    sent = len(outbox.mails)
    ask(service, "ada@one.example.org")
    work(service)
    assert [mail.recipient.address for mail in outbox.mails[sent:]] == ["ada@one.example.org"]
    join(service, "ada@one.example.org")
    join(service, "ben@other.example")
    work(service)
    assert (lesson_to(service, "ada@one.example.org").state, lesson_to(service, "ben@other.example").state) == (
        "waiting",
        "accepted",
    )
    assert lesson_to(service, "ada@one.example.org").reason.startswith("mail to example.org rests")


def test_what_is_only_likely_counts_as_well(service: Service, time: time_machine.Traveller) -> None:
    emails = sent_to(service, 12, "one.example.org")
    for email in emails:
        came_back(service, lesson_to(service, email), email, "550 5.2.1 <{}> mailbox disabled, not accepting messages")
    assert resting(service) == {"example.org"}
    assert suppressed(service) == 0


def test_a_provider_that_lists_everybody_empties_no_list(service: Service) -> None:
    emails = sent_to(service, 12, "one.example.org")
    with service.db.write() as session:
        for email in emails:
            lead = session.scalars(select(Lead).where(Lead.email == email)).one()
            mail = session.get_one(Delivery, lesson_to(service, email).id)
            heed_provider_list(session, service, mail, ListedFor.UNSAID, "hard bounce", service.clock.now())
    assert resting(service) == {"example.org"}
    assert suppressed(service) == 0
    assert lead.state == "confirmed"


# Who can abuse it?


def test_a_stranger_who_types_made_up_addresses_stops_no_reader(service: Service) -> None:
    emails = sent_to(service, 3, "one.example.org")
    strangers = [f"nobody{number}@one.example.org" for number in range(12)]
    for email in strangers:
        ask(service, email)
    work(service)
    for email in strangers:
        came_back(service, rows(service, email)[0], email)
    assert not resting(service)
    assert suppressed(service) == 0  # so many strangers at once: perhaps it is us
    with service.db.read() as session:
        assert [(row.provider, row.scope) for row in session.scalars(select(ProviderRest))] == [
            ("example.org", "strangers")
        ]
    refuse(service, emails[:1])
    assert suppressed(service) == 1


def test_the_owner_of_a_domain_stops_mail_only_to_that(service: Service) -> None:
    others = sent_to(service, 30, "other.example")
    served(service, "attacker.example", "gmail.com")
    own = sent_to(service, 150, "attacker.example", who="own")
    refuse(service, own)
    assert resting(service) == {"attacker.example"}
    with service.db.read() as session:
        assert list(session.scalars(select(ChannelState))) == []
    refuse(service, others[:1])
    assert suppressed(service) == 1


def served(service: Service, domain: str, by: str) -> None:
    with service.db.write() as session:
        digest = domain_digest(service.links, domain)
        session.add(MailDomain(digest=digest, provider=by, looked_up_at=service.clock.machine_now()))


def test_many_domains_that_one_provider_serves_are_one_provider(service: Service, outbox: MemoryAdapter) -> None:
    emails = [f"reader0@practice{number}.example" for number in range(20)]
    for email in emails:
        served(service, email.rpartition("@")[2], "outlook.com")
        sent_to(service, 1, email.rpartition("@")[2], "reader")
    join(service, "ada@outlook.com")
    work(service)
    refuse(service, emails[:12])
    assert resting(service) == {"outlook.com"}
    assert suppressed(service) == 0
    join(service, "ben@hotmail.com")
    work(service)
    assert lesson_to(service, "ben@hotmail.com").state == "waiting"
    assert lesson_to(service, "ada@outlook.com").state == "accepted"


def test_the_channel_rests_when_three_unrelated_providers_agree(service: Service) -> None:
    domains = ("one.example", "two.example", "three.example")
    for domain in domains:
        refuse(service, sent_to(service, 9, domain))
    assert resting(service) == {*domains, EVERYWHERE}
    with service.db.read() as session:
        (state,) = session.scalars(select(ChannelState))
    assert (state.adapter, state.kind) == ("memory-lessons", "brake")
    decide(service, EVERYWHERE, BrakeScope.READERS, BrakeDecision.OURS, "ada", service.clock.now())
    assert not resting(service)
    with service.db.read() as session:
        assert list(session.scalars(select(ChannelState))) == []


def test_readers_at_one_provider_each_are_not_given_up_either(service: Service) -> None:
    emails = [email for number in range(40) for email in sent_to(service, 1, f"small{number}.example")]
    refuse(service, emails)
    assert resting(service) == {EVERYWHERE}
    assert suppressed(service) == 0


def test_nine_own_domains_with_hardly_any_mail_stop_nothing(service: Service) -> None:
    sent_to(service, 120, "other.example")
    emails = [email for number in range(9) for email in sent_to(service, 1, f"own{number}.example")]
    refuse(service, emails)
    assert not resting(service)
    assert suppressed(service) == 9


def test_a_mail_that_went_after_all_speaks_for_its_reader(service: Service, time: time_machine.Traveller) -> None:
    for number in range(12):
        ask(service, f"reader{number}@one.example.org")
    work(service)
    service.channel.use(Refusing("one.example.org", window=1))
    emails = joined(service, 12)
    assert resting(service) == {"example.org"}
    service.channel.use(MemoryAdapter())
    decide(service, "example.org", BrakeScope.READERS, BrakeDecision.OURS, "ada", service.clock.now())
    live(service, time, 1)
    with service.db.read() as session:
        rest = session.get_one(ProviderRest, ("example.org", "readers"))
        told = {hit.email for hit in hits_of(session, service, rest)}
    assert told == {email for email in emails if lesson_to(service, email).state == "failed"}
    assert len(told) < len(emails)


def test_three_domains_of_one_provider_do_not_stop_the_channel(service: Service) -> None:
    for domain in ("one.example", "two.example", "three.example"):
        served(service, domain, "gmail.com")
        refuse(service, sent_to(service, 9, domain))
    with service.db.read() as session:
        assert list(session.scalars(select(ChannelState))) == []


def test_three_domains_with_hardly_any_mail_stop_no_channel(service: Service) -> None:
    sent_to(service, 300, "other.example")
    for domain in ("one.example", "two.example", "three.example"):
        refuse(service, sent_to(service, 9, domain))
    with service.db.read() as session:
        assert list(session.scalars(select(ChannelState))) == []


# Whatever dies, and however many do it at once.


def test_two_processes_that_come_to_it_at_once_give_nobody_up(make_service: Callable[..., Service]) -> None:
    one, other = make_service(), make_service()
    for service in (one, other):
        service.channel.use(MemoryAdapter())
    emails = joined(one, 24)
    start = threading.Barrier(2)
    failed: list[BaseException] = []

    def told(service: Service, part: list[str]) -> None:
        try:
            start.wait()
            refuse(service, part)
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=told, args=each) for each in ((one, emails[::2]), (other, emails[1::2]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    carry_on(one, one.clock.now())
    assert resting(one) == {"example.org"}
    assert suppressed(one) == 0
    assert {enrolments(one, email)[0][0] for email in emails} == {"active"}
