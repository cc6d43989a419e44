"""What is done while PostgreSQL is waited for changes nothing of what it answers."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from funnel.db import Database
from funnel.db.overlap import run_while_waiting

on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
# Answered long after the work that is counted here is done, and never before it has begun.
SLOW = text("SELECT 'here' FROM pg_sleep(0.3)")


class Counted:
    """Work of so many calls."""

    def __init__(self, calls: int) -> None:
        self.left, self.done = calls, 0

    def __call__(self) -> bool:
        self.done += 1
        self.left -= 1
        return self.left > 0


@on_postgres
def test_work_is_done_to_its_end_and_then_the_answer_is_awaited(database: Database) -> None:
    work = Counted(3)
    with database.read() as session, run_while_waiting(work):
        assert session.scalar(SLOW) == "here"
    # Asked now and then whether there is more by now, and not in a circle.
    assert 3 <= work.done < 100


@on_postgres
def test_work_without_an_end_is_left_when_the_answer_is_there(database: Database) -> None:
    work = Counted(1_000_000_000)
    with database.read() as session, run_while_waiting(work):
        assert session.scalar(SLOW) == "here"
    assert work.done > 1


@on_postgres
def test_what_the_work_itself_asks_is_awaited_without_work(database: Database) -> None:
    calls: list[int] = []

    def work() -> bool:
        calls.append(len(calls))
        with database.read() as other:
            assert other.scalar(text("SELECT 1")) == 1
        return False

    with database.read() as session:
        session.connection()
        with run_while_waiting(work):
            assert session.scalar(SLOW) == "here"
    assert 1 <= len(calls) < 100


@on_postgres
def test_a_database_error_is_told_and_the_connection_goes_on(database: Database) -> None:
    with database.read() as session, run_while_waiting(Counted(3)):
        with pytest.raises(DBAPIError, match="division by zero"):
            session.execute(text("SELECT 1 / 0 FROM pg_sleep(0.1)"))
        session.rollback()
        assert session.scalar(text("SELECT 2")) == 2


@on_postgres
def test_work_that_fails_is_left_and_the_answer_still_awaited(database: Database) -> None:
    calls = []

    def work() -> bool:
        calls.append("call")
        raise LookupError("a mistake of ours")

    with capture_logs() as logged, database.write() as session, run_while_waiting(work):
        assert session.scalar(SLOW) == "here"
        session.execute(text("SELECT 1"))
    assert len(calls) == 1
    assert [line["error"] for line in logged] == ["LookupError"]


def test_nothing_is_done_outside_the_block(database: Database) -> None:
    work = Counted(1_000_000_000)
    with run_while_waiting(work):
        pass
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    assert work.done == 0
