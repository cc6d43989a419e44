"""Whether the service is alive, what needs a person, and who is where."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, text, update

from funnel.db import Database
from funnel.insight import ledger, mails_page, needs, people_page, status
from funnel.insight.mails import MailFilter
from funnel.insight.needs import NeedKind
from funnel.insight.open_mail import oldest_due
from funnel.insight.status import QueueState
from funnel.models import (
    ChannelState,
    Delivery,
    DeliveryState,
    Enrolment,
    Event,
    Heartbeat,
    Lead,
    LeadState,
    SequenceState,
)

from .conftest import COURSE, NOW, Practice

QUEUES = {"urgent": 0, "lessons": 2}
MINUTE = timedelta(minutes=1)


def _needs(
    practice: Practice, *, rate: float = 1.0, queues: dict[str, int] = QUEUES, workers: int | None = 1
) -> list[NeedKind]:
    with practice.database.read() as session:
        return [need.kind for need in needs(session, status(session, QueueState(queues, workers), NOW, NOW), NOW, rate)]


@pytest.fixture
def ticking(practice: Practice) -> Practice:
    """A practice whose clock ticked a second ago."""
    with practice.database.write() as session:
        session.add(Heartbeat(name="clock", at=NOW, machine_at=NOW - timedelta(seconds=1)))
    return practice


def test_the_status_counts_every_state_even_those_nothing_is_in(ticking: Practice) -> None:
    ticking.mail(ticking.lead("ada"), DeliveryState.ACCEPTED)
    with ticking.database.read() as session:
        found = status(session, QueueState(QUEUES, 1), NOW, NOW).to_json()
    assert found["deliveries"] == dict.fromkeys((state.value for state in DeliveryState), 0) | {"accepted": 1}
    assert found["last_tick_seconds_ago"] == 1.0
    assert found["queues"] == QUEUES
    assert found["workers"] == 1
    assert found["oldest_due_late_seconds"] == 0.0


def test_when_nothing_is_the_matter_nobody_is_needed(ticking: Practice) -> None:
    ticking.mail(ticking.lead("ada"), DeliveryState.ACCEPTED)
    assert _needs(ticking) == []


def test_a_clock_that_never_ran_or_fell_silent_is_said(ticking: Practice) -> None:
    with ticking.database.write() as session:
        session.execute(update(Heartbeat).values(machine_at=NOW - 3 * MINUTE))
    assert _needs(ticking) == [NeedKind.CLOCK_SILENT]


def test_a_queue_that_cannot_be_asked_is_said(ticking: Practice) -> None:
    assert _needs(ticking, queues={}, workers=None) == [NeedKind.QUEUE_AWAY]


def test_where_no_worker_is_at_work_that_is_said(ticking: Practice) -> None:
    assert _needs(ticking, workers=0) == [NeedKind.NO_WORKER]


def test_held_unknown_and_lately_failed_mail_needs_a_look(ticking: Practice) -> None:
    for name, state in (("ada", DeliveryState.HELD), ("fay", DeliveryState.UNKNOWN), ("dan", DeliveryState.FAILED)):
        ticking.mail(ticking.lead(name), state)
    assert _needs(ticking) == [NeedKind.HELD, NeedKind.UNKNOWN, NeedKind.FAILED]


def test_mail_that_failed_long_ago_is_history(ticking: Practice) -> None:
    ticking.mail(ticking.lead("dan"), DeliveryState.FAILED, NOW - timedelta(days=8))
    assert _needs(ticking) == []


def test_a_stopped_channel_is_first_and_a_past_wait_not_named(ticking: Practice) -> None:
    ticking.mail(ticking.lead("ada"), DeliveryState.HELD)
    with ticking.database.write() as session:
        session.add(ChannelState(adapter="smtp", kind="auth_config", detail="535 no", since=NOW, until=None))
        session.add(ChannelState(adapter="ses", kind="rate", detail="454", since=NOW, until=NOW - MINUTE))
        session.add(ChannelState(adapter="file", kind="quota", detail="full", since=NOW, until=NOW + MINUTE))
    assert _needs(ticking) == [NeedKind.CHANNEL_STOPPED, NeedKind.CHANNEL_WAITS, NeedKind.HELD]


def test_lateness_is_measured_from_when_the_oldest_mail_was_due(ticking: Practice) -> None:
    ticking.mail(ticking.lead("ada"), DeliveryState.WAITING, NOW - 20 * MINUTE)
    ticking.mail(ticking.lead("fay"), DeliveryState.WAITING, NOW + MINUTE)
    with ticking.database.read() as session:
        assert status(session, QueueState(QUEUES, 1), NOW, NOW).late == 1200.0
    assert _needs(ticking) == [NeedKind.LATE]


def test_in_a_time_lapse_lateness_goes_by_the_machines_time(ticking: Practice) -> None:
    ticking.mail(ticking.lead("ada"), DeliveryState.WAITING, NOW - 20 * MINUTE)
    assert _needs(ticking, rate=80_640.0) == []


def test_an_unseen_lesson_is_late_unless_its_sequence_is_paused(ticking: Practice) -> None:
    ticking.mail(ticking.lead("ada"), DeliveryState.ACCEPTED)
    with ticking.database.write() as session:
        session.execute(update(Enrolment).values(due_at=NOW - 30 * MINUTE))
    assert _needs(ticking) == [NeedKind.LATE]
    with ticking.database.write() as session:
        session.execute(update(SequenceState).where(SequenceState.sequence == COURSE).values(paused_at=NOW))
    assert _needs(ticking) == []


def test_asking_for_the_oldest_due_mail_uses_the_small_indexes(sqlite_template: Path) -> None:
    """SQLite's planner takes a partial index only where the query holds the index's own words."""
    database = Database(f"sqlite:///{sqlite_template}")
    asked: list[tuple[str, object]] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _x, sql, values, *_: asked.append((sql, values)))
    with database.read() as session:
        oldest_due(session, NOW)
        plans = [
            " ".join(row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))  # type: ignore[arg-type]
            for sql, values in list(asked)
        ]
    assert any("ix_delivery_lookup" in plan for plan in plans), plans
    assert any("ix_enrolment_due" in plan for plan in plans), plans
    database.close()


def test_people_are_listed_newest_first_and_found_by_part(practice: Practice) -> None:
    for name in ("ada", "ben", "cleo", "under_score"):
        practice.lead(name)
    with practice.database.read() as session:
        first, before = people_page(session, size=3)
        rest, end = people_page(session, before, size=3)
        found, _ = people_page(session, search=" CLEO@Example ")
        literal, _ = people_page(session, search="_")
        nobody, _ = people_page(session, state=LeadState.LEFT)
    assert [line.email for line in first + rest] == [
        "under_score@example.org", "cleo@example.org", "ben@example.org", "ada@example.org",
    ]  # fmt: skip
    assert end is None
    assert [line.email for line in found] == ["cleo@example.org"]
    assert [line.email for line in literal] == ["under_score@example.org"]
    assert nobody == []


def test_a_person_stands_at_the_last_lesson_there_is_mail_of(practice: Practice) -> None:
    ada = practice.lead("ada")
    practice.mail(ada, DeliveryState.ACCEPTED)
    practice.mail(ada, DeliveryState.WAITING, NOW + 7 * timedelta(days=1), lesson="name-the-alarm")
    with practice.database.read() as session:
        (line,), _ = people_page(session)
    assert [(enrolment.sequence, enrolment.state, enrolment.lesson_id) for enrolment in line.enrolments] == [
        (COURSE, "active", "name-the-alarm")
    ]


def test_mails_are_found_by_state_and_lesson_with_their_subject(practice: Practice) -> None:
    ada = practice.lead("ada")
    practice.mail(ada, DeliveryState.ACCEPTED)
    practice.mail(ada, DeliveryState.FAILED, lesson="name-the-alarm")
    with practice.database.read() as session:
        everything, end = mails_page(session, MailFilter())
        failed, _ = mails_page(session, MailFilter([DeliveryState.FAILED]))
        of_lesson, _ = mails_page(session, MailFilter(sequence=COURSE, lesson_id="begin-here"))
        first, before = mails_page(session, MailFilter(), size=1)
    assert len(everything) == 2
    assert end is None
    assert [(mail.lesson_id, mail.to, bool(mail.subject), mail.edition) for mail in failed] == [
        ("name-the-alarm", "ada@example.org", True, 1)
    ]
    assert [mail.state for mail in of_lesson] == ["accepted"]
    assert before == first[0].id


def test_the_ledger_has_each_thing_that_came_back_once(practice: Practice) -> None:
    ada = practice.lead("ada")
    mail = practice.mail(ada, DeliveryState.ACCEPTED, opened_at=NOW)
    practice.mail(practice.lead("ben"), DeliveryState.ACCEPTED)
    with practice.database.write() as session:
        lead_id = session.scalars(select(Lead.id).where(Lead.email_key == "ada@example.org")).one()
        session.add(Event(key="a", kind="opened", at=NOW, delivery_id=mail, lead_id=lead_id, reasons=["one"], raw={}))
        session.add(Event(key="b", kind="clicked", at=NOW + MINUTE, delivery_id=mail, reasons=[], raw={}))
        session.add(Event(key="c", kind="booked", at=NOW - MINUTE, lead_id=lead_id, reasons=[], raw={}))
    with practice.database.read() as session:
        found = ledger(session, lead_id)
        assert ledger(session, 10_000) is None
    assert found is not None
    assert [event.kind for event in found.events] == ["clicked", "opened", "booked"]
    assert [line.id for line in found.mails] == [mail]
    assert not found.cut


def test_a_pages_counting_leaves_out_the_states_that_only_grow(practice: Practice) -> None:
    practice.mail(practice.lead("ada"), DeliveryState.ACCEPTED)
    with practice.database.read() as session:
        found = status(session, QueueState(QUEUES, 1), NOW, NOW, [DeliveryState.HELD])
        assert (
            session.scalar(text("SELECT count(*) FROM delivery")) == len(session.scalars(select(Delivery)).all()) == 1
        )
    assert found.deliveries == {"held": 0}
