"""The clock and the worker live through what happens to their database and their Redis."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from funnel.migrations import upgrade
from funnel.models import AskedMailbox, Heartbeat
from funnel.privacy.periods import KINDS
from funnel.roster import at_work
from funnel.sending.scheduler import TickResult
from funnel.settings import SettingsError, load_settings
from funnel.tracking.reclassify import Reclassifier
from funnel.wiring import Service, build_service
from tests.workers import job_examples
from tests.workers.test_worker import put
from tests.workers.waiting_for import wait_until
from workers.life import ShowsLife
from workers.loglines import LogLines
from workers.redis_server import private_redis, redis_answers
from workers.stopping import Stop
from workers.supervisor import Supervisor
from workers.ticker import run_clock
from workers.worker import run_worker


def service_with(tmp_path: Path, **values: object) -> Service:
    return build_service(load_settings({}, data_dir=tmp_path, secret_key="k" * 40, mail_url="memory://", **values))


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = service_with(tmp_path, tick_seconds=0.05)
    upgrade(made.db)
    yield made
    made.db.close()


def heartbeat(service: Service) -> Heartbeat | None:
    with service.db.read() as session:
        return session.scalars(select(Heartbeat).where(Heartbeat.name == "clock")).one_or_none()


def test_the_clock_ticks_and_shows_that_it_lives(service: Service, stop: Stop) -> None:
    thread = threading.Thread(target=run_clock, args=(service, stop))
    thread.start()
    wait_until(lambda: heartbeat(service))
    first = heartbeat(service)
    assert first is not None
    wait_until(lambda: (now := heartbeat(service)) is not None and now.machine_at > first.machine_at)
    again = heartbeat(service)
    stop.request()
    thread.join(10)

    assert not thread.is_alive()
    assert again is not None
    assert (again.machine_at - first.machine_at).total_seconds() >= 1


def test_the_clock_forgets_how_often_mailboxes_were_asked(service: Service, stop: Stop) -> None:
    long_ago = service.clock.now() - timedelta(days=2)
    with service.db.write() as session:
        session.add(AskedMailbox(digest="a" * 64, turns=[], last_at=long_ago))
        session.add(AskedMailbox(digest="b" * 64, turns=[], last_at=long_ago, never_at=long_ago))
    rounds: list[datetime] = []

    def tick(_service: Service, now: datetime) -> TickResult:
        rounds.append(now)
        if len(rounds) > len(KINDS):  # at each round one kind of data is swept
            stop.request()
        return TickResult(claimed=0, queued=0, more=False)

    run_clock(service, stop, tick)
    with service.db.read() as session:
        assert list(session.scalars(select(AskedMailbox.digest))) == ["b" * 64]


def test_the_clock_ticks_again_at_once_while_there_is_more(tmp_path: Path, service: Service, stop: Stop) -> None:
    slow = service_with(tmp_path, tick_seconds=60)
    rounds: list[datetime] = []

    def tick(_service: Service, now: datetime) -> TickResult:
        rounds.append(now)
        if len(rounds) == 3:
            stop.request()
        return TickResult(claimed=1, queued=1, more=True)

    run_clock(slow, stop, tick)

    assert len(rounds) == 3
    slow.db.close()


def test_the_clock_waits_for_a_lost_database_and_says_so_once(
    service: Service, stop: Stop, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds: list[datetime] = []

    def tick(_service: Service, now: datetime) -> TickResult:
        rounds.append(now)
        if len(rounds) < 3:
            raise OperationalError("SELECT", {"email": "ada@example.org"}, OSError("connection refused"))
        stop.request()
        return TickResult(claimed=0, queued=0, more=False)

    run_clock(service, stop, tick)

    said = caplog.text + capsys.readouterr().out
    assert len(rounds) == 3
    assert said.count("is away") == 1
    assert said.count("the data folder is back") == 1
    assert "ada@example.org" not in said


def test_the_clock_does_not_wait_for_our_own_mistake_to_go_away(service: Service, stop: Stop) -> None:
    def tick(_service: Service, _now: datetime) -> TickResult:
        raise ProgrammingError("SELECT", {}, ValueError("no such column"))

    with pytest.raises(ProgrammingError):
        run_clock(service, stop, tick)


def test_a_worker_without_redis_says_what_to_set(service: Service, stop: Stop) -> None:
    with pytest.raises(SettingsError, match="FUNNEL_REDIS_URL"):
        run_worker(service, stop)


@pytest.mark.redis
@pytest.mark.parametrize("name", ["my letters", "Übung", "a=b", "50% of it", "plus+and#and?"])
def test_a_worker_takes_batches_whatever_the_folder_is_called(
    name: str, tmp_path: Path, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis tells a client's address with the socket's path in it, and other programs part that at spaces."""
    monkeypatch.setattr(job_examples, "STOP", stop)
    done = tmp_path / "done"
    redis = private_redis(tmp_path / name, dict(os.environ))
    kept = Supervisor([[redis.child]], LogLines(io.StringIO()))
    kept.start()
    service = service_with(tmp_path / name, redis_url=redis.url)
    client = Redis.from_url(redis.url)
    put(client, "lessons", "stop_after_all", [], done)
    try:
        run_worker(service, stop)
        assert not client.exists("rq:queue:lessons")
        assert service.queue.workers() == 0  # it has left
    finally:
        client.close()
        kept.stop()
        redis.close()
        service.queue.close()
        service.db.close()


@pytest.mark.redis
def test_a_worker_that_hands_over_for_minutes_still_shows_life(
    redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ShowsLife(redis_url, "harbour.1", every_seconds=0.02):
        wait_until(lambda: at_work(redis) == 1)
        redis.flushall()  # what Redis lost is shown again, without the batch having ended
        wait_until(lambda: at_work(redis) == 1)
    assert at_work(redis) == 0


@pytest.mark.redis
def test_a_worker_lives_through_the_death_of_redis(tmp_path: Path, stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_examples, "STOP", stop)
    done = tmp_path / "done"
    redis = private_redis(tmp_path, dict(os.environ))
    kept = Supervisor([[redis.child]], LogLines(io.StringIO()))
    kept.start()
    client = Redis.from_url(redis.url)
    service = service_with(tmp_path, redis_url=redis.url)
    thread = threading.Thread(target=run_worker, args=(service, stop))
    thread.start()
    try:
        put(client, "lessons", "note", [1], done)
        wait_until(lambda: done.is_file() and done.read_text().split() == ["[1]"])
        first = kept.pids()["redis"]
        os.kill(first, 9)
        wait_until(lambda: kept.pids().get("redis", first) != first and redis_answers(redis.url))
        put(client, "lessons", "note", [2], done)
        wait_until(lambda: done.read_text().split() == ["[1]", "[2]"])
    finally:
        stop.request()
        thread.join(20)
        client.close()
        kept.stop()
        redis.close()
        service.db.close()
    assert not thread.is_alive()


def test_the_clock_judges_again_what_came_back(service: Service, stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def step(_self: Reclassifier) -> bool:
        looks.append("step")
        return False

    monkeypatch.setattr(Reclassifier, "step", step)
    thread = threading.Thread(target=run_clock, args=(service, stop))
    thread.start()
    wait_until(lambda: len(looks) > 2)
    stop.request()
    thread.join(10)
    assert not thread.is_alive()


def test_while_there_is_mail_to_claim_nothing_is_judged(
    service: Service, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def step(_self: Reclassifier) -> bool:
        looks.append("step")
        return False

    monkeypatch.setattr(Reclassifier, "step", step)
    ticks = 0

    def busy(_service: Service, _now: datetime) -> TickResult:
        nonlocal ticks
        ticks += 1
        if ticks == 20:
            stop.request()
        return TickResult(claimed=1, queued=0, more=True)

    run_clock(service, stop, busy)
    assert looks == []


def test_a_mistake_in_judging_does_not_stop_the_clock(
    service: Service, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Reclassifier) -> bool:
        raise ValueError("a mistake")

    monkeypatch.setattr(Reclassifier, "step", broken)
    thread = threading.Thread(target=run_clock, args=(service, stop))
    thread.start()
    wait_until(lambda: heartbeat(service))
    first = heartbeat(service)
    assert first is not None
    wait_until(lambda: (found := heartbeat(service)) and found.machine_at > first.machine_at)
    stop.request()
    thread.join(10)
    assert not thread.is_alive()
