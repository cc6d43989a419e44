"""The whole service with a bounce address: a mail leaves, comes back by LMTP, and its reader is written to no more."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from funnel.cli.support.running import start_service
from funnel.settings import load_settings
from tests.bounces.steps import bounce
from tests.cli.test_up import page
from tests.workers.lmtp_client import LmtpClient
from tests.workers.waiting_for import wait_until

pytestmark = pytest.mark.redis


def test_a_bounce_gets_from_the_mail_server_to_the_list(tmp_path: Path) -> None:
    socket = tmp_path / "lmtp"
    settings = load_settings(
        {},
        data_dir=tmp_path / "data",
        web_port=0,
        web_workers=1,
        bounce_address="bounces@bounce.example.org",
        lmtp=f"unix:{socket}",
    )
    running = start_service(settings, quiet_log=tmp_path / "log")
    try:
        signed_up = {"email": "dan@example.org", "name": "Dan", "consent": "on", "timezone": "Europe/Dublin"}
        assert page(f"{running.site_url}/offers/course/signup", signed_up)[0] == 200
        outbox = running.outbox_dir
        assert outbox is not None
        wait_until(lambda: list(outbox.glob("*.eml")))
        caught = next(outbox.glob("*.eml")).read_text(encoding="utf-8")
        found = re.search(r"^X-Envelope-From: (bounces\+\S+@bounce\.example\.org)", caught, re.MULTILINE)
        assert found is not None
        wait_until(socket.exists)
        killed = running.supervisor.pids()["bounces"]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: running.supervisor.pids().get("bounces") not in (None, killed))
        wait_until(lambda: _takes(socket, found[1]))
        engine = create_engine(running.settings.database)
        try:
            wait_until(lambda: _suppressed(engine))
        finally:
            engine.dispose()
    finally:
        running.stop()
    assert list((tmp_path / "data" / "bounces").glob("*.eml")) == []


def _takes(socket: Path, recipient: str) -> bool:
    try:
        with LmtpClient(str(socket)) as client:
            return client.deliver(bounce("x@example.org"), recipient)[0].startswith("250")
    except OSError:
        return False


def _suppressed(engine: Engine) -> bool:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM suppression")).scalar() == 1
