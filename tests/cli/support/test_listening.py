"""Each process of the web server listens for itself, and a port belongs to one server."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psutil
import pytest

from funnel.cli.support.ports import free_port
from funnel.cli.support.web_server import listening_sockets
from funnel.migrations import upgrade
from funnel.settings import load_settings
from funnel.wiring import build_service
from tests.abuse.serving import Site, serving
from tests.conftest import SECRET
from tests.workers.waiting_for import wait_until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere one socket is all there is")
_READERS = 32


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    service = build_service(load_settings({"FUNNEL_DATA_DIR": str(tmp_path), "FUNNEL_SECRET_KEY": SECRET}))
    upgrade(service.db)
    with serving(service.settings, processes=2) as site:
        yield site


def test_a_port_that_others_listen_on_is_refused() -> None:
    port = free_port("127.0.0.1")
    with ExitStack() as open_sockets:
        for each in listening_sockets("127.0.0.1", port, 16, 2):
            open_sockets.enter_context(closing(each))
        with pytest.raises(OSError, match="in use"):
            listening_sockets("127.0.0.1", port, 16, 2)


def _connected(site: Site) -> dict[int, int]:
    """How many readers each process has."""
    found = {}
    for child in psutil.Process(site.pid).children():
        open_now = [each for each in child.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED]
        found[child.pid] = sum(each.laddr.port == site.port for each in open_now)
    return {pid: n for pid, n in found.items() if n}


def test_readers_are_dealt_out_among_the_processes(site: Site) -> None:
    with ExitStack() as open_connections:
        for _ in range(_READERS):
            open_connections.enter_context(site.connect())
        wait_until(lambda: sum(_connected(site).values()) == _READERS, 10)
        assert len(_connected(site)) == 2


def test_who_comes_while_a_process_is_started_anew_is_answered(site: Site) -> None:
    for child in psutil.Process(site.pid).children():
        os.kill(child.pid, signal.SIGKILL)
    asked = site.head("GET", "/healthz", Connection="close")
    with ExitStack() as open_connections:
        readers = [open_connections.enter_context(site.connect(asked)) for _ in range(8)]
        assert {_status(reader) for reader in readers} == {b"HTTP/1.1 200 OK"}


def _status(reader: socket.socket) -> bytes:
    return reader.recv(1 << 16).partition(b"\r\n")[0]
