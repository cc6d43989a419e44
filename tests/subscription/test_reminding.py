"""One reminder to who has not confirmed: after two days, by day, and never again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import check_library
from funnel.insight.reminders import ReminderCount, reminder_counts
from funnel.links import Purpose
from funnel.models import AT_MOST_ONCE, Delivery, DeliveryKind, DeliveryState, Signup, SuppressionReason
from funnel.people.suppression import Grounds, suppress
from funnel.privacy.erase import erase
from funnel.publishing.publish import publish
from funnel.subscription.confirming import confirm
from funnel.subscription.not_me import say_never
from funnel.subscription.reminding import kind_hour, remind
from funnel.wiring import Service
from tests.curriculum.examples import PRACTICE, at, folder
from tests.journey.steps import ask, join, rows, work


@pytest.fixture
def reminding(service: Service) -> Service:
    library = replace(service.library, practice=replace(service.library.practice, remind=True))
    publish(service, library, "ada", service.clock.now())
    service.in_force.refresh()
    assert service.library.practice.remind
    return service


def pass_days(service: Service, time: time_machine.Traveller, days: float) -> None:
    """The clock looks in every hour, as it does every few seconds."""
    for _ in range(int(days * 24)):
        time.shift(timedelta(hours=1))
        remind(service, service.clock.now())
        work(service)


def reminders(service: Service, email: str) -> list[Delivery]:
    return [row for row in rows(service, email) if row.kind == DeliveryKind.REMINDER]


def when(service: Service, email: str) -> list[str]:
    return [f"{row.ended_at:%m-%d %H:%M} {row.state}" for row in reminders(service, email) if row.ended_at]


def test_who_has_not_confirmed_is_reminded_once_after_two_days(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(reminding, "ben@example.org", "ebook", zone="Europe/Dublin")
    work(reminding)
    pass_days(reminding, time, 1.9)
    assert reminders(reminding, "ben@example.org") == []
    pass_days(reminding, time, 20)
    assert when(reminding, "ben@example.org") == ["01-06 09:00 accepted"]
    assert len(outbox.mails) == 2


def test_it_is_off_unless_the_practice_wants_it(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, "ben@example.org", "ebook")
    work(service)
    pass_days(service, time, 5)
    assert reminders(service, "ben@example.org") == []


def test_it_comes_by_day_on_her_own_wall(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(reminding, "fay@example.org", "ebook", zone="Australia/Sydney")  # 20:00 there
    work(reminding)
    pass_days(reminding, time, 4)
    assert when(reminding, "fay@example.org") == ["01-06 22:00 accepted"]


def test_no_reminder_goes_on_a_quiet_day(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    begins = reminding.clock.now().date()
    holidays = frozenset(begins + timedelta(days=day) for day in (2, 3))
    practice = replace(reminding.library.practice, quiet_days=holidays)
    publish(reminding, replace(reminding.library, practice=practice), "ada", reminding.clock.now())
    reminding.in_force.refresh()
    ask(reminding, "ben@example.org", "ebook", zone="Europe/Dublin")
    work(reminding)
    pass_days(reminding, time, 6)
    assert when(reminding, "ben@example.org") == ["01-08 09:00 accepted"]


def test_after_a_week_of_quiet_days_nobody_is_reminded(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    begins = reminding.clock.now().date()
    holidays = frozenset(begins + timedelta(days=day) for day in range(2, 10))
    practice = replace(reminding.library.practice, quiet_days=holidays)
    publish(reminding, replace(reminding.library, practice=practice), "ada", reminding.clock.now())
    reminding.in_force.refresh()
    ask(reminding, "ben@example.org", "ebook", zone="Europe/Dublin")
    work(reminding)
    pass_days(reminding, time, 14)
    assert reminders(reminding, "ben@example.org") == []


@pytest.mark.parametrize(
    ("now", "zone", "hour"),
    [
        ("2027-01-06 03:00", "Europe/Dublin", "2027-01-06 09:00"),
        ("2027-01-06 12:00", "Europe/Dublin", "2027-01-06 12:00"),
        ("2027-01-06 19:00", "Europe/Dublin", "2027-01-07 09:00"),
        ("2027-03-27 23:30", "Europe/Dublin", "2027-03-28 08:00"),
    ],
)
def test_the_hour_is_a_kind_one(now: str, zone: str, hour: str) -> None:
    assert kind_hour(at(now), zone) == at(hour)


def test_the_reminder_is_discreet_honest_and_confirms(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    number = ask(reminding, "ada@example.org", "course")
    work(reminding)
    pass_days(reminding, time, 3)
    mail = outbox.mails[-1]
    preheader = re.search(r"One press on the button, or nothing more comes", mail.html)
    words = f"{mail.subject} {mail.sender.name} {preheader.group() if preheader else ''}".lower()
    assert mail.subject == "Your address is not confirmed yet"
    assert preheader is not None
    assert not [word for word in ("anxi", "attach", "course", "love", "secure", "therap") if word in words]
    assert "This is the only reminder." in mail.text
    assert reminding.links.start(Purpose.NOT_ME) in mail.text
    assert "{{" not in mail.text + mail.html
    token = next(part for part in mail.text.split() if part.startswith(reminding.links.start(Purpose.CONFIRM)))
    opened = reminding.links.open_confirm(
        token.removeprefix(reminding.links.start(Purpose.CONFIRM)), reminding.clock.now()
    )
    assert opened is not None
    assert opened.valid
    assert confirm(reminding, number, reminding.clock.now()) is not None
    with reminding.db.read() as session:
        assert reminder_counts(session) == {"course": ReminderCount(1, 1)}


def test_nobody_is_reminded_who_answered_or_may_not_be_written_to(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(reminding, "ada@example.org", "ebook")
    for who in ("ben", "cleo", "dan", "gus"):
        ask(reminding, f"{who}@example.org", "ebook")
    work(reminding)
    now = reminding.clock.now()
    say_never(reminding, rows(reminding, "ben@example.org")[0].id, now)
    with reminding.db.write() as session:
        for who, why in (("dan", SuppressionReason.BOUNCED), ("gus", SuppressionReason.COMPLAINED)):
            suppress(session, reminding.links, f"{who}@example.org", Grounds(why, now))
    erase(reminding, "cleo@example.org", now)
    pass_days(reminding, time, 5)
    with reminding.db.read() as session:
        assert not session.scalars(select(Delivery.id).where(Delivery.kind == DeliveryKind.REMINDER)).all()


def test_who_confirms_in_the_night_before_it_goes_gets_none(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    time.move_to(at("2027-01-04 21:00"))
    number = ask(reminding, "ada@example.org", "ebook", zone="Europe/Dublin")
    work(reminding)
    pass_days(reminding, time, 2.1)
    (row,) = reminders(reminding, "ada@example.org")
    assert row.state == DeliveryState.WAITING
    confirm(reminding, number, reminding.clock.now())
    pass_days(reminding, time, 2)
    assert [row.state for row in reminders(reminding, "ada@example.org")] == [DeliveryState.SKIPPED]


def test_signing_up_again_never_brings_a_second(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(reminding, "ben@example.org", "ebook")
    work(reminding)
    pass_days(reminding, time, 1)
    ask(reminding, "ben@example.org", "ebook")
    work(reminding)
    pass_days(reminding, time, 1.5)
    assert reminders(reminding, "ben@example.org") == [], "two days count from the last asking"
    pass_days(reminding, time, 2)
    ask(reminding, "ben@example.org", "ebook")
    ask(reminding, "ben@example.org", "course")
    pass_days(reminding, time, 10)
    assert len(reminders(reminding, "ben@example.org")) == 1


def test_switching_it_on_writes_to_nobody_who_asked_long_ago(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(reminding, "ben@example.org", "ebook")
    work(reminding)
    time.shift(timedelta(days=4, minutes=1))
    assert remind(reminding, reminding.clock.now()) == 0


def test_many_are_reminded_batch_by_batch(
    reminding: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    for number in range(205):
        ask(reminding, f"ben{number}@example.org", "ebook")
    work(reminding)
    time.shift(timedelta(days=2, hours=1))
    assert remind(reminding, reminding.clock.now()) == 205
    assert remind(reminding, reminding.clock.now()) == 0
    with reminding.db.read() as session:
        assert len(session.scalars(select(Signup.id).where(Signup.reminded_at.is_not(None))).all()) == 205


def test_a_reminder_that_may_have_left_is_not_sent_again() -> None:
    assert DeliveryKind.REMINDER in AT_MOST_ONCE


def test_check_knows_the_key() -> None:
    assert check_library(folder(practice=b"remind = true\n" + PRACTICE))[1] == []
    (wrong,) = check_library(folder(practice=b'remind = "sometimes"\n' + PRACTICE))[1]
    assert (wrong.line, wrong.code, wrong.fix) == (1, "not-boolean", "Write true or false.")
