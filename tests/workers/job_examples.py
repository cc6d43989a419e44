"""Jobs for the tests of the worker; RQ finds them by name. What they did is told through files."""

from __future__ import annotations

import time
from pathlib import Path

from rq import get_current_job

from workers.stopping import Stop

STOP = Stop()


def note(ids: list[int], path: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{ids}\n")


def fail(ids: list[int], path: str) -> None:
    note(ids, path)
    raise RuntimeError("the row says ada@example.org")


def note_and_be_asked_to_stop(ids: list[int], path: str) -> None:
    """As if SIGTERM came in the middle of a batch."""
    note(ids, path)
    STOP.request()
    note([-1], path)


def stop_after_all(ids: list[int], path: str) -> None:
    STOP.request()


def outlast(ids: list[int], path: str) -> None:
    """Longer than the time RQ would have allowed the job."""
    time.sleep(1.2)
    note(ids, path)
    STOP.request()


def lose_redis(ids: list[int], path: str) -> None:
    """As if Redis were emptied in the middle of a batch; with ids below 0 the batch fails then."""
    job = get_current_job()
    assert job is not None
    job.connection.flushall()
    STOP.request()
    if ids[0] < 0:
        fail(ids, path)
    note(ids, path)
