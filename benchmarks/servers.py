"""The servers a benchmark needs, started by it and ended by it: Redis, PostgreSQL as it comes, and a mail sink."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.redis_server import find_redis_server

_READY_SECONDS = 30.0
_POSTFIX = "install postfix for its smtp-sink and smtp-source (Debian: apt-get install postfix, No configuration)"


class ServerMissing(Exception):
    """A sentence: what to install."""


def found(program: str, *places: str) -> str:
    """The path of a program, also where ordinary users' PATH does not lead. Raises ServerMissing."""
    path = shutil.which(program) or next((str(at) for place in places for at in sorted(Path("/").glob(place))), None)
    if path is None:
        raise ServerMissing(_POSTFIX if program.startswith("smtp-") else f"install {program}")
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def mail_sink() -> Iterator[int]:
    """The port of a smtp-sink that takes everything at once."""
    port = free_port()
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    with running([found("smtp-sink", "usr/sbin/smtp-sink"), *who, f"127.0.0.1:{port}", "1000"]):
        wait_for_port(port)
        yield port


@contextmanager
def far_away(port: int, milliseconds: float) -> Iterator[int]:
    """A port that leads to `port` as if it were so many milliseconds of round trip away."""
    near = free_port()
    command = [sys.executable, "-m", "benchmarks.distance", str(near), str(port), str(milliseconds)]
    with running(command):
        wait_for_port(near)
        yield near


@contextmanager
def redis() -> Iterator[str]:
    """The address of a Redis of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-redis-") as folder:
        path = f"{folder}/redis.sock"
        options = ["--port", "0", "--unixsocket", path, "--dir", folder, "--appendonly", "yes"]
        with running([str(find_redis_server()), *options, "--loglevel", "warning"]):
            _wait_for(lambda: Path(path).exists())
            yield f"unix://{path}"


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database in a PostgreSQL with its own settings untouched: it writes to disk for sure."""
    programs = Path(found("initdb", "usr/lib/postgresql/*/bin/initdb")).resolve().parent
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as folder:
        user = _unprivileged(Path(folder))
        data = f"{folder}/data"
        _run(user, [f"{programs}/initdb", "-D", data, "-U", "funnel", "-A", "trust", "-E", "UTF8"])
        options = f"-k {folder} -c listen_addresses=''"
        _run(user, [f"{programs}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield f"postgresql://funnel@/postgres?host={folder}"
        finally:
            _run(user, [f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "stop"])


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended, politely and then not, when the block is left."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=35)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port: int) -> None:
    def open_now() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    _wait_for(open_now)


def _wait_for(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not so():
        if time.monotonic() > deadline:
            raise TimeoutError("a server did not start in time")
        time.sleep(0.02)


def _unprivileged(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: then it runs as the user Debian's package made for it."""
    if os.geteuid() != 0:
        return None
    os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    return "postgres"


def _run(user: str | None, command: list[str]) -> None:
    full = ["runuser", "-u", user, "--", *command] if user else command
    # Into a file: pg_ctl's child would keep a pipe open for as long as the server lives.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(full, stdout=output, stderr=subprocess.STDOUT, cwd="/", check=False)
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{' '.join(full)}: {output.read().decode()}")
