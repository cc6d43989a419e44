"""How fast pixels and links are answered, against a Flask page that says hello; and that no hit is lost.

`python -m benchmarks.track [--quick] [--json FILE]`. Same machine, same minutes, granian with two processes each time;
`benchmarks/track_intake.py` is the second half.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from benchmarks import servers, track_intake
from benchmarks.report import Ratio, Result, main
from benchmarks.service import HOST
from funnel.links import Purpose
from funnel.web.front.threads import THREADS
from funnel.wiring import Service

GOAL, GOAL_AWAY, GOAL_P99_MS = 0.8, 0.5, 25.0
_CONNECTIONS = 32
_READERS = 2_000
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_WRK = "install wrk, the load generator (Debian: apt-get install wrk)"
_PATHS = """
local paths, n = {{}}, 0
for line in io.lines("{paths}") do paths[#paths + 1] = line end
wrk.headers["User-Agent"] = "{agent}"
wrk.headers["Host"] = "{host}"
function request() n = n + 1; return wrk.format("GET", paths[n % #paths + 1]) end
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: seconds of each load, rounds, and hits of the second half."""

    seconds: int
    rounds: int
    hits: int


FULL, QUICK = Size(8, 3, 1_000_000), Size(3, 1, 50_000)


@dataclass(frozen=True, slots=True)
class Load:
    """What one load came to: answers per second, and how long all but the slowest hundredth took, in milliseconds."""

    rate: float
    p99: float


@dataclass(slots=True)
class Rounds:
    """One entry a round, by what was asked for."""

    loads: dict[str, list[Load]] = field(default_factory=dict)

    def add(self, name: str, load: Load) -> None:
        self.loads.setdefault(name, []).append(load)

    def rate(self, name: str) -> float:
        return median(load.rate for load in self.loads[name])

    def p99(self, name: str) -> float:
        return median(load.p99 for load in self.loads[name])


def measure(*, quick: bool = False) -> Result:
    """All of it. What this machine has no program for is said in `missing`."""
    result = Result("track")
    size = QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="bench-track-") as name, servers.redis() as redis:
        folder = Path(name)
        service = track_intake.prepared(folder, redis, _READERS)
        try:
            wrk = servers.found("wrk")
        except servers.ServerMissing:
            result.missing.append(f"track: {_WRK}")
        else:
            _speed(wrk, service, size, result)
        service.db.close()
    track_intake.measure(result, size.hits)
    return result


def _speed(wrk: str, service: Service, size: Size, result: Result) -> None:
    rounds = Rounds()
    scripts = _scripts(service)
    for _ in range(size.rounds):
        with _hello() as port:
            rounds.add("hello", _load(wrk, port, size.seconds, None))
        for redis in ("up", "away"):
            # Nobody listens on this socket: every use of Redis fails at once, as when it has died.
            change = {} if redis == "up" else {"FUNNEL_REDIS_URL": "unix:///nowhere/redis.sock"}
            with track_intake.clock(service, **change), track_intake.web(service, **change) as (port, _):
                for what, script in scripts.items():
                    rounds.add(f"{what}, Redis {redis}", _load(wrk, port, size.seconds, script))
    hello = rounds.rate("hello")
    result.figures.append(("hello from Flask", f"{hello:.0f}/s, p99 {rounds.p99('hello'):.1f} ms"))
    for redis, goal in (("up", GOAL), ("away", GOAL_AWAY)):
        for what in scripts:
            name = f"{what}, Redis {redis}"
            result.ratios.append(Ratio(f"track: {name}, times hello", rounds.rate(name) / hello, goal))
            result.ratios.append(Ratio(f"track: {name}, p99 ms", rounds.p99(name), GOAL_P99_MS, most=True))
            result.figures.append((name, f"{rounds.rate(name):.0f}/s, p99 {rounds.p99(name):.1f} ms"))


def _scripts(service: Service) -> dict[str, Path]:
    """What wrk is to ask for: every reader's pixel, or a link in every reader's lesson."""
    tokens = {
        "pixel": [f"/o/{service.links.token(Purpose.OPEN, mail)}.gif" for mail in track_intake.mails(service)],
        "click": track_intake.clicks(service),
    }
    made = {}
    for what, paths in tokens.items():
        listed = service.settings.data_dir / f"{what}.txt"
        listed.write_text("\n".join(paths) + "\n", encoding="ascii")
        made[what] = service.settings.data_dir / f"{what}.lua"
        made[what].write_text(_PATHS.format(paths=listed, agent=_AGENT, host=HOST), encoding="ascii")
    return made


def _load(wrk: str, port: int, seconds: int, script: Path | None) -> Load:
    """A second of warming up, and then so many seconds with 32 connections. Raises where an answer was an error."""
    asked = ["-s", str(script)] if script else []
    command = [wrk, "-t1", f"-c{_CONNECTIONS}", "--latency", *asked, f"http://127.0.0.1:{port}/"]
    subprocess.run([*command, "-d1s"], check=True, capture_output=True)
    said = subprocess.run([*command, f"-d{seconds}s"], check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\s", said)
    assert rate, said
    assert p99, said
    return Load(float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99[2]])


@contextmanager
def _hello() -> Iterator[int]:
    port = servers.free_port()
    with servers.running([sys.executable, "-m", "benchmarks.track", "--hello", str(port)]):
        servers.wait_for_port(port)
        yield port


def hello() -> Flask:
    """The least that Flask can do."""
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "hello")
    return app


def _serve_hello(port: int) -> None:
    Granian(
        "benchmarks.track:hello",
        port=port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=THREADS,
        websockets=False,
        log_enabled=False,
        factory=True,
    ).serve()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hello"]:
        _serve_hello(int(sys.argv[2]))
    else:
        main(__doc__, measure)
