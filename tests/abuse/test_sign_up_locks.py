"""Confirming and signing up lock the same rows in the same order: neither ever waits for the other in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError, get_ident
from typing import Any

import pytest
from sqlalchemy import event

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.models import Signup
from funnel.subscription.confirming import confirm
from funnel.subscription.opening import open_link
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.tracking.goals import count_download
from funnel.wiring import Service
from tests.journey.steps import ask, join
from tests.refs import ref_of

ADA = "ada@example.org"
on_postgresql = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@contextmanager
def after_each_statement(service: Service, note: Callable[[str], None]) -> Iterator[None]:
    def hook(_: Any, __: Any, statement: str, *___: Any) -> None:
        note(statement)

    event.listen(service.db.engine, "after_cursor_execute", hook)
    try:
        yield
    finally:
        event.remove(service.db.engine, "after_cursor_execute", hook)


def locked_by(service: Service, work: Callable[[], object]) -> list[str]:
    """Of readers and sign-ups, whose rows this locks or changes, in order."""
    found: list[str] = []

    def note(statement: str) -> None:
        words = statement.split()
        if words[-2:] == ["FOR", "UPDATE"]:
            found.append(words[words.index("FROM") + 1])
        elif words[0] == "UPDATE":
            found.append(words[1])

    with after_each_statement(service, note):
        work()
    return [table for table in dict.fromkeys(found) if table in ("lead", "signup")]


@on_postgresql
def test_the_reader_is_always_locked_before_her_sign_up(service: Service, outbox: MemoryAdapter) -> None:
    now = service.clock.now()
    signup = ask(service, ADA, "ebook")
    request = SignupRequest("ebook", ADA, "Ada B", None, consent=True)
    assert locked_by(service, lambda: sign_up(service, request, now)) == ["lead", "signup"]
    assert locked_by(service, lambda: confirm(service, signup, now)) == ["lead", "signup"]
    token = service.links.dated_token(Purpose.DOWNLOAD, ref_of(service, Signup, signup), now)
    opened = open_link(service, Purpose.DOWNLOAD, token, now)
    assert opened is not None
    assert locked_by(service, lambda: count_download(service, opened, "ebook.pdf", now, {})) == ["lead", "signup"]


def meets(service: Service, *work: Callable[[], object]) -> None:
    """Does all of this at once; each goes on behind its first lock when all have one, or wait for one (1 s)."""
    first_locks, met = Barrier(len(work), timeout=1), set[int]()

    def note(statement: str) -> None:
        if statement.rstrip().endswith("FOR UPDATE") and get_ident() not in met:
            met.add(get_ident())
            with suppress(BrokenBarrierError):
                first_locks.wait()

    with after_each_statement(service, note), ThreadPoolExecutor(len(work)) as threads:
        for each in [threads.submit(one) for one in work]:
            each.result(20)


@on_postgresql
def test_she_is_confirmed_though_a_stranger_types_her_address(service: Service, outbox: MemoryAdapter) -> None:
    now = service.clock.now()
    signup = ask(service, ADA, "ebook", name="Ada")
    request = SignupRequest("ebook", ADA, "Win", None, consent=True)
    meets(service, lambda: confirm(service, signup, now), lambda: sign_up(service, request, now))
    with service.db.read() as session:
        assert session.get_one(Signup, signup).confirmed_at == now


@on_postgresql
def test_who_presses_twice_while_the_file_loads_gets_it(service: Service, outbox: MemoryAdapter) -> None:
    now = service.clock.now()
    signup = join(service, ADA, "ebook").signup_id
    token = service.links.dated_token(Purpose.DOWNLOAD, ref_of(service, Signup, signup), now)
    opened = open_link(service, Purpose.DOWNLOAD, token, now)
    assert opened is not None
    meets(
        service,
        lambda: count_download(service, opened, "ebook.pdf", now, {}),
        lambda: confirm(service, signup, now),
    )
    with service.db.read() as session:
        assert session.get_one(Signup, signup).downloads == 1
