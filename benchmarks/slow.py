"""How soon pages answer while hundreds of connections are slow; and how soon one that is idle is closed.

`python -m benchmarks.slow [--quick] [--json FILE]`. The web server as it is run, two processes, nothing in front.
`benchmarks/slow_clients.py` is those who are slow.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update

from benchmarks import audience, servers, track_intake
from benchmarks.report import Ratio, Result, main
from benchmarks.service import HOST, open_service
from benchmarks.slow_clients import UNDER_WAY
from funnel.links import Purpose
from funnel.migrations import upgrade
from funnel.models import Delivery, Lead, Signup
from funnel.publishing.publish import publish
from funnel.tracking.recount import recount
from funnel.wiring import Service

BODIES, VIEWERS = 200, 100
GOAL_P99_MS, GOAL_IDLE_SECONDS = 250.0, 30.0
_VISITORS, _PAUSE = 4, 0.02
_READERS = 2_000
_VIDEO = 24 << 20  # bytes: more than a viewer takes in the longest run
_VIDEO_NAME = "training.webm"


@dataclass(frozen=True, slots=True)
class Asked:
    """What visitors ask for: each time a method and a path of their own."""

    name: str
    method: str
    paths: list[str]
    status: int


def measure(*, quick: bool = False) -> Result:
    """Pages without and with those who are slow, and idle connections."""
    result = Result("slow")
    seconds = 8.0 if quick else 30.0
    with tempfile.TemporaryDirectory(prefix="bench-slow-") as name, servers.redis() as redis:
        service = _prepared(Path(name), redis)
        asked = _asked(service)
        with track_intake.web(service) as (port, pid):
            _visit(port, asked, 2.0)
            calm = _visit(port, asked, seconds)
            with ThreadPoolExecutor(1) as aside, _slow_clients(service, port) as load:
                idle = aside.submit(_until_closed, port)
                busy = _visit(port, asked, seconds)
                closed = idle.result()
                load.terminate()
                said = json.loads(load.communicate(timeout=30)[0].splitlines()[-1])
            memory = max(_peak(child) for child in [pid, *track_intake.web_processes(pid)])
        service.db.close()
    for page in asked:
        alone, among = _p99(calm[page.name]), _p99(busy[page.name])
        result.ratios.append(Ratio(f"slow: {page.name}, p99 ms", among, GOAL_P99_MS, most=True))
        text = f"p99 {alone:.0f} ms alone, {among:.0f} ms beside the slow; {len(busy[page.name])} asked"
        result.figures.append((page.name, text))
    longest = max(closed.values())
    result.ratios.append(Ratio("slow: seconds until idle is closed", longest, GOAL_IDLE_SECONDS, most=True))
    result.figures += [(f"closed: {name}", f"after {took:.1f} s") for name, took in closed.items()]
    result.figures += [
        ("viewers", f"{said['viewers']} at {said['megabits']:.2f} Mbit/s each, the slowest {said['slowest']:.2f}"),
        ("bodies that were never whole", f"{said['bodies']} at once, {said['closed']} closed by the server"),
        ("memory of the largest web process", f"{memory / (1 << 20):.0f} MB"),
    ]
    return result


def _prepared(folder: Path, redis: str) -> Service:
    """The service with readers, and a video long enough for viewers at their pace."""
    sequences = audience.write_sequences(folder)
    with (sequences / "assets" / _VIDEO_NAME).open("ab") as clip:
        clip.truncate(_VIDEO)
    service = open_service(folder / "data", sequences, f"sqlite:///{folder}/data/funnel.sqlite3", redis)
    upgrade(service.db)
    publish(service, service.library, "benchmark", service.clock.now())
    audience.prepare(service, _READERS)
    with service.db.write() as session:
        session.execute(update(Signup).where(Signup.id == 1).values(offer="training"))
    recount(service)
    return service


def _asked(service: Service) -> list[Asked]:
    return [
        Asked("front page", "GET", ["/"], 200),
        Asked("unsubscribing", "POST", _leaving(service)[1:], 200),
        Asked("click", "GET", track_intake.clicks(service)[1:], 302),
    ]


def _leaving(service: Service) -> list[str]:
    """The path to stop of every reader's mail."""
    query = select(Delivery, Lead.email_key).join(Lead, Lead.id == Delivery.lead_id).order_by(Delivery.id)
    with service.db.read() as session:
        return [f"/u/{service.links.unsubscribe_token(row.ref, key)}" for row, key in session.execute(query)]


@contextmanager
def _slow_clients(service: Service, port: int) -> Iterator[subprocess.Popen[str]]:
    """Those who are slow, all of them under way."""
    with service.db.read() as session:
        signup = session.get_one(Signup, 1).ref
    video = f"/watch/{service.links.dated_token(Purpose.WATCH, signup, service.clock.now())}/video"
    form = _leaving(service)[0]
    command = [sys.executable, "-m", "benchmarks.slow_clients", str(port), video, form, str(BODIES), str(VIEWERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == UNDER_WAY
            yield process
        finally:
            process.kill()


def _visit(port: int, asked: list[Asked], seconds: float) -> dict[str, list[float]]:
    """Milliseconds that each page took, connection included: a few visitors, each with all pages in turn."""
    until = time.monotonic() + seconds

    def visitor(number: int) -> dict[str, list[float]]:
        took: dict[str, list[float]] = {page.name: [] for page in asked}
        turn = number
        while time.monotonic() < until:
            for page in asked:
                took[page.name].append(_ask(port, page, turn))
                time.sleep(_PAUSE)
            turn += _VISITORS
        return took

    with ThreadPoolExecutor(_VISITORS) as visitors:
        found = list(visitors.map(visitor, range(_VISITORS)))
    return {page.name: [took for one in found for took in one[page.name]] for page in asked}


def _ask(port: int, page: Asked, turn: int) -> float:
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = "List-Unsubscribe=One-Click" if page.method == "POST" else None
    headers = {"Host": HOST, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(page.method, page.paths[turn % len(page.paths)], body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == page.status, (page.name, answer.status)
    return 1000 * (time.perf_counter() - started)


def _until_closed(port: int) -> dict[str, float]:
    """Seconds until the server closes a connection over which nothing more comes."""
    head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n"
    sent = {"no request": b"", "half a head": head.encode(), "half a body": f"{head}\r\nhalf".encode()}
    opened = {}
    for name, text in sent.items():
        opened[name] = socket.create_connection(("127.0.0.1", port), timeout=120)
        opened[name].sendall(text)
    started = time.monotonic()
    took = {}
    for name, connection in opened.items():
        with connection:
            while connection.recv(4096):
                pass
        took[name] = time.monotonic() - started
    return took


def _p99(took: list[float]) -> float:
    return sorted(took)[int(0.99 * len(took))]


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main(__doc__, measure)
