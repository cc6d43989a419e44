"""Mails that are filled while the database is waited for are those that would have been filled in their turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import pytest
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.compose import CompiledLesson, FillError, Reader, fill_lesson
from funnel.context import Context
from funnel.links import Links
from funnel.mail import Mail
from funnel.models import Delivery
from funnel.sending import composing
from funnel.sending.composing import ComposedMail, Unfillable, compose_all
from funnel.sending.delivery import deliver
from funnel.sending.recipients import Recipient
from funnel.wiring import Service
from tests.journey.batches import five_waiting, states


def test_mails_filled_ahead_are_as_if_filled_in_their_turn(
    service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = five_waiting(service)
    service.channel.use(told := MemoryAdapter({}, window=2))
    asked = drafts_asked_for(monkeypatch)
    deliver(service, ids, "worker")
    assert states(service) == ["accepted"] * 5
    assert [int(mail.key) for mail in told.mails] == ids
    assert sorted(key for keys in asked for key in keys) == ids, "none is filled twice"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_first_mails_are_filled_while_their_claim_waits(
    service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = five_waiting(service)
    filled = threading.Event()
    asked = drafts_asked_for(monkeypatch, told=filled.set)
    worker = threading.Thread(target=deliver, args=(service, ids, "worker"))
    with service.db.write() as session:
        session.execute(select(Delivery.id).where(Delivery.id == ids[0]).with_for_update())
        worker.start()
        assert filled.wait(20)
    worker.join(20)
    assert states(service) == ["accepted"] * 5
    assert sorted(key for keys in asked for key in keys) == ids


def test_a_mail_unfillable_ahead_is_held_with_its_group(
    service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = five_waiting(service)
    service.channel.use(MemoryAdapter(window=2))
    drafts_asked_for(monkeypatch, broken={ids[3]: FillError("first_name", "There is nothing to fill first_name with")})
    deliver(service, ids, "worker")
    assert states(service) == ["accepted", "accepted", "accepted", "held", "accepted"]


def test_an_error_in_filling_ahead_is_raised_in_its_own_group(
    service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = five_waiting(service)
    service.channel.use(MemoryAdapter(window=2))
    drafts_asked_for(monkeypatch, broken={ids[3]: RuntimeError("a mistake of ours")})
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        deliver(service, ids, "worker")
    assert states(service) == ["accepted", "accepted", "waiting", "waiting", "waiting"]


def drafts_asked_for(
    monkeypatch: pytest.MonkeyPatch,
    broken: Mapping[int, Exception] = MappingProxyType({}),
    told: Callable[[], object] = lambda: None,
) -> list[list[int]]:
    """The numbers of the mails that are filled from now on, as they are asked for together; `broken` ones fail."""
    asked: list[list[int]] = []

    def fill(compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime) -> Mail:
        if reader.delivery_id in broken:
            raise broken[reader.delivery_id]
        return fill_lesson(compiled, reader, links, sent_at)

    def ask(
        context: Context, ids: Sequence[int], readers: Mapping[int, Recipient], now: datetime
    ) -> tuple[list[ComposedMail], list[Unfillable]]:
        asked.append(list(ids))
        told()
        return compose_all(context, ids, readers, now)

    monkeypatch.setattr(composing, "fill_lesson", fill)
    monkeypatch.setattr("funnel.sending.batch.compose_all", ask)
    return asked
