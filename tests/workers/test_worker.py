"""The worker: urgent batches first, nothing cut off half-way, nothing left behind in Redis."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from tests.workers import job_examples
from workers.loglines import LogLines
from workers.redis_server import private_redis
from workers.stopping import Stop
from workers.supervisor import Supervisor
from workers.worker import BatchWorker

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    redis = private_redis(tmp_path_factory.mktemp("redis"), dict(os.environ))
    kept = Supervisor([[redis.child]], LogLines(io.StringIO()))
    kept.start()
    yield redis.url
    kept.stop()
    redis.close()


@pytest.fixture
def connection(server: str) -> Iterator[Redis]:
    client = Redis.from_url(server, socket_timeout=5)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stop]:
    made = Stop()
    monkeypatch.setattr(job_examples, "STOP", made)
    yield made
    made.close()


def put(connection: Redis, queue: str, job: str, ids: list[int], path: Path, timeout: int = -1) -> None:
    name = f"{job_examples.__name__}.{job}"
    Queue(queue, connection=connection, serializer=JSONSerializer).enqueue(
        name, ids, str(path), job_timeout=timeout, result_ttl=0, failure_ttl=86_400
    )


def work(connection: Redis, stop: Stop) -> None:
    BatchWorker(connection, "harbour.1", stop).serve()


def test_urgent_batches_go_first(connection: Redis, stop: Stop, tmp_path: Path) -> None:
    done = tmp_path / "done"
    put(connection, "lessons", "note", [2], done)
    put(connection, "lessons", "stop_after_all", [], done)
    put(connection, "urgent", "note", [1], done)

    work(connection, stop)

    assert done.read_text().split() == ["[1]", "[2]"]


def test_a_batch_under_way_is_finished_and_the_next_one_is_left(connection: Redis, stop: Stop, tmp_path: Path) -> None:
    done = tmp_path / "done"
    put(connection, "lessons", "note_and_be_asked_to_stop", [1], done)
    put(connection, "lessons", "note", [2], done)

    work(connection, stop)

    assert done.read_text().split() == ["[1]", "[-1]"]
    assert connection.llen("rq:queue:lessons") == 1


def test_a_batch_is_never_cut_off_by_the_queues_time_limit(connection: Redis, stop: Stop, tmp_path: Path) -> None:
    done = tmp_path / "done"
    put(connection, "lessons", "outlast", [1], done, timeout=1)

    work(connection, stop)

    assert done.read_text() == "[1]\n"


def test_no_batch_finished_or_failed_leaves_anything_in_redis(
    connection: Redis, stop: Stop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = tmp_path / "done"
    put(connection, "lessons", "note", [1], done)
    put(connection, "lessons", "fail", [2], done)
    put(connection, "lessons", "stop_after_all", [], done)

    work(connection, stop)

    assert done.read_text().split() == ["[1]", "[2]"]
    left = [str(key, "ascii") for key in connection.keys("*") if isinstance(key, bytes)]
    assert not [
        key
        for key in left
        if key.startswith(("rq:job:", "rq:failed", "rq:wip", "rq:finished", "rq:results", "rq:execution"))
    ]
    assert "ada@example.org" not in str([connection.hgetall(key) for key in left if key.startswith("rq:worker:")])


@pytest.mark.parametrize("ids", [[1], [-1]])
def test_a_worker_outlives_that_redis_is_emptied_while_it_works(
    connection: Redis, stop: Stop, tmp_path: Path, ids: list[int]
) -> None:
    done = tmp_path / "done"
    put(connection, "lessons", "lose_redis", ids, done)

    work(connection, stop)

    assert done.read_text() == f"{ids}\n"
    assert connection.keys("rq:job:*") == connection.keys("rq:execution*") == []


def test_a_worker_that_stopped_is_no_longer_counted(connection: Redis, stop: Stop, tmp_path: Path) -> None:
    put(connection, "lessons", "stop_after_all", [], tmp_path / "done")

    work(connection, stop)

    assert connection.smembers("rq:workers") == set()
