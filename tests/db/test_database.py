"""What the database is asked and told, on either kind: nothing is lost to a deadlock, nothing is left out of a list."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from funnel.db import Database, among
from funnel.models import Heartbeat
from tests.servers import cut

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
LATER = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@on_postgres
@pytest.mark.parametrize("at_the_commit", [False, True])
def test_two_transactions_in_a_deadlock_are_both_done(database: Database, at_the_commit: bool) -> None:
    with database.write() as session:
        session.execute(insert(Heartbeat), [{"name": name, "at": NOW, "machine_at": NOW} for name in ("ada", "ben")])
    both_hold_one = threading.Barrier(2)
    calls: list[str] = []

    def touch(first: str, second: str) -> None:
        def work(session: Session) -> None:
            calls.append(first)
            session.execute(update(Heartbeat).where(Heartbeat.name == first).values(at=LATER))
            row = session.get_one(Heartbeat, second)
            if calls.count(first) == 1:
                both_hold_one.wait(10)
            row.at = LATER
            if not at_the_commit:
                session.flush()

        database.write_again(work)

    threads = [threading.Thread(target=touch, args=order) for order in (("ada", "ben"), ("ben", "ada"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(calls) >= 3, "one of them was begun again, or more often if they met again"
    with database.read() as session:
        assert set(session.scalars(select(Heartbeat.at))) == {LATER}


def test_any_other_failure_is_told_at_once(database: Database) -> None:
    calls = []

    def work(session: Session) -> None:
        calls.append(session)
        raise OperationalError("", {}, Exception("gone"))

    with pytest.raises(OperationalError):
        database.write_again(work)
    assert len(calls) == 1


@on_postgres
def test_a_transaction_cut_off_before_commit_is_done_anew(database: Database) -> None:
    calls = []

    def work(session: Session) -> str:
        calls.append(session.scalar(text("SELECT pg_backend_pid()")))
        if len(calls) == 2:
            cut(database, calls[-1])
        session.execute(insert(Heartbeat), [{"name": f"clock {len(calls)}", "at": NOW, "machine_at": NOW}])
        return "done"

    with database.one_after_another() as write_again:
        assert write_again(work) == "done"
        assert write_again(work) == "done", "cut while it is under way"
        cut(database, calls[-1])
        assert write_again(work) == "done", "cut before it began"
    first, second, third, fourth = calls
    assert first == second
    assert len({second, third, fourth}) == 3
    with database.read() as session:
        assert set(session.scalars(select(Heartbeat.name))) == {"clock 1", "clock 3", "clock 4"}


@on_postgres
def test_every_query_gets_a_plan_of_its_own(database: Database) -> None:
    assert database.ask(text("SELECT current_setting(:name)"), {"name": "plan_cache_mode"}) == ("force_custom_plan",)


def test_a_list_of_any_length_is_one_parameter(database: Database) -> None:
    names = [f"clock {n}" for n in range(3)]
    with database.write() as session:
        session.execute(insert(Heartbeat), [{"name": name, "at": NOW, "machine_at": NOW} for name in names])
    with database.read() as session:
        for wanted in ([], names[:1], ["O'Hara", *names[1:]], [f"clock {n}" for n in range(70_000)]):
            found = session.scalars(
                select(Heartbeat.name).where(among(Heartbeat.name, wanted)).order_by(Heartbeat.name)
            )
            assert found.all() == [name for name in names if name in wanted]
