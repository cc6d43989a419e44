"""SQLite or PostgreSQL behind one class. `read()` and `write()` give sessions; a write that raises is rolled back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection as SQLAlchemyConnection
from sqlalchemy import Executable, Row
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from funnel.data_keys import DataKeys
from funnel.db.encrypted import give_keys
from funnel.db.engine import new_engine

_DEADLOCK = "40P01"  # deadlock_detected, PostgreSQL's appendix A
T = TypeVar("T")


class WriteAgain(Protocol):
    """Runs `work` in one transaction, which may be retried, and returns its result."""

    def __call__(self, work: Callable[[Session], T]) -> T: ...


class Database:
    """The engine, with sessions for reading and for writing.

    On SQLite a write takes the lock when it begins (`BEGIN IMMEDIATE`), so that no transaction fails half-way because
    it read before it wrote; `synchronous=FULL` because a row in `handing over` must survive a power cut.
    """

    def __init__(self, url: str, keys: DataKeys | None = None) -> None:
        """`keys` are those of its encrypted columns; without them all but those can be read and written."""
        self.engine, self.keys = new_engine(url), keys
        give_keys(self.engine, keys)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        reading = self.engine.execution_options(funnel_reads=True)
        self._read = sessionmaker(reading, expire_on_commit=False)
        # SQLite begins a transaction for every statement anyway; PostgreSQL saves two round trips.
        self._ask = reading if self.is_sqlite else reading.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._write() as session, session.begin():
            yield session

    def write_again(self, work: Callable[[Session], T]) -> T:
        """Runs `work` in one transaction that may be retried (see `one_after_another`); returns its result."""
        with self.one_after_another() as write_again:
            return write_again(work)

    @contextmanager
    def one_after_another(self) -> Iterator[WriteAgain]:
        """Many transactions in a row over one connection, which is not checked before each of them.

        A transaction is retried if the database ended it before its commit, for a deadlock or a lost connection: what
        only it knows, such as the outcome of a mail, must not be lost with it. `work` may be called up to five times.
        """
        with self.engine.connect() as connection:

            def write_again(work: Callable[[Session], T]) -> T:
                try:
                    return self._again(connection, work)
                except BaseException:
                    # A failed commit may have left its transaction open: the next one must not become part of it.
                    connection.invalidate()
                    raise

            yield write_again

    def _again(self, connection: SQLAlchemyConnection, work: Callable[[Session], T]) -> T:
        for _ in range(4):
            done = False
            try:
                with self._write(bind=connection) as session, session.begin():
                    result = work(session)
                    done = True
            except OperationalError as error:
                deadlock = getattr(error.orig, "sqlstate", None) == _DEADLOCK
                if not (deadlock or (error.connection_invalidated and not done)):
                    raise
                time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  # nosec B311 # a moment, no secret
            else:
                return result
        with self._write(bind=connection) as session, session.begin():
            return work(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._read() as session:
            yield session

    def ask(self, question: Executable, values: Mapping[str, object]) -> Row[Any]:
        """The single row a query returns, outside any transaction: for queries that run every second."""
        with self._ask.connect() as connection:
            return connection.execute(question, values).one()

    def close(self) -> None:
        self.engine.dispose()
