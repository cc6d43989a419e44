"""What waits for a person: listed, released or dropped, with who and why."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.insight.agreement import agreement
from funnel.journey.decisions import drop, release, undecided
from funnel.mail import OutcomeKind
from funnel.models import Edition, EditionLesson, Enrolment
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live, rows, work


@pytest.fixture
def unknown(service: Service, time: time_machine.Traveller) -> int:
    """Ada's second lesson: nobody knows whether it went."""
    service.channel.use(MemoryAdapter())
    join(service, "ada@example.org")
    work(service)
    service.channel.use(MemoryAdapter({"ada@example.org": OutcomeKind.AMBIGUOUS}))
    live(service, time, 7.5)
    service.channel.use(MemoryAdapter())
    return rows(service, "ada@example.org")[-1].id


def agrees(service: Service) -> bool:
    with service.db.read() as session:
        return agreement(session) == []


def test_an_unknown_mail_is_listed_and_sent_only_when_somebody_releases_it(
    service: Service, time: time_machine.Traveller, unknown: int
) -> None:
    assert [(each.delivery_id, each.state, each.email) for each in undecided(service)] == [
        (unknown, "unknown", "ada@example.org")
    ]
    assert release(service, [unknown], "Ada", "she says it never came", service.clock.now()) == [unknown]
    assert release(service, [unknown], "Ada", "twice", service.clock.now()) == []
    work(service)
    assert lessons(service, "ada@example.org")[1] == ("name-the-alarm", "accepted")
    assert undecided(service) == []
    assert agrees(service)


def test_a_dropped_mail_counts_as_skipped_and_the_walk_can_end(
    service: Service, time: time_machine.Traveller, unknown: int
) -> None:
    live(service, time, 70)
    assert drop(service, [unknown], "Ada", "it is too late for it", service.clock.now()) == [unknown]
    assert rows(service, "ada@example.org")[2].reason == "dropped by Ada: it is too late for it"
    with service.db.read() as session:
        assert session.scalars(select(Enrolment.state)).all() == ["finished"]
    assert agrees(service)


def test_a_mail_that_cannot_be_filled_is_held_alone_and_sent_when_mended(
    service: Service, time: time_machine.Traveller
) -> None:
    service.channel.use(MemoryAdapter())
    join(service, "ada@example.org")
    work(service)
    with service.db.write() as session:
        row = session.scalars(
            select(EditionLesson)
            .join(Edition, Edition.id == EditionLesson.edition_id)
            .where(EditionLesson.lesson_id == "name-the-alarm")
        ).one()
        whole = dict(row.compiled)
        broken = whole | {"html": whole["html"] + "{{ no_such_name }}"}
        session.execute(update(EditionLesson).where(EditionLesson.id == row.id).values(compiled=broken))
        lesson_row = row.id
    service.editions.__init__()  # type: ignore[misc]
    live(service, time, 16)
    assert lessons(service, "ada@example.org") == [
        ("begin-here", "accepted"),
        ("name-the-alarm", "held"),
        ("where-it-was-learned", "accepted"),
    ]
    (held,) = undecided(service)
    assert "no_such_name" in held.reason
    assert agrees(service)
    with service.db.write() as session:
        session.execute(update(EditionLesson).where(EditionLesson.id == lesson_row).values(compiled=whole))
    service.editions.__init__()  # type: ignore[misc]
    release(service, [held.delivery_id], "Ada", "mended", service.clock.now())
    work(service)
    assert ("name-the-alarm", "accepted") in lessons(service, "ada@example.org")
    assert agrees(service)
