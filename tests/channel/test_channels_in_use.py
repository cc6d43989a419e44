"""The one door out with a pace, two channels and a server that fails: what goes, and what waits for how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from redis import Redis
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.models import ChannelState, Delivery
from funnel.sending.delivery import deliver
from funnel.sending.scheduler import enqueue_waiting, tick
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.batches import many_waiting
from tests.journey.steps import ask, work
from tests.refs import ref_of

READERS = [f"reader-{number}@example.org" for number in range(60)]


def lessons_due(service: Service) -> list[int]:
    """Sixty lessons that wait; their confirmations are out of the way."""
    return many_waiting(service, READERS)


def states(service: Service) -> dict[str, int]:
    with service.db.read() as session:
        return dict(session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all())


@pytest.fixture
def outbox() -> MemoryAdapter:
    return MemoryAdapter()


def test_a_pace_lets_some_go_and_gives_others_their_places(
    make_service: Callable[..., Service], outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    service = make_service(mail_pace="10/s")
    service.channel.use(outbox)
    ids = lessons_due(service)
    deliver(service, ids, "worker")
    assert states(service) == {"accepted": 10, "waiting": 50}
    for _ in range(5):
        time.shift(timedelta(seconds=1))
        now = service.clock.machine_now()
        with service.db.read() as session:
            back = list(session.scalars(select(Delivery.id).where(Delivery.queue_lease_until <= now)))
        deliver(service, back, "worker")
    assert states(service) == {"accepted": 60}
    assert len({mail.key for mail in outbox.mails}) == len(outbox.mails) == 60


def test_a_confirmation_goes_when_lessons_have_used_up_the_day(
    make_service: Callable[..., Service], outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    service = make_service(mail_pace="20/day")
    service.channel.use(outbox)
    deliver(service, lessons_due(service), "worker")
    assert states(service) == {"accepted": 18, "waiting": 42}
    ask(service, "fay@example.org")
    work(service)
    assert outbox.mails[-1].recipient.address == "fay@example.org"


def test_what_was_allowed_and_not_sent_does_not_use_up_the_day(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    service = make_service(mail_pace="from 2027-01-04")
    service.channel.use(stopped := MemoryAdapter(window=4))
    ids = lessons_due(service)
    deliver(service, ids, "worker", stopping=lambda: bool(stopped.mails))
    assert len(stopped.mails) == 4
    assert service.channel.pace.sent(service.clock.machine_now()) == 4
    service.channel.use(outbox := MemoryAdapter())
    deliver(service, ids, "worker")
    assert len(outbox.mails) == 46


class ElsewhereClosed(MemoryAdapter):
    """While its first mail is on the wire another worker writes down that the channel rests."""

    def __init__(self, service: Service) -> None:
        super().__init__({READERS[0]: OutcomeKind.TEMPORARY}, window=4)
        self._service = service

    def _outcome(self, mail: Mail) -> Outcome:
        if mail.recipient.address == READERS[0]:
            now = self._service.clock.machine_now()
            with self._service.db.write() as session:
                session.add(ChannelState(adapter="memory", kind="rate", since=now, until=now + timedelta(minutes=5)))
        return super()._outcome(mail)


def test_a_channel_closing_while_marking_gives_its_share_back(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    service = make_service(mail_pace="from 2027-01-04")
    service.channel.use(closing := ElsewhereClosed(service))
    ids = lessons_due(service)
    deliver(service, ids, "worker")
    assert len(closing.mails) == 3
    assert states(service) == {"accepted": 3, "waiting": 57}
    assert service.channel.pace.sent(service.clock.machine_now()) == 4


def test_what_the_provider_did_not_take_yet_uses_up_no_day(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    service = make_service(mail_pace="from 2027-01-04")
    service.channel.use(slow := MemoryAdapter(dict.fromkeys(READERS[2:], OutcomeKind.RATE), window=4))
    deliver(service, lessons_due(service), "worker")
    assert len(slow.mails) == 2
    assert service.channel.pace.sent(service.clock.machine_now()) == 2


def test_who_has_left_and_what_cannot_be_filled_use_up_no_day(
    make_service: Callable[..., Service], outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    service = make_service(mail_pace="from 2027-01-04")
    service.channel.use(outbox)
    ids = lessons_due(service)
    for key in ids[:3]:
        leave(service, ref_of(service, Delivery, key), service.clock.now(), "one-click")
    with service.db.write() as session:
        # As a half-written row would be: nobody can fill a lesson that was never published.
        session.execute(update(Delivery).where(Delivery.id.in_(ids[3:5])).values(edition_lesson_id=None))
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id.in_(ids[:3])).values(state="waiting"))
    deliver(service, ids, "worker")
    assert states(service) == {"accepted": 45, "held": 2, "skipped": 3, "waiting": 10}
    assert service.channel.pace.sent(service.clock.machine_now()) == 45


def test_a_batch_broken_before_its_first_mail_gives_all_back(
    make_service: Callable[..., Service], time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(mail_pace="from 2027-01-04")
    service.channel.use(MemoryAdapter())
    ids = lessons_due(service)

    def lost(*_: object) -> None:
        raise OperationalError("SELECT", {}, OSError("the database went away"))

    monkeypatch.setattr("funnel.sending.batch.compose_all", lost)
    with pytest.raises(OperationalError):
        deliver(service, ids, "worker")
    monkeypatch.setattr("funnel.sending.pace_share.defer_claimed", lost)
    with pytest.raises(OperationalError):
        deliver(service, ids, "worker")
    assert states(service) == {"waiting": 60}
    assert service.channel.pace.sent(service.clock.machine_now()) == 0


def test_lessons_and_confirmations_have_channels_of_their_own(
    make_service: Callable[..., Service], outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    service = make_service(course_mail_url="memory://")
    assert service.channel.course is not None
    slow = MemoryAdapter(dict.fromkeys(READERS, OutcomeKind.QUOTA))
    service.channel.use(outbox)
    service.channel.course.use(slow)
    ids = lessons_due(service)
    ask(service, "fay@example.org")
    with service.db.read() as session:
        confirmation = session.scalars(select(Delivery.id).where(Delivery.kind == "confirmation")).one()
    deliver(service, [*ids, confirmation], "worker")
    assert [mail.recipient.address for mail in outbox.mails] == ["fay@example.org"]
    assert states(service) == {"accepted": 1, "waiting": 60}
    with service.db.read() as session:
        assert session.execute(select(ChannelState.adapter, ChannelState.kind)).all() == [("memory-courses", "quota")]
        assert set(session.scalars(select(Delivery.attempts))) == {0}


def test_a_server_that_takes_nothing_is_spared_within_a_batch(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    service = make_service()
    service.channel.use(MemoryAdapter(dict.fromkeys(READERS, OutcomeKind.TEMPORARY), window=4))
    ids = lessons_due(service)
    deliver(service, ids, "worker")
    with service.db.read() as session:
        tried = session.scalars(select(func.count()).where(Delivery.attempts == 1)).one()
        assert session.scalars(select(ChannelState.kind)).all() == ["failing"]
    assert 20 <= tried <= 24
    # A minute later one round is the trial; the server is still down, so the channel rests for twice as long.
    time.shift(timedelta(minutes=1))
    deliver(service, ids, "worker")
    with service.db.read() as session:
        assert session.scalars(select(func.count()).where(Delivery.attempts == 1)).one() <= tried + 8
        state = session.scalars(select(ChannelState)).one()
    assert state.until is not None
    assert state.until - state.since == timedelta(minutes=2)
    time.shift(timedelta(minutes=20))
    service.channel.use(outbox := MemoryAdapter())
    tick(service, service.clock.now())
    deliver(service, ids, "worker")
    assert len(outbox.mails) == 60
    with service.db.read() as session:
        assert session.scalars(select(ChannelState.kind)).all() == []


def test_the_clock_queues_no_more_lessons_than_the_pace_allows(
    make_service: Callable[..., Service], redis_url: str, time: time_machine.Traveller
) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    service = make_service(mail_pace="2/s", redis_url=redis_url)
    service.channel.use(MemoryAdapter())
    lessons_due(service)
    ask(service, "fay@example.org")
    with service.db.write() as session:
        session.execute(update(Delivery).values(queue_lease_until=None))
    assert enqueue_waiting(service, service.clock.now()) == 22 + 1  # ten seconds' worth, and the confirmation
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
