"""Clients that are slow: bodies of one byte every few seconds, and viewers who take a video at 1 Mbit/s.

`python -m benchmarks.slow_clients PORT VIDEO FORM BODIES VIEWERS`, until SIGTERM; then one line of JSON says how they
fared. A body whose connection is closed begins again, as an attacker would.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.service import HOST

UNDER_WAY = "under way"
BYTE_EVERY = 3.0  # seconds
PACE = 125_000  # bytes a second: 1 Mbit/s
_SIP = 0.1  # seconds between two reads of a viewer


@dataclass(slots=True)
class Fared:
    """What came of it: bodies that were closed, bytes a second of each viewer, and who is under way."""

    closed: int = 0
    rates: dict[int, float] = field(default_factory=dict)
    under_way: int = 0


async def body(fared: Fared, port: int, path: str) -> None:
    """A form of which one byte comes every few seconds, for ever."""
    first = True
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 10000\r\n\r\n".encode())
            fared.under_way += first
            first = False
            answered = asyncio.create_task(reader.read())
            while not answered.done():
                writer.write(b"x")
                await asyncio.wait([answered], timeout=BYTE_EVERY)
            fared.closed += 1
            writer.close()


async def viewer(fared: Fared, number: int, port: int, path: str) -> None:
    """A player, which asks for everything from the start and reads as fast as it plays."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=PACE)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nRange: bytes=0-\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 206 "), head
    fared.under_way += 1
    started, taken = time.monotonic(), 0
    while part := await reader.read(int(PACE * _SIP)):
        taken += len(part)
        ahead = taken / PACE - (time.monotonic() - started)
        fared.rates[number] = taken / max(_SIP, time.monotonic() - started)
        await asyncio.sleep(max(0.0, ahead))
    writer.close()


async def crowd(port: int, video: str, form: str, bodies: int, viewers: int) -> None:
    fared, over = Fared(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    everybody = [asyncio.create_task(body(fared, port, form)) for _ in range(bodies)]
    everybody += [asyncio.create_task(viewer(fared, number, port, video)) for number in range(viewers)]
    while fared.under_way < bodies + viewers:
        await asyncio.sleep(0.05)
    print(UNDER_WAY, flush=True)
    await over.wait()
    rates = [8 * rate / 1_000_000 for rate in fared.rates.values()]
    said = {"bodies": bodies, "closed": fared.closed, "viewers": len(rates)}
    print(json.dumps({**said, "megabits": sum(rates) / len(rates), "slowest": min(rates)}), flush=True)
    for one in everybody:
        one.cancel()


if __name__ == "__main__":
    _port, _video, _form, _bodies, _viewers = sys.argv[1:]
    asyncio.run(crowd(int(_port), _video, _form, int(_bodies), int(_viewers)))
