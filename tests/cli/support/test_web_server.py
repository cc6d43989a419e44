"""The web server ends whenever it is asked to, however often and in whatever moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

from granian.constants import Interfaces

from funnel.cli.support.ports import free_port
from funnel.cli.support.running import web_answers
from funnel.cli.support.web_server import TARGET, Server
from tests.cli.here import command_here
from tests.cli.test_commands import ROOT
from tests.workers.waiting_for import wait_until


def test_a_signal_never_waits_for_the_moment_it_has_interrupted() -> None:
    server = Server(TARGET, interface=Interfaces.WSGI)
    woken = server.main_loop_interrupt
    with vars(woken)["_cond"]:  # as when the signal finds the loop, or another signal's handler, holding it
        for _ in range(3):
            handler = Thread(target=server.signal_handler_interrupt, daemon=True)
            handler.start()
            handler.join(10)
            assert not handler.is_alive()
    assert server.interrupt_signal
    assert woken.wait(10)


def test_a_request_to_stop_survives_a_restart_of_the_process() -> None:
    server = Server(TARGET, interface=Interfaces.WSGI)
    server.signal_handler_interrupt()
    for _ in range(2):
        assert server.main_loop_interrupt.wait(10)
        server.main_loop_interrupt.clear()


def test_alone_it_serves_with_the_key_in_the_data_folder(tmp_path: Path) -> None:
    port, data = free_port("127.0.0.1"), tmp_path / "my data"
    assert command_here("db", "upgrade", FUNNEL_DATA_DIR=str(data)).returncode == 0
    command = [sys.executable, "-m", "funnel", "web", "--port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FUNNEL_")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "FUNNEL_DATA_DIR": str(data), "FUNNEL_WEB_WORKERS": "1"}
    with subprocess.Popen(command, env=environment, cwd=tmp_path) as web:
        try:
            wait_until(lambda: web.poll() is not None or web_answers("127.0.0.1", port))
            assert web.poll() is None
        finally:
            web.terminate()
    assert (data / "secret-key").is_file()
