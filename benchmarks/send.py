"""How fast mail leaves, against the fastest that plain SMTP does on the same machine in the same minutes.

`python -m benchmarks.send [--quick] [--json FILE]`. `benchmarks/README.md` says what each figure is.
"""

from __future__ import annotations

import smtplib
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from benchmarks import audience, servers
from benchmarks.report import Ratio, Result, main
from benchmarks.service import Measured, open_service, queue_seconds, send_all
from funnel.adapters.dkim import new_key
from funnel.wiring import Service

SENDER, READER = "letters@example.org", "reader@example.org"
FAR_MS = 20
FAR_GOAL = 1_000
CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    readers: int
    bare: int
    rounds: int


FULL, QUICK = Size(20_000, 5_000, 3), Size(3_000, 2_000, 1)


@dataclass(frozen=True, slots=True)
class Compared:
    """One run of the service and the bare limits before and after it, on average, in mails per second."""

    run: Measured
    bare: float
    source: float


@dataclass(slots=True)
class Rounds:
    """What came out, one entry a round, by database and number of workers."""

    service: dict[tuple[str, int], list[Compared]] = field(default_factory=dict)
    far: dict[str, list[Measured]] = field(default_factory=dict)
    signed: dict[str, list[float]] = field(default_factory=dict)  # by algorithm: signed mails a second / unsigned
    length: int = 0


def measure(*, quick: bool = False) -> Result:
    """All of it. What this machine has no server for is said in `missing`."""
    result = Result("send")
    size = QUICK if quick else FULL
    try:
        servers.found("smtp-sink", "usr/sbin/smtp-sink")
    except servers.ServerMissing as error:
        result.missing.append(f"send: {error}")
        return result
    rounds = Rounds()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-send-")))
        redis = stack.enter_context(servers.redis())
        addresses = {"SQLite": f"sqlite:///{folder}/data/funnel.sqlite3"}
        try:
            addresses["PostgreSQL"] = stack.enter_context(servers.postgres())
        except servers.ServerMissing as error:
            result.missing.append(f"send on PostgreSQL: {error}")
        sequences = audience.write_sequences(folder)
        services = {name: open_service(folder / "data", sequences, url, redis) for name, url in addresses.items()}
        for service in services.values():
            stack.callback(service.db.close)
            audience.prepare(service, size.readers)
        for _ in range(size.rounds):
            _round(services, size, rounds)
        queue = queue_seconds(services["SQLite"], 200)
    _report(result, rounds, queue, services["SQLite"].settings.batch_size)
    return result


def _round(services: dict[str, Service], size: Size, rounds: Rounds) -> None:
    """Everything once. The bare limits are measured again before and after each run of the service, so that a busy
    minute of the machine is a busy minute for both."""
    with servers.mail_sink() as port:
        message = audience.example(next(iter(services.values())))
        rounds.length = len(message)
        before = _bare(port, message, size.bare)
        for name, service in services.items():
            for workers in (1, 2):
                audience.due_again(service)
                found = send_all(service, _mail_url(port), workers)
                after = _bare(port, message, size.bare)
                around = Compared(found, mean((before[0], after[0])), mean((before[1], after[1])))
                rounds.service.setdefault((name, workers), []).append(around)
                before = after
        _signed(services["SQLite"], _mail_url(port), rounds)
        with servers.far_away(port, FAR_MS) as far:
            for name, service in services.items():
                audience.due_again(service)
                rounds.far.setdefault(name, []).append(send_all(service, _mail_url(far), 1))


def _bare(port: int, message: bytes, count: int) -> tuple[float, float]:
    return bare_loop(port, message, count), smtp_source(port, len(message), count)


def _signed(service: Service, mail_url: str, rounds: Rounds) -> None:
    """One worker with each kind of DKIM key, against the same without in the same minute."""
    audience.due_again(service)
    plain = send_all(service, mail_url, 1)
    for algorithm in ("rsa", "ed25519"):
        key = new_key("bench", "example.org", elliptic=algorithm == "ed25519")
        audience.due_again(service)
        dkim = {
            "FUNNEL_DKIM_KEY": key.pem.decode(),
            "FUNNEL_DKIM_SELECTOR": key.selector,
            "FUNNEL_DKIM_DOMAIN": key.domain,
        }
        found = send_all(service, mail_url, 1, **dkim)
        rounds.signed.setdefault(algorithm, []).append(found.rate / plain.rate)


def _mail_url(port: int) -> str:
    return f"smtp://127.0.0.1:{port}?tls=none&connections={CONNECTIONS}&per_connection=1000000"


def _report(result: Result, rounds: Rounds, queue: float, batch: int) -> None:
    middle = {key: median(each.run.rate for each in found) for key, found in rounds.service.items()}
    for (name, workers), found in rounds.service.items():
        if workers == 1:
            against, wanted, ratio = "smtplib", 1.5, median(each.run.rate / each.bare for each in found)
        else:
            against, wanted, ratio = "smtp-source", 0.6, median(each.run.rate / each.source for each in found)
        result.ratios.append(Ratio(f"send: {name}, {workers} worker{'s'[: workers - 1]} / {against}", ratio, wanted))
        result.figures.append((f"send: {name}, {workers} worker{'s'[: workers - 1]}", f"{middle[name, workers]:.0f}/s"))
    for name, runs in rounds.far.items():
        rate = median(run.rate for run in runs)
        result.ratios.append(Ratio(f"send: {name}, {FAR_MS} ms away / {FAR_GOAL} a second", rate / FAR_GOAL, 1.0))
        result.figures.append((f"send: {name}, {FAR_MS} ms away, 1 worker", f"{rate:.0f}/s"))
    for algorithm, shares in rounds.signed.items():
        result.figures.append((f"send: with DKIM ({algorithm}) / without", f"{median(shares):.2f}"))
    everything = [found for each in rounds.service.values() for found in each]
    memory = max(found.run.memory for found in everything) / 1e6
    result.ratios.append(Ratio("send: peak memory of a worker / 120 MB", memory / 120, 1.0, most=True))
    share = queue / batch * max(middle[key] for key in middle if key[1] == 1)
    result.ratios.append(Ratio("send: the queue's share of a worker's time", share, 0.05, most=True))
    result.figures += [
        ("send: smtplib, one loop", f"{median(found.bare for found in everything):.0f}/s"),
        ("send: smtp-source -s 8", f"{median(found.source for found in everything):.0f}/s"),
        ("send: one message", f"{rounds.length / 1000:.1f} kB"),
        ("send: the queue, one job", f"{queue * 1000:.1f} ms"),
        ("send: peak memory of a worker", f"{memory:.0f} MB"),
    ]


def bare_loop(port: int, message: bytes, count: int) -> float:
    """Mails per second of the standard library's client with one message that is ready."""
    with smtplib.SMTP("127.0.0.1", port) as client:
        started = time.perf_counter()
        for _ in range(count):
            client.sendmail(SENDER, [READER], message)
        return count / (time.perf_counter() - started)


def smtp_source(port: int, length: int, count: int) -> float:
    """Mails per second of Postfix's own load generator with eight sessions at once."""
    program = servers.found("smtp-source", "usr/sbin/smtp-source")
    started = time.perf_counter()
    command = [program, "-s", "8", "-l", str(length), "-m", str(count), "-f", SENDER, "-t", READER]
    subprocess.run([*command, f"127.0.0.1:{port}"], check=True)
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main(__doc__, measure)
