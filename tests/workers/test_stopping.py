"""How processes are asked to stop, and what ends up in the log when something breaks."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from workers.logs import set_up_logs
from workers.stopping import Stop

_ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


def test_a_wait_ends_at_once_when_stopping_is_asked_for(stop: Stop) -> None:
    began = time.monotonic()
    before = signal.getsignal(signal.SIGALRM)
    signal.signal(signal.SIGALRM, lambda *_: stop.request())
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        assert stop.wait(30)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert time.monotonic() - began < 10
    assert stop()


def test_a_wait_that_nobody_ends_takes_its_time(stop: Stop) -> None:
    assert not stop.wait(0.01)
    assert not stop.requested


def test_a_process_that_hangs_when_asked_is_ended_by_the_kernel() -> None:
    code = (
        "import signal, time\n"
        "from workers.stopping import Stop\n"
        "stop = Stop(); stop.on_signals(patience_seconds=1)\n"
        "print('here', flush=True)\n"
        "while True: time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": _ROOT}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.terminate()
        assert process.wait(20) == -signal.SIGALRM


@pytest.fixture
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    root.handlers[:] = handlers
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    root.setLevel(level)
    structlog.reset_defaults()


class RowError(Exception):
    """As a database would raise it: with somebody's row in its message."""


RowError.__module__ = "sqlalchemy.exc"


@pytest.mark.usefixtures("_logs_as_before")
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("logger", ["ours", "a library's"])
def test_an_error_in_the_log_says_where_but_quotes_nobody(
    form: str, logger: str, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(form, "worker")
    row = "Key (email)=(ada@example.org) already exists"
    try:
        raise RowError(row)
    except RowError:
        if logger == "ours":
            structlog.get_logger("funnel").exception("a batch failed", deliveries=3)
        else:
            logging.getLogger("somelibrary").exception("a batch failed")
    said = capfd.readouterr().err

    assert "ada@example.org" not in said
    assert "a batch failed" in said
    assert "RowError" in said
    assert "test_stopping.py" in said
    if form == "json":
        line = json.loads(said)
        assert (line["event"], line["process"], line["level"]) == ("a batch failed", "worker", "error")
