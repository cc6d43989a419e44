"""What a reader chooses takes effect before the next mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Consent, Delivery, Lead
from funnel.subscription.confirming import confirm
from funnel.subscription.preferences import Preferences, next_now, pause, read_preferences, save_preferences
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import ask, join, lessons, live, rows, work
from tests.refs import ref_of


def started(service: Service) -> int:
    """Ada has had the first lesson; the number of that delivery."""
    join(service, "ada@example.org")
    work(service)
    return rows(service, "ada@example.org")[-1].id


def days(service: Service) -> list[str]:
    return [str(row.local_date) for row in rows(service, "ada@example.org") if row.lesson_id]


def choose(service: Service, mail: int, **changes: Any) -> None:
    chosen = replace(Preferences(zone="Europe/Dublin"), **changes)
    assert save_preferences(service, mail, chosen, service.clock.now())


def test_a_pause_moves_the_calendar_and_nothing_is_caught_up(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    time.shift(timedelta(days=2))
    assert pause(service, mail, 2, service.clock.now())
    live(service, time, 36)
    assert days(service) == ["2027-01-04", "2027-01-25", "2027-02-01", "2027-02-08"]


def test_going_on_early_takes_back_what_is_left_of_the_pause(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    pause(service, mail, 4, service.clock.now())
    time.shift(timedelta(days=7))
    assert pause(service, mail, 0, service.clock.now())
    live(service, time, 12)
    assert days(service) == ["2027-01-04", "2027-01-18"]


def test_pausing_twice_counts_from_today_and_does_not_add_up(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    pause(service, mail, 2, service.clock.now())
    pause(service, mail, 2, service.clock.now())
    live(service, time, 23)
    assert days(service) == ["2027-01-04", "2027-01-25"]


def test_slower_is_every_other_week(service: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> None:
    mail = started(service)
    choose(service, mail, slower=True)
    live(service, time, 45)
    assert days(service) == ["2027-01-04", "2027-01-18", "2027-02-01", "2027-02-15"]


def test_the_next_lesson_now_comes_now_and_only_one_a_day(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    assert not next_now(service, mail, service.clock.now())  # one came today
    time.shift(timedelta(days=1))
    assert next_now(service, mail, service.clock.now())
    assert not next_now(service, mail, service.clock.now())
    work(service)
    assert [lesson for lesson, _ in lessons(service, "ada@example.org")] == ["begin-here", "name-the-alarm"]


def test_a_discreet_subject_gives_nothing_away(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    choose(service, mail, discreet=True)
    live(service, time, 8)
    assert outbox.mails[-1].subject == "Your letter for week one"


def test_without_tracking_a_mail_has_no_pixel_and_plain_links(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    choose(service, mail, tracking="none")
    live(service, time, 8)
    html = outbox.mails[-1].html
    assert "/o/" not in html
    assert "/c/" not in html
    assert "https://letters.example.org/pages/breathing" in html
    with service.db.read() as session:
        assert session.scalars(select(Consent.kind).order_by(Consent.id)).all()[-1] == "tracking"


def test_a_new_zone_moves_the_next_lesson_to_its_own_morning(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    choose(service, mail, zone="America/New_York")
    live(service, time, 8)
    ended = rows(service, "ada@example.org")[-1].ended_at
    assert ended is not None
    assert ended.isoformat() == "2027-01-11T13:00:00+00:00"


def test_a_wrong_word_is_refused_and_changes_nothing(service: Service, outbox: MemoryAdapter) -> None:
    mail = started(service)
    before = read_preferences(service, mail)
    with pytest.raises(ValueError, match="none, clicks or full"):
        choose(service, mail, tracking="everything")
    with pytest.raises(ValueError, match="1, 2 or 4 weeks"):
        pause(service, mail, 3, service.clock.now())
    assert read_preferences(service, mail) == before
    assert before == Preferences(None, False, False, None, None)


def test_who_left_and_asks_again_goes_on_where_she_was(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    mail = started(service)
    live(service, time, 8)
    leave(service, ref_of(service, Delivery, mail), service.clock.now(), "page")
    live(service, time, 30)
    assert len(lessons(service, "ada@example.org")) == 2
    join(service, "ada@example.org")
    live(service, time, 60)
    sent = [lesson for lesson, _ in lessons(service, "ada@example.org")]
    assert len(sent) == len(set(sent)) == 8


def test_an_old_confirmation_link_brings_back_nobody_who_left(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    signup = ask(service, "cleo@example.org")
    confirm(service, signup, service.clock.now())
    leave(service, rows(service, "cleo@example.org")[0].ref, service.clock.now(), "page")
    assert confirm(service, signup, service.clock.now()) is None
    with service.db.read() as session:
        assert session.scalars(select(Lead.state)).all() == ["left"]
