"""The one door out: what is written when, and what is left when something dies."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.models import ChannelState, Delivery, Enrolment, LessonCount
from funnel.sending.batch import DeliveryBatch
from funnel.sending.delivery import deliver
from funnel.sending.scheduler import tick
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.batches import five_waiting, waiting
from tests.journey.steps import ask, join, lessons, live, rows, work


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours may handle it."""


class DyingAdapter(MemoryAdapter):
    """Dies after so many mails, before it could say what became of the last."""

    def __init__(self, lives: int, window: int) -> None:
        super().__init__(window=window)
        self._lives = lives

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        for answer in super().send(mails):
            self._lives -= 1
            if self._lives < 0:
                raise Killed
            yield answer


class WatchingAdapter(MemoryAdapter):
    """Looks at the database while the mail is on the wire."""

    def __init__(self, service: Service) -> None:
        super().__init__(window=1)
        self._service = service
        self.states: list[str] = []

    def _outcome(self, mail: Mail) -> Outcome:
        with self._service.db.write() as session:  # would wait for ever if a transaction were open
            self.states += session.scalars(select(Delivery.state).where(Delivery.id == int(mail.key)))
        return super()._outcome(mail)


def test_on_the_wire_means_on_disk_and_no_open_transaction(service: Service, outbox: MemoryAdapter) -> None:
    watching = WatchingAdapter(service)
    service.channel.use(watching)
    deliver(service, five_waiting(service), "worker")
    assert watching.states == ["handing_over"] * 5


def test_a_killed_worker_leaves_only_mail_on_the_wire_unknown(service: Service, time: time_machine.Traveller) -> None:
    ids = five_waiting(service)
    dying = DyingAdapter(lives=2, window=1)
    service.channel.use(dying)
    with pytest.raises(Killed):
        _deliver_and_be_killed(service, ids)
    time.shift(timedelta(seconds=service.settings.wire_seconds + 1))
    healthy = MemoryAdapter()
    service.channel.use(healthy)
    work(service)
    with service.db.read() as session:
        states = dict(session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
    assert states == {"accepted": 4, "unknown": 1}
    keys = [mail.key for mail in (*dying.mails, *healthy.mails)]
    assert len(keys) == len(set(keys)) == 5


def _deliver_and_be_killed(service: Service, ids: list[int]) -> None:
    """As `deliver`, but what runs on the way out of an exception does not run either, as after SIGKILL."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DeliveryBatch, "settle", lambda _: None)
        deliver(service, ids, "dead-worker")


def test_a_confirmation_nobody_knows_about_is_sent_again(service: Service, time: time_machine.Traveller) -> None:
    ask(service, "ada@example.org")
    service.channel.use(DyingAdapter(lives=0, window=1))
    with pytest.raises(Killed):
        _deliver_and_be_killed(service, waiting(service))
    time.shift(timedelta(seconds=service.settings.wire_seconds + 1))
    outbox = MemoryAdapter()
    service.channel.use(outbox)
    work(service)
    assert [row.state for row in rows(service, "ada@example.org")] == ["accepted"]
    assert len(outbox.mails) == 1


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(service: Service, outbox: MemoryAdapter) -> None:
    ids = five_waiting(service)
    service.channel.use(adapter := MemoryAdapter(window=2))
    deliver(service, ids, "worker", stopping=lambda: bool(adapter.mails))
    assert len(adapter.mails) == 2
    assert waiting(service) == ids[2:]


def test_two_workers_with_the_same_batch_send_each_mail_once(service: Service, outbox: MemoryAdapter) -> None:
    ids = five_waiting(service)
    deliver(service, ids, "first")
    deliver(service, ids, "second")
    assert sorted(int(mail.key) for mail in outbox.mails) == ids


def test_who_leaves_after_the_mail_was_claimed_does_not_get_it(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "cleo@example.org")
    confirmation, lesson = rows(service, "cleo@example.org")
    leave(service, confirmation.ref, service.clock.now(), "one-click")
    deliver(service, [confirmation.id, lesson.id], "worker")
    assert outbox.mails == []
    assert [row.state for row in rows(service, "cleo@example.org")] == ["skipped", "skipped"]


@pytest.mark.parametrize("kind", [OutcomeKind.RATE, OutcomeKind.QUOTA, OutcomeKind.AUTH_CONFIG])
def test_a_channel_that_waits_costs_no_mail_an_attempt(
    service: Service, time: time_machine.Traveller, kind: OutcomeKind
) -> None:
    ids = five_waiting(service)
    slow = MemoryAdapter(
        {"reader-1@example.org": Outcome(kind, "not now", retry_after=timedelta(minutes=10))}, window=1
    )
    service.channel.use(slow)
    deliver(service, ids, "worker")
    assert len(slow.mails) == 1
    with service.db.read() as session:
        assert session.scalars(select(ChannelState.kind)).all() == [kind.value]
        assert set(session.scalars(select(Delivery.attempts))) == {0}
    deliver(service, waiting(service), "worker")
    assert len(slow.mails) == 1  # nothing is tried while the channel waits
    time.shift(timedelta(minutes=11))
    mended = MemoryAdapter()
    service.channel.use(mended)
    tick(service, service.clock.now())
    deliver(service, waiting(service), "worker")
    assert len(mended.mails) == 4
    with service.db.read() as session:
        assert session.scalars(select(ChannelState.kind)).all() == []


def test_a_lesson_in_doubt_is_held_and_never_sent_again(service: Service, time: time_machine.Traveller) -> None:
    service.channel.use(MemoryAdapter())
    join(service, "ada@example.org")
    work(service)
    service.channel.use(MemoryAdapter({"ada@example.org": OutcomeKind.AMBIGUOUS}))
    live(service, time, 8)
    later = MemoryAdapter()
    service.channel.use(later)
    live(service, time, 90)
    assert lessons(service, "ada@example.org")[1] == ("name-the-alarm", "unknown")
    assert not [mail for mail in later.mails if mail.subject.startswith("Week 1")]
    with service.db.read() as session:
        # The enrolment is not called finished while one of its mails is undecided.
        assert session.scalars(select(Enrolment.state)).all() == ["active"]
        counts = dict(
            session.execute(select(LessonCount.measure, func.sum(LessonCount.n)).group_by(LessonCount.measure)).all()
        )
    assert counts == {"accepted": 7, "unknown": 1}


def test_what_somebody_has_locked_for_a_moment_is_still_claimed(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org")
    tick(service, service.clock.now())
    (waiting,) = (row.id for row in rows(service, "ada@example.org") if row.lesson_id)
    locked, release = threading.Event(), threading.Event()

    def note_that_it_is_queued() -> None:
        with service.db.write() as session:
            session.execute(update(Delivery).where(Delivery.id == waiting).values(queue_lease_until=None))
            locked.set()
            release.wait(10)  # as long as a clock takes that has thousands of rows to write

    clock = threading.Thread(target=note_that_it_is_queued)
    clock.start()
    assert locked.wait(10)
    threading.Timer(0.3, release.set).start()
    deliver(service, [waiting], "worker")
    clock.join()
    assert [row.state for row in rows(service, "ada@example.org") if row.id == waiting] == ["accepted"]
