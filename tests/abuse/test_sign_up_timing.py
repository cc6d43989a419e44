"""How long a sign-up takes tells nothing of the address: whoever it is, the same work is done before the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from redis import Redis
from sqlalchemy import event

from funnel.adapters.memory import MemoryAdapter
from funnel.models import SuppressionReason
from funnel.people.mailboxes import never_ask
from funnel.people.suppression import Grounds, suppress
from funnel.sending.delivery import deliver
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service
from tests.journey.steps import ask, join

WHO = ("unknown", "confirmed", "suppressed", "never", "repeated")


@pytest.fixture
def readers(make_service: Callable[..., Service], redis_url: str, time: time_machine.Traveller) -> Service:
    """Somebody of each kind, at her own address, three days later."""
    service = make_service(redis_url=redis_url)
    service.channel.use(MemoryAdapter())
    now = service.clock.now()
    join(service, "confirmed@example.org", "ebook")
    with service.db.write() as session:
        suppress(session, service.links, "suppressed@example.org", Grounds(SuppressionReason.BOUNCED, now))
        never_ask(session, service.links, "never@example.org", now)
    time.shift(timedelta(days=3))
    ask(service, "repeated@example.org", "ebook")
    return service


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """What the database is told meanwhile: each statement's first words, and COMMIT for each transaction."""
    told: list[str] = []

    def statement(_: Any, __: Any, text: str, *___: Any) -> None:
        told.append(" ".join(text.split()[:3]))

    def commit(_: Any) -> None:
        told.append("COMMIT")

    event.listen(service.db.engine, "before_cursor_execute", statement)
    event.listen(service.db.engine, "commit", commit)
    try:
        yield told
    finally:
        event.remove(service.db.engine, "before_cursor_execute", statement)
        event.remove(service.db.engine, "commit", commit)


def test_every_sign_up_does_as_much_and_queues_one_job(readers: Service, redis: Redis) -> None:
    statements, commits = {}, {}
    for who in WHO:
        before = readers.queue.lengths()["urgent"]
        with counted(readers) as told:
            request = SignupRequest("ebook", f"{who}@example.org", "Ada", None, consent=True)
            sign_up(readers, request, readers.clock.now())
        commits[who] = told.count("COMMIT")
        statements[who] = len(told) - commits[who]
        assert readers.queue.lengths()["urgent"] == before + 1, who
    assert set(commits.values()) == {2}, commits  # what was asked, and that its job is on the queue
    assert max(statements.values()) - min(statements.values()) <= 4, statements


def test_the_job_without_a_mail_sends_none(service: Service, outbox: MemoryAdapter) -> None:
    deliver(service, [0], "test-worker")
    assert outbox.mails == []
