"""A mail that is tried again is the same bytes again: providers refuse an idempotency key with another content."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.mime import message_bytes
from funnel.models import Delivery, DeliveryKind, Lead
from funnel.people.admins import add_admin, mail_sign_in
from funnel.publishing.history import sent_mail
from funnel.publishing.options import PublishOptions
from funnel.publishing.publish import publish
from funnel.sending.composing import compose_all
from funnel.sending.delivery import deliver
from funnel.sending.recipients import RECIPIENT_COLUMNS, recipients
from funnel.wiring import Service
from tests.journey.batches import waiting
from tests.journey.steps import ask, join, live, rows, work

COURSE, BONUS = "anxious-attachment", "name-the-alarm"


class Busy(MemoryAdapter):
    """Says "later" to everything, and keeps what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: defaultdict[str, list[bytes]] = defaultdict(list)

    def _outcome(self, mail: Mail) -> Outcome:
        self.given[mail.key].append(message_bytes(mail))
        return Outcome(OutcomeKind.TEMPORARY, "451 later")


@pytest.fixture
def one_of_each(service: Service, time: time_machine.Traveller) -> dict[str, int]:
    """A waiting delivery of each kind, tracked and untracked, by what it is; nothing was handed over yet."""
    service.channel.use(MemoryAdapter())
    whole = service.library
    publish(service, _without(whole, BONUS), "fay", service.clock.now())
    join(service, "gus@example.org")
    live(service, time, 16)
    join(service, "ada@example.org", "ebook")
    work(service)
    time.shift(timedelta(minutes=11))
    now = service.clock.now()
    ask(service, "ada@example.org", "ebook")
    join(service, "dan@example.org", "training")
    join(service, "eve@example.org", "ebook")
    publish(service, whole, "fay", now, PublishOptions(bonus=[BONUS]))
    with service.db.write() as session:
        session.execute(update(Lead).where(Lead.email == "dan@example.org").values(tracking="none"))
        session.execute(delete(Delivery).where(Delivery.kind == "confirmation", Delivery.ended_at.is_(None)))
        session.execute(update(Delivery).where(Delivery.lesson_id == BONUS).values(not_before=now))
        add_admin(session, "harbour@example.org", now)
        mail_sign_in(session, "harbour@example.org", service.clock.machine_now(), now)
        gus = session.scalars(select(Lead.id).where(Lead.email == "gus@example.org")).one()
        session.add(Delivery(kind=DeliveryKind.NOTICE, detail={"lead_id": gus}, created_at=now, not_before=now))
    ask(service, "cleo@example.org")
    with service.db.read() as session:
        found = session.execute(
            select(Delivery.id, Delivery.kind, Delivery.sequence, Delivery.lesson_id).where(Delivery.state == "waiting")
        ).all()
    return {f"{row.sequence}/{row.lesson_id}" if row.lesson_id else row.kind: row.id for row in found}


def _without(library: Library, lesson_id: str) -> Library:
    course = library.sequences[COURSE]
    lessons = tuple(lesson for lesson in course.lessons if lesson.id != lesson_id)
    return replace(library, sequences={**library.sequences, COURSE: replace(course, lessons=lessons)})


def composed(service: Service, ids: list[int], now: datetime) -> dict[str, bytes]:
    query = select(*RECIPIENT_COLUMNS).join(Lead, Lead.id == Delivery.lead_id).where(Delivery.id.in_(ids))
    with service.db.read() as session:
        readers = recipients(session, service, session.execute(query))
    drafts, problems = compose_all(service, ids, readers, now)
    assert problems == []
    return {draft.mail.key: message_bytes(draft.mail) for draft in drafts}


def test_a_delivery_composed_at_two_times_gives_the_same_bytes(
    service: Service, time: time_machine.Traveller, one_of_each: dict[str, int]
) -> None:
    assert set(one_of_each) == {
        "confirmation",
        "asset",
        "sign_in",
        "notice",
        "anxious-attachment/name-the-alarm",  # the bonus
        "ebook-welcome/here-it-is",
        "training-follow-up/your-training",  # untracked, so its links are dated themselves
    }
    service.channel.use(busy := Busy())
    ids = sorted(one_of_each.values())
    deliver(service, ids, "worker")
    first = {key: mails[0] for key, mails in busy.given.items()}
    assert sorted(map(int, first)) == ids
    begun = service.clock.now()

    @settings(max_examples=25)
    @given(st.timedeltas(timedelta(seconds=1), timedelta(days=400)))
    def whenever(later: timedelta) -> None:
        time.move_to(begun + later)
        assert composed(service, ids, service.clock.now()) == first

    whenever()


def test_every_attempt_of_two_days_hands_over_the_same_bytes(
    service: Service, time: time_machine.Traveller, one_of_each: dict[str, int]
) -> None:
    service.channel.use(busy := Busy())
    live(service, time, 1.5)
    for what, key in one_of_each.items():
        attempts = busy.given[str(key)]
        assert len(attempts) >= 6, what
        assert len(set(attempts)) == 1, what


def test_what_waited_is_dated_by_its_first_handing_over(service: Service, time: time_machine.Traveller) -> None:
    service.channel.use(MemoryAdapter())
    join(service, "ada@example.org")
    (lesson,) = [row.id for row in rows(service, "ada@example.org") if row.kind == "lesson"]
    time.shift(timedelta(hours=5))
    service.channel.use(closed := Busy())
    deliver(service, waiting(service), "worker")
    time.shift(timedelta(hours=5))
    service.channel.use(outbox := MemoryAdapter())
    deliver(service, waiting(service), "worker")
    (mail,) = [mail for mail in outbox.mails if mail.key == str(lesson)]
    assert dict(mail.headers)["Date"] == "Mon, 04 Jan 2027 14:00:00 +0000"
    assert closed.given[str(lesson)] == [message_bytes(mail)]
    again = sent_mail(service, lesson)
    assert again is not None
    assert message_bytes(again) == message_bytes(mail)
