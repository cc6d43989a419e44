"""Real servers for tests, started by us on private sockets and ended by us."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from redis import Redis, RedisError
from sqlalchemy import text

from funnel.db import Database
from workers.redis_server import NoRedis, find_redis_server

_READY_SECONDS = 30.0


class ServerMissing(Exception):
    """The server is not installed here: what to install."""


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of a Redis of our own, on a unix socket: the server that the service would find."""
    try:
        binary = str(find_redis_server())
    except NoRedis as error:
        raise ServerMissing(f"redis: {error}") from None
    with tempfile.TemporaryDirectory(prefix="funnel-redis-") as folder:
        socket = f"{folder}/redis.sock"
        command = [
            binary,
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--dir",
            folder,
            "--save",
            "",
            "--loglevel",
            "warning",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for_redis(socket)
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait(timeout=10)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of the maintenance database of a PostgreSQL of our own, on a unix socket. Not durable, but fast."""
    binaries = _postgres_binaries()
    with tempfile.TemporaryDirectory(prefix="funnel-pg-") as folder:
        user = _unprivileged(Path(folder))
        data = f"{folder}/data"
        _run(user, [f"{binaries}/initdb", "-D", data, "-U", "funnel", "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=60"
        _run(user, [f"{binaries}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://funnel@/postgres?host={folder}"
        finally:
            _run(user, [f"{binaries}/pg_ctl", "-D", data, "-m", "immediate", "stop"])


def psycopg_url(url: str) -> str:
    """The same address in the form psycopg itself reads."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def execute(url: str, statement: str) -> None:
    """Runs one statement outside a transaction, as CREATE DATABASE wants it."""
    with psycopg.connect(psycopg_url(url), autocommit=True) as connection:
        connection.execute(statement)


def _wait_for_redis(socket: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            with Redis(unix_socket_path=socket) as client:
                client.ping()
            return
        except RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _postgres_binaries() -> str:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise ServerMissing("postgres: install postgresql (Debian: apt-get install postgresql)")
    return str(found[-1].parent) if found else str(Path(on_path or "").parent)


def _unprivileged(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: then it runs as the user Debian's package made for it."""
    if os.geteuid() != 0:
        return None
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return "postgres"


def _run(user: str | None, command: list[str]) -> None:
    full = ["runuser", "-u", user, "--", *command] if user else command
    # Into a file: pg_ctl's child keeps a pipe open for as long as the server lives.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(full, stdout=output, stderr=subprocess.STDOUT, cwd="/", check=False)
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{' '.join(full)}: {output.read().decode()}")


def cut(database: Database, backend: int) -> None:
    """Ends one connection at the PostgreSQL server; `backend` is what `pg_backend_pid()` says there."""
    with database.read() as other:
        assert other.scalar(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
