"""SQLite or PostgreSQL behind one class. `read()` and `write()` give sessions; a write that raises is rolled back."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Integer,
    Row,
    String,
    bindparam,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy import Connection as SQLAlchemyConnection
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine

from funnel.data_keys import DataKeys
from funnel.db.encrypted import give_keys

if TYPE_CHECKING:
    from funnel.db.overlap_connection import OverlapConnection

_BUSY_SECONDS = 30
_DEADLOCK = "40P01"  # deadlock_detected, PostgreSQL's appendix A
T = TypeVar("T")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; refuses naive ones, so no local time can slip in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone was about to be stored")
        return value.astimezone(UTC) if dialect.name != "sqlite" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


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
        self.engine, self.keys = _engine(url), keys
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


class UpdateEach:
    """One statement that changes many rows, with what differs between them in one JSON document.

    A statement for each row costs a round trip and a plan, which is more than the change itself. `sql` is an UPDATE in
    which `{each}` is the document as a table, `{key}` a row's id, and `{value}` its value: text, or JSON with
    `as_json`. It may return rows (RETURNING). `{listed}` is a table `listed` of texts, its column `value`. `types` are
    the types of parameters that need one.
    """

    def __init__(self, sql: str, *, as_json: bool = False, **types: TypeEngine[Any]) -> None:
        document = "json_each" if as_json else "json_each_text"
        ways = {
            "sqlite": {
                "each": "json_each(:each) AS each",
                "key": "CAST(each.key AS INTEGER)",
                "listed": "json_each(:listed) AS listed",
            },
            "postgresql": {
                "each": f"{document}(CAST(:each AS JSON)) AS each",
                "key": "CAST(each.key AS BIGINT)",
                "listed": "json_array_elements_text(CAST(:listed AS JSON)) AS listed(value)",
            },
        }
        typed = [bindparam(name, type_=kind) for name, kind in types.items()]
        self._statements = {
            dialect: text(sql.format(**words, value="each.value")).bindparams(*typed) for dialect, words in ways.items()
        }

    def __call__(
        self, session: Session, rows: Mapping[int, object], listed: Iterable[str] | None = None, **values: object
    ) -> CursorResult[Any]:
        """Changes these rows, each with its value; returns the statement's result. Flushes the session first.

        A statement with no condition on what it changes, such as the state, needs its rows to be locked before. Rows
        are taken in the order of their ids, as far as the plan allows.
        """
        session.flush()
        connection = session.connection()
        values["each"] = json.dumps(dict(sorted(rows.items())))
        if listed is not None:
            values["listed"] = json.dumps(list(listed))
        return connection.execute(self._statements[connection.dialect.name], values)


class _Values(TypeDecorator[Sequence[Any]]):
    """A list as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSON() if dialect.name == "sqlite" else postgresql.ARRAY(self.of))


class among(FunctionElement[bool]):
    """Whether a column of numbers or texts is one of these values, with a single parameter for all of them.

    `IN` has a parameter for each, and building and parsing a statement with five hundred costs more than running it.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[Any]) -> None:
        of = BigInteger() if isinstance(column.type, Integer) else String()
        super().__init__(column, bindparam(None, list(values), type_=_Values(of)))

    def self_group(self, against: object = None) -> among:
        """Itself: SQLAlchemy would compare the condition with 1 for SQLite, and then no index is used."""
        return self


@compiles(among)
def _among_array(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(among, "sqlite")
def _among_json(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    each = f"json_each({compiler.process(values, **options)})"
    asked = compiler.process(column, **options)
    return f"{asked} IN (SELECT value FROM {each})"  # noqa: S608  # nosec B608 # both are compiled here


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(
            parsed,
            pool_pre_ping=True,
            hide_parameters=True,
            pool_size=5,
            max_overflow=10,
            connect_args={"connect_timeout": 10},
        )
        event.listen(engine, "do_connect", _connect_to_postgres)
        event.listen(engine, "connect", _on_postgres_connect)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _connect_to_postgres(
    _dialect: object, _record: object, args: Sequence[Any], options: dict[str, Any]
) -> OverlapConnection:
    # psycopg is loaded only where PostgreSQL is used: with SQLite every process starts the sooner.
    from funnel.db.overlap_connection import OverlapConnection

    return OverlapConnection.connect(*args, **options)


def _on_postgres_connect(connection: Any, _record: object) -> None:
    # A generic plan cannot use an index on the rows in one state; after a few uses PostgreSQL would switch to one.
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_SECONDS * 1000}",
        # What is deleted or changed is overwritten at once: what was left behind once, no later erasure would find.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Any) -> None:
    reads = connection.get_execution_options().get("funnel_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
