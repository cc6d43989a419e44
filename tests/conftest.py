"""A service of one's own for every test: real SQLite and PostgreSQL, real Redis, frozen time, no provider but ours."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from redis import Redis
from sqlalchemy import event

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library
from funnel.db import Database
from funnel.migrations import upgrade
from funnel.models import Base, Delivery
from funnel.publishing.publish import publish
from funnel.queue import open_redis
from funnel.settings import Settings, load_settings
from funnel.wiring import Service, build_service, read_library
from tests.lighter import compile_pages_once, hash_quickly, made_once, tidy_later, tidy_the_rest, wait_for_no_disk
from tests.parts import PARTS, split
from tests.servers import ServerMissing, execute, postgres_server, redis_server

# Monday 4 January 2027, nine in the morning in Dublin: an ordinary winter day without a clock change near.
MONDAY = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
SECRET = "a-secret-only-for-tests-0123456789abcdef"

# One profile for every property. With CI set, which `make test` does, the same examples each time, so that a failure
# is about the change at hand; without it new ones, to look further. A test says only how many examples it wants.
hypothesis_settings.register_profile(
    "funnel",
    derandomize=bool(os.environ.get("CI")),
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
hypothesis_settings.load_profile("funnel")

# What publishing writes, in the order in which it may be written.
_PUBLISHED = ("edition", "edition_lesson", "practice_edition", "sequence_state", "kept_file", "file_part")
_missing: set[str] = set()


@event.listens_for(Delivery.state, "set")
def _only_deliveries_writes_a_state(*_: object) -> None:
    """Fails whatever of ours sets `Delivery.state` from outside `funnel.deliveries`; a test may set one by hand."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("sqlalchemy."):
        frame = frame.f_back
    writer: str = frame.f_globals.get("__name__", "")
    if writer.startswith(("funnel.", "workers.")) and not writer.startswith("funnel.deliveries."):
        raise AssertionError(f"{writer} writes Delivery.state: funnel.deliveries.states does that")


def _required(server: str) -> bool:
    return server in os.environ.get("FUNNEL_TEST_REQUIRE", "").split(",")


def _unavailable(error: ServerMissing, server: str) -> None:
    if _required(server):
        pytest.fail(str(error))
    _missing.add(str(error))
    pytest.skip(str(error))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", choices=PARTS, default="all", help="run only what `make test` or `make browser` runs")


def pytest_configure() -> None:
    compile_pages_once()
    wait_for_no_disk()
    hash_quickly()


def pytest_collectstart() -> None:
    tidy_later()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    part = config.getoption("--part")
    if part != "all":
        test, browser = split(items)
        items[:], left = (test, browser) if part == "test" else (browser, test)
        config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    tidy_the_rest()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for sentence in sorted(_missing):
        terminalreporter.write_line(f"SKIPPED FOR WANT OF A SERVER: {sentence}; then run make test again", bold=True)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    try:
        with redis_server() as url:
            yield url
    except ServerMissing as error:
        _unavailable(error, "redis")


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of a Redis in which there is nothing yet."""
    with open_redis(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    try:
        with postgres_server() as url:
            yield url
    except ServerMissing as error:
        _unavailable(error, "postgres")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, starter_library: Library) -> Path:
    """A migrated database in which the starter sequences are published."""

    def make(path: Path) -> None:
        _prepare(f"sqlite:///{path}", tmp_path_factory.mktemp("template"), starter_library)
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    return made_once(tmp_path_factory, "funnel.sqlite3", make)


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str, tmp_path_factory: pytest.TempPathFactory, starter_library: Library) -> str:
    """A migrated database with the starter published, and a copy of that which no test touches, in a schema `kept`."""
    execute(postgres_url, "CREATE DATABASE funnel")
    url = postgres_url.replace("/postgres?", "/funnel?")
    _prepare(url, tmp_path_factory.mktemp("pg"), starter_library)
    execute(url, "CREATE SCHEMA kept")
    for table in _PUBLISHED:
        execute(url, f"CREATE TABLE kept.{table} AS TABLE {table}")
    return url


def _prepare(url: str, folder: Path, library: Library) -> None:
    service = build_service(_settings(folder, url), library)
    upgrade(service.db)
    publish(service, service.library, "tests", datetime(2027, 1, 1, tzinfo=UTC))
    service.db.close()


@pytest.fixture(scope="session")
def starter_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The starter folder, read once for all tests: nobody changes it."""

    def make(path: Path) -> None:
        path.write_bytes(
            pickle.dumps(read_library(load_settings({}, secret_key=SECRET, data_dir=path.parent / "media")))
        )

    library: Library = pickle.loads(made_once(tmp_path_factory, "library.pickle", make).read_bytes())  # noqa: S301
    return library


def _settings(folder: Path, database_url: str, **changes: object) -> Settings:
    values = {
        "data_dir": folder,
        "database_url": database_url,
        "mail_url": "memory://",
        "secret_key": SECRET,
        "site_url": "https://letters.example.org",
    }
    return load_settings({}, **(values | changes))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of either kind, migrated, with the starter sequences published."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "funnel.sqlite3"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    url: str = request.getfixturevalue("postgres_database")
    _start_afresh(url)
    yield url


def _start_afresh(url: str) -> None:
    """Empties everything but what was published at first: much quicker than a database of its own for each test."""
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    steps = [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'funnel' AND pid <> pg_backend_pid()",
        f"TRUNCATE {tables} RESTART IDENTITY CASCADE",
        *(f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in _PUBLISHED),
        *(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))" for table in _PUBLISHED[:3]),
    ]
    execute(url, "; ".join(steps))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def time() -> Iterator[time_machine.Traveller]:
    """Frozen at `MONDAY`; `time.move_to(…)` and `time.shift(…)` move it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def make_service(database_url: str, tmp_path: Path, starter_library: Library) -> Iterator[Callable[..., Service]]:
    """Makes services on this test's database; settings may be given by name."""
    made: list[Service] = []

    def make(**changes: object) -> Service:
        settings = _settings(tmp_path, database_url, **changes)
        service = build_service(settings, None if "sequences_dir" in changes else starter_library)
        made.append(service)
        return service

    yield make
    for service in made:
        service.queue.close()
        service.channel.close()
        service.db.close()


@pytest.fixture
def service(make_service: Callable[..., Service], time: time_machine.Traveller) -> Service:
    """The service without Redis: tests call `deliver` themselves; mail goes to `outbox`."""
    return make_service()


@pytest.fixture
def outbox(service: Service) -> MemoryAdapter:
    """What the service has sent."""
    adapter = MemoryAdapter()
    service.channel.use(adapter)
    return adapter
