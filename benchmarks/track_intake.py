"""A million hits while processes are killed: is each one that was answered recorded, and exactly once?

Every request has a number in its user agent. What the clients were answered and what the events hold is compared number
by number; a request whose answer a kill cut off may be recorded or not, but never twice.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from benchmarks import audience, servers
from benchmarks.report import Ratio, Result
from benchmarks.service import HOST, open_service
from funnel.links import Purpose, RowRef, links_mark
from funnel.models import Delivery, DeliveryState, Event
from funnel.tracking.recount import disagreements, recount
from funnel.wiring import Service

_READERS = 20_000
_CLIENTS = 16
# Granian gives up when one of its processes dies twice within six seconds: each is killed in turn.
_KILL_EVERY = 4.0
_LIMIT_SECONDS = 1_800
_NUMBER = re.compile(r"hit (\d+)\)")


@dataclass(slots=True)
class Storm:
    """What the clients saw: which numbers were answered, how many answers were cut off; and how many were killed."""

    answered: set[int] = field(default_factory=set)
    cut_off: int = 0
    killed: int = 0
    over: threading.Event = field(default_factory=threading.Event)


def measure(result: Result, hits: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-intake-") as name, servers.redis() as redis:
        service = prepared(Path(name), redis, _READERS)
        storm, started = Storm(), time.perf_counter()
        with web(service) as (port, pid):
            killer = threading.Thread(target=_kill, args=(storm, service, pid))
            killer.start()
            _rage(storm, service, port, hits)
            answered = time.perf_counter() - started
            storm.over.set()
            killer.join()
            with clock(service):
                _until_empty(service)
        taken_in = time.perf_counter() - started
        lost, twice = _compare(service, storm)
        with service.db.read() as session:
            wrong = disagreements(session)
        service.db.close()
    result.ratios.append(Ratio("track: answered hits that were lost", lost, 0, most=True))
    result.ratios.append(Ratio("track: hits recorded twice", twice, 0, most=True))
    result.ratios.append(Ratio("track: figures that disagree with the events", len(wrong), 0, most=True))
    result.figures += [
        ("hits answered", f"{len(storm.answered)} at {len(storm.answered) / answered:.0f}/s"),
        ("hits taken in", f"{len(storm.answered) / taken_in:.0f}/s, from the first request to the last row"),
        ("processes killed", f"{storm.killed}; {storm.cut_off} answers were cut off"),
    ]


def prepared(folder: Path, redis: str, readers: int) -> Service:
    """The service on SQLite, with so many readers whose lesson arrived an hour ago."""
    sequences = audience.write_sequences(folder)
    service = open_service(folder / "data", sequences, f"sqlite:///{folder}/data/funnel.sqlite3", redis)
    audience.prepare(service, readers)
    with service.db.write() as session:
        before = service.clock.now() - timedelta(hours=1)
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED, ended_at=before))
    recount(service)
    return service


def lesson_row(service: Service) -> int:
    """The number of the published lesson that all readers got."""
    with service.db.read() as session:
        return session.scalars(select(Delivery.edition_lesson_id).limit(1)).one() or 0


def clicks(service: Service) -> list[str]:
    """The path of one link in every mail."""
    links, row = service.links, lesson_row(service)
    with service.db.read() as session:
        compiled = service.editions.compiled(session, row)
    mark = links_mark(compiled.links) if compiled is not None else 0
    return [f"/c/{links.token(Purpose.CLICK, mail, row, mark, mail.number % 10)}" for mail in mails(service)]


def mails(service: Service) -> list[RowRef]:
    """Every mail, as tokens name it."""
    with service.db.read() as session:
        return [RowRef(*row) for row in session.execute(select(Delivery.id, Delivery.nonce).order_by(Delivery.id))]


@contextmanager
def web(service: Service, **environment: str) -> Iterator[tuple[int, int]]:
    """The web server as it is run, with two processes: (its port, its process)."""
    port = servers.free_port()
    command = [sys.executable, "-m", "funnel", "web", "--port", str(port)]
    given = service.settings.environment() | {"FUNNEL_WEB_WORKERS": "2"} | environment
    with servers.running(command, **given) as process:
        servers.wait_for_port(port)
        yield port, process.pid


@contextmanager
def clock(service: Service, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The clock as it is run: it takes the hits in."""
    given = service.settings.environment() | environment
    with servers.running([sys.executable, "-m", "funnel", "clock"], **given) as process:
        yield process


def _rage(storm: Storm, service: Service, port: int, hits: int) -> None:
    paths = [f"/o/{service.links.token(Purpose.OPEN, mail)}.gif" for mail in mails(service)]
    numbers = itertools.count()
    shares = [hits // _CLIENTS + (n < hits % _CLIENTS) for n in range(_CLIENTS)]
    clients = [threading.Thread(target=_client, args=(storm, port, paths, numbers, share)) for share in shares]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _client(storm: Storm, port: int, paths: list[str], numbers: Iterator[int], share: int) -> None:
    """Asks until so many requests were answered; begins again on a new connection where one breaks."""
    done = 0
    connection: socket.socket | None = None
    while done < share:
        number = next(numbers)
        try:
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", port), timeout=30)
            connection.sendall(
                f"GET {paths[number % len(paths)]} HTTP/1.1\r\nHost: {HOST}\r\nAccept: image/*\r\n"
                f"User-Agent: Mozilla/5.0 (hit {number}) Firefox/140.0\r\n\r\n".encode()
            )
            answer = b""
            while not answer.endswith(b"\x00;"):  # the last bytes of the picture
                if not (part := connection.recv(4096)):
                    raise ConnectionResetError
                answer += part
            assert answer.startswith(b"HTTP/1.1 200"), answer
        except OSError:
            storm.cut_off += 1
            connection = None
            time.sleep(0.02)
            continue
        storm.answered.add(number)
        done += 1


def _kill(storm: Storm, service: Service, web_pid: int) -> None:
    """Kills a web process and the clock, which takes hits in, again and again, with no warning."""
    while not storm.over.is_set():
        with clock(service) as taker:
            storm.over.wait(_KILL_EVERY)
            children = sorted(web_processes(web_pid))
            with suppress(ProcessLookupError):
                if len(children) > 1:
                    # The oldest: never one that has only just been started.
                    os.kill(min(children, key=_started), signal.SIGKILL)
                    storm.killed += 1
            taker.send_signal(signal.SIGKILL)
            storm.killed += 1


def web_processes(pid: int) -> list[int]:
    """Granian's own processes, not the helper that multiprocessing keeps beside them."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [child for child in map(int, listed) if b"resource_tracker" not in _command(child)]


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _started(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    return sys.maxsize


def _until_empty(service: Service) -> None:
    """Until all there is has been taken in."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    while service.hits.waiting_bytes():
        assert time.monotonic() < deadline, "hits still wait"
        time.sleep(0.1)


def _compare(service: Service, storm: Storm) -> tuple[int, int]:
    """(answered and not recorded, recorded more than once)."""
    recorded: set[int] = set()
    twice = 0
    with service.db.read() as session:
        for raw in session.scalars(select(Event.raw).execution_options(yield_per=10_000)):
            found = _NUMBER.search(raw["user_agent"])
            if found is None:
                continue
            twice += int(found[1]) in recorded
            recorded.add(int(found[1]))
    return len(storm.answered - recorded), twice
