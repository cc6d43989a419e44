"""How fast mail leaves, against the fastest that plain SMTP does on the same machine in the same minutes.

`python -m benchmarks.send [--quick] [--json FILE]`. `benchmarks/README.md` says what each figure is.
"""

from __future__ import annotations

import shutil
import smtplib
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import audience, servers
from benchmarks.report import Ratio, Result, options, save, table
from benchmarks.service import Measured, open_service, queue_seconds, send_all

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


@dataclass(slots=True)
class Rounds:
    """What came out, mails per second, one entry a round."""

    bare: list[float] = field(default_factory=list)
    source: list[float] = field(default_factory=list)
    service: dict[tuple[str, int], list[Measured]] = field(default_factory=dict)
    far: dict[str, list[Measured]] = field(default_factory=dict)


def measure(*, quick: bool = False) -> Result:
    """All of it. What this machine has no server for is said in `missing`."""
    result = Result("send")
    size = QUICK if quick else FULL
    try:
        servers.found("smtp-sink", "usr/sbin/smtp-sink")
    except servers.ServerMissing as error:
        result.missing.append(f"send: {error}")
        return result
    with tempfile.TemporaryDirectory(prefix="bench-send-") as folder, servers.redis() as redis:
        sequences = audience.write_sequences(Path(folder))
        databases = {"sqlite": f"sqlite:///{folder}/data/funnel.sqlite3"}
        _measure_on(databases, sequences, redis, size, result)
    return result


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
