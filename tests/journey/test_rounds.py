"""A course that begins together: who waits is told when, and begins on her own wall with everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library
from funnel.insight import sequence_reports
from funnel.links import Purpose
from funnel.models import DeliveryKind, Enrolment, EnrolmentState
from funnel.publishing.pausing import pause_sequence, resume_sequence
from funnel.publishing.publish import plan, publish
from funnel.subscription.manual import enrol_by_hand, mark_client
from funnel.subscription.preferences import next_now, pause
from funnel.subscription.taking_up import take_up
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import COURSE, ask, join, live, rows, sent, work
from tests.web.conftest import Pages, on_one_database
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

JANUARY, MARCH = date(2027, 1, 15), date(2027, 3, 26)  # Fridays; it is Monday 4 January


def with_rounds(service: Service, *rounds: date, closes: int = 3) -> Library:
    course = replace(service.library.sequences[COURSE], rounds=rounds, closes=closes if rounds else 0)
    return replace(service.library, sequences={**service.library.sequences, COURSE: course})


@pytest.fixture
def together(service: Service) -> Service:
    publish(service, with_rounds(service, JANUARY, MARCH), "ada", service.clock.now())
    return service


def only_enrolment(service: Service) -> Enrolment:
    with service.db.read() as session:
        return session.scalars(select(Enrolment)).one()


def told(outbox: MemoryAdapter) -> list[str]:
    """The sentences of the mails that say when a course begins."""
    mails = [mail for mail in outbox.mails if mail.subject == "When your letters begin"]
    return [next(line for line in mail.text.replace("\n", " ").split("  ") if "begins for" in line) for mail in mails]


def when(service: Service, email: str) -> list[str]:
    found = [row for row in rows(service, email) if row.kind == DeliveryKind.LESSON and row.ended_at]
    return [f"{row.ended_at:%m-%d %H:%M}" for row in found]


def test_who_confirms_before_is_told_when_and_begins_with_all(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org", zone="Europe/Dublin")
    join(together, "fay@example.org", zone="Australia/Sydney")
    live(together, time, 1)
    assert [len(sent(together, who)) for who in ("ada", "fay")] == [0, 0]
    (first, second) = told(outbox)
    assert "the first mail comes on Friday 15 January 2027." in first
    assert "the first mail comes on Friday 15 January 2027." in second
    live(together, time, 20)
    assert when(together, "ada@example.org")[:2] == ["01-15 08:00", "01-22 08:00"]
    assert when(together, "fay@example.org")[:2] == ["01-14 21:00", "01-21 21:00"]


def test_two_rounds_hold_the_wall_across_a_clock_change(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org", zone="Europe/Dublin")
    time.move_to("2027-02-01 10:00Z")
    work(together)
    join(together, "ben@example.org", zone="Europe/Dublin")
    live(together, time, 70)
    assert sent(together, "ada")[0] == sent(together, "ben")[0] == "begin-here"
    assert when(together, "ben@example.org")[:2] == ["03-26 08:00", "04-02 07:00"]


def test_who_comes_before_it_closes_has_the_first_at_once(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    time.move_to("2027-01-17 21:40Z")
    join(together, "ada@example.org", zone="Europe/Dublin")
    live(together, time, 10)
    assert when(together, "ada@example.org") == ["01-17 21:40", "01-22 08:00"]
    assert told(outbox) == []


def test_who_comes_too_late_waits_for_a_date_that_is_published_then(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    time.move_to("2027-04-20 10:00Z")
    join(together, "ada@example.org", zone="Europe/Dublin")
    live(together, time, 5)
    assert only_enrolment(together).state == EnrolmentState.WAITING
    assert "The next is not set yet; you get a mail when it is." in told(outbox)[0]
    library = with_rounds(together, MARCH, date(2027, 5, 7))
    (draft,) = plan(together, library, together.clock.now())
    assert draft.plan.changes[0].counts == {"begins": 1}
    publish(together, library, "ada", together.clock.now())
    live(together, time, 30)
    assert "the first mail comes on Friday 7 May 2027." in told(outbox)[1]
    assert when(together, "ada@example.org")[:2] == ["05-07 07:00", "05-14 07:00"]


def test_a_moved_date_moves_who_waits_and_tells_her(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org", zone="Europe/Dublin")
    work(together)
    library = with_rounds(together, date(2027, 1, 20), MARCH)
    (draft,) = plan(together, library, together.clock.now())
    assert draft.plan.changes[0].counts == {"moved": 1}
    assert draft.plan.changes[0].dates == (("2027-01-15", "2027-01-20", 1),)
    publish(together, library, "ada", together.clock.now())
    live(together, time, 20)
    assert ["15 January 2027" in told(outbox)[0], "20 January 2027" in told(outbox)[1]] == [True, True]
    assert when(together, "ada@example.org")[0] == "01-20 08:00"


def test_a_round_called_off_loses_nobody(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org")
    work(together)
    publish(together, with_rounds(together, date(2026, 12, 1)), "ada", together.clock.now())
    live(together, time, 30)
    assert (only_enrolment(together).state, sent(together, "ada")) == (EnrolmentState.WAITING, [])
    publish(together, with_rounds(together), "ada", together.clock.now())
    live(together, time, 10)
    assert sent(together, "ada")[:2] == ["begin-here", "name-the-alarm"]


def test_nobody_is_sent_the_first_before_the_round_by_a_button(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org")
    work(together)
    (mail,) = [row for row in rows(together, "ada@example.org") if row.kind == DeliveryKind.ROUND]
    assert not next_now(together, mail.id, together.clock.now())
    assert pause(together, mail.id, 1, together.clock.now())
    live(together, time, 12)
    assert when(together, "ada@example.org") == ["01-15 08:00"]


def test_a_sequence_that_rested_before_the_round_begins_on_its_day(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org")
    work(together)
    pause_sequence(together, COURSE, together.clock.now())
    time.move_to("2027-01-09 10:00Z")
    resume_sequence(together, COURSE, together.clock.now())
    live(together, time, 7)
    assert when(together, "ada@example.org") == ["01-15 08:00"]


def test_who_left_while_waiting_and_comes_back_joins_the_next_round(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    confirmed = join(together, "ada@example.org")
    work(together)
    (mail,) = [row for row in rows(together, "ada@example.org") if row.kind == DeliveryKind.ROUND]
    leave(together, mail.ref, together.clock.now(), "page")
    live(together, time, 30)
    assert sent(together, "ada") == []
    join(together, "ada@example.org")
    live(together, time, 60)
    assert confirmed.offer == "course"
    assert when(together, "ada@example.org")[0] == "03-26 08:00"


def test_who_left_while_no_date_was_set_is_told_of_none(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    time.move_to("2027-04-20 10:00Z")
    join(together, "ada@example.org")
    work(together)
    (mail,) = [row for row in rows(together, "ada@example.org") if row.kind == DeliveryKind.ROUND]
    leave(together, mail.ref, together.clock.now(), "page")
    publish(together, with_rounds(together, date(2027, 5, 7)), "ada", together.clock.now())
    live(together, time, 30)
    assert sent(together, "ada") == []
    assert len(told(outbox)) == 1


@on_one_database
def test_her_room_offers_no_mail_before_the_round(
    together: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org")
    work(together)
    (mail,) = [row for row in rows(together, "ada@example.org") if row.kind == DeliveryKind.ROUND]
    room = f"/me/{together.links.token(Purpose.PREFERENCES, mail.ref)}"
    before = pages.client.get(room).text
    assert "It begins for everybody on that day." in before
    assert "Send me the next one" not in before
    live(together, time, 13)
    assert "Send me the next one" in pages.client.get(room).text


def test_by_hand_one_joins_the_next_round_and_is_taken_up_into_one(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org", offer="ebook")
    mark = enrol_by_hand(together, "ada@example.org", COURSE, together.clock.now(), agreed="by telephone")
    assert mark.started_on == JANUARY
    mark_client(together, "ada@example.org", together.clock.now())
    time.move_to("2027-02-01 10:00Z")
    found = take_up(together, "ada@example.org", COURSE, together.clock.now())
    assert found.due_at == datetime.fromisoformat("2027-03-26T08:00:00+00:00")
    time.move_to("2027-04-20 10:00Z")
    work(together)
    assert ask(together, "ben@example.org") > 0


def test_the_reports_say_how_many_each_round_has(
    together: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(together, "ada@example.org")
    work(together)
    with together.db.read() as session:
        (report,) = sequence_reports(session, sequence=COURSE)
    assert report.rounds == ((JANUARY, 1), (MARCH, 0))
