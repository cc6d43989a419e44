"""What waits for a person: listed, released or dropped, with who and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from sqlalchemy import select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.insight.agreement import agreement
from funnel.mail import OutcomeKind
from funnel.models import Delivery, Edition, EditionLesson, Enrolment
from funnel.publishing.history import mail_history
from funnel.sending.held import drop, release, state_sentences, undecided
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live, rows, work
from tests.refs import ref_of


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


def test_an_unknown_mail_is_sent_only_when_somebody_releases_it(
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


def test_who_released_a_mail_and_why_is_known_after_it_was_sent(
    service: Service, time: time_machine.Traveller, unknown: int
) -> None:
    now = service.clock.now()
    release(service, [unknown], "Ada", "she says it never came", now)
    work(service)
    row = rows(service, "ada@example.org")[-1]
    assert (row.id, row.state, row.reason) == (unknown, "accepted", "")
    (decision,) = mail_history(service, "ada@example.org")[-1].decisions
    assert (decision.what, decision.who, decision.why, decision.at) == (
        "released",
        "Ada",
        "she says it never came",
        now,
    )
    assert decision.was == "scripted as ambiguous"


def test_each_of_several_decisions_about_a_mail_is_kept(
    service: Service, time: time_machine.Traveller, unknown: int
) -> None:
    service.channel.use(MemoryAdapter({"ada@example.org": OutcomeKind.AMBIGUOUS}))
    for number in range(25):
        assert release(service, [unknown], "Ada", f"time {number}", service.clock.now()) == [unknown]
        work(service)
        time.shift(timedelta(minutes=6))  # so that it does not look as if the provider were down
    drop(service, [unknown], "Ben", "enough", service.clock.now())
    kept = mail_history(service, "ada@example.org")[-1].decisions
    assert [each.why for each in kept] == [*(f"time {number}" for number in range(6, 25)), "enough"]
    assert kept[-1].what == "dropped"
    assert agrees(service)


def test_a_lesson_released_days_later_gets_two_days_again(
    service: Service, time: time_machine.Traveller, unknown: int
) -> None:
    time.shift(timedelta(days=5))
    release(service, [unknown], "Ada", "it never came", service.clock.now())
    service.channel.use(MemoryAdapter({"ada@example.org": OutcomeKind.TEMPORARY}))
    released = service.clock.now()
    work(service)
    assert rows(service, "ada@example.org")[2].state == "waiting"
    live(service, time, 4)
    row = rows(service, "ada@example.org")[2]
    assert row.state == "failed"
    assert row.ended_at is not None
    assert timedelta(hours=48) <= row.ended_at - released <= timedelta(hours=64)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("waiting", "it waits to be sent"),
        ("claimed", "it is about to be sent"),
        ("handing_over", "it is being sent just now"),
        ("accepted", "it has been sent"),
        ("failed", "it has failed: 550 no such mailbox"),
        ("skipped", "it was not sent: 550 no such mailbox"),
    ],
)
def test_what_waits_for_no_person_is_left_alone_and_reported(
    service: Service, unknown: int, state: str, said: str
) -> None:
    with service.db.write() as session:
        session.execute(
            update(Delivery).where(Delivery.id == unknown).values(state=state, reason="550 no such mailbox")
        )
    for decide in (release, drop):
        assert decide(service, [unknown, 999_999], "Ada", "now", service.clock.now()) == []
    assert rows(service, "ada@example.org")[2].state == state
    assert mail_history(service, "ada@example.org")[2].decisions == ()
    assert state_sentences(service, [unknown, 999_999]) == {unknown: said, 999_999: "there is no such mail"}


def test_who_has_left_since_does_not_get_what_is_released(
    service: Service, time: time_machine.Traveller, unknown: int
) -> None:
    leave(service, ref_of(service, Delivery, unknown), service.clock.now(), "one-click")
    assert release(service, [unknown], "Ada", "it never came", service.clock.now()) == [unknown]
    service.channel.use(outbox := MemoryAdapter())
    work(service)
    assert outbox.mails == []
    assert rows(service, "ada@example.org")[2].state == "skipped"
    assert agrees(service)


def test_a_mail_two_people_decide_on_at_once_is_decided_once(service: Service, unknown: int) -> None:
    begin = Barrier(2)
    done: list[tuple[str, list[int]]] = []

    def decide(name: str, how: Callable[..., list[int]]) -> None:
        begin.wait()
        done.append((name, how(service, [unknown], name, "at once", service.clock.now())))

    threads = [Thread(target=decide, args=("Ada", release)), Thread(target=decide, args=("Ben", drop))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (first,) = [name for name, decided in done if decided]
    (decision,) = mail_history(service, "ada@example.org")[2].decisions
    assert decision.who == first
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


def test_an_unfillable_mail_is_held_alone_and_sent_when_mended(service: Service, time: time_machine.Traveller) -> None:
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
