"""The process that takes mail that comes back, ended with kill -9 between its answer and the database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces.spool import BounceSpool, read_spool
from funnel.models import Event
from funnel.wiring import Service
from tests.absent import without_tables
from tests.bounces.steps import bounce, sent
from tests.workers.lmtp_client import LmtpClient
from tests.workers.waiting_for import wait_until

ADDRESS = "bounces@bounce.example.org"


@pytest.fixture
def service(make_service: Callable[..., Service], time: object) -> Service:
    return make_service(bounce_address=ADDRESS)


def start(service: Service, at: Path) -> subprocess.Popen[bytes]:
    """`funnel bounces lmtp`, as `funnel up` starts it."""
    settings = service.settings.model_copy(update={"lmtp": f"unix:{at}"})
    environment = {**os.environ, **settings.environment()}
    process = subprocess.Popen([sys.executable, "-m", "funnel", "bounces", "lmtp"], env=environment)
    wait_until(lambda: at.exists() and answers(at))
    return process


def answers(at: Path) -> bool:
    try:
        with LmtpClient(str(at)) as client:
            return client.say("QUIT").startswith("221")
    except OSError:
        return False


def test_what_was_answered_for_survives_kill_9_exactly_once(
    service: Service, outbox: MemoryAdapter, tmp_path: Path
) -> None:
    lesson = sent(service)
    address = service.links.return_path(service.links.message_id(lesson.ref, "x.example.org"))
    assert address is not None
    with without_tables(service.db, "event"):
        process = start(service, tmp_path / "socket")
        try:
            with LmtpClient(str(tmp_path / "socket")) as client:
                (answer,) = client.deliver(bounce("x@example.org"), address)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert answer.startswith("250 ")
    process = start(service, tmp_path / "socket")
    spool = BounceSpool(tmp_path / "bounces")
    try:
        wait_until(lambda: not list(spool.waiting()))
    finally:
        process.terminate()
        assert process.wait(20) == 0
    read_spool(service, spool)
    with service.db.read() as session:
        assert [event.delivery_id for event in session.scalars(select(Event))] == [lesson.id]
