"""Each process of the web server listens for itself, and a port belongs to one server."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from threading import Event, Thread

import psutil
import pytest

from funnel.cli.support.ports import free_port
from funnel.cli.support.web_server import KILL_SECONDS, listening_sockets
from funnel.migrations import upgrade
from funnel.settings import load_settings
from funnel.wiring import build_service
from tests.abuse.serving import Site, serving
from tests.conftest import SECRET
from tests.workers.waiting_for import wait_until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere one socket is all there is")
_READERS = 32


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web server of two processes. The last test of this file tells it to stop."""
    data = tmp_path_factory.mktemp("site")
    service = build_service(load_settings({"FUNNEL_DATA_DIR": str(data), "FUNNEL_SECRET_KEY": SECRET}))
    upgrade(service.db)
    with serving(service.settings, processes=2) as site:
        yield site


def test_a_port_that_others_listen_on_is_refused() -> None:
    port = free_port("127.0.0.1")
    with ExitStack() as open_sockets:
        for each in listening_sockets("127.0.0.1", port, 16, 2):
            open_sockets.enter_context(closing(each))
            assert not each.getblocking()
        with pytest.raises(OSError, match="in use"):
            listening_sockets("127.0.0.1", port, 16, 2)


def _busy(site: Site) -> set[int]:
    """The processes that somebody is connected to."""
    connected = {
        child.pid: [each.laddr.port for each in child.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED]
        for child in psutil.Process(site.pid).children()
    }
    return {pid for pid, ports in connected.items() if site.port in ports}


def test_readers_are_dealt_out_among_the_processes(site: Site) -> None:
    seen: set[int] = set()
    with ExitStack() as open_connections:
        for _ in range(_READERS):
            open_connections.enter_context(site.connect())
            seen |= _busy(site)
    assert len(seen) == 2


def test_who_comes_while_a_process_is_started_anew_is_answered(site: Site) -> None:
    for child in psutil.Process(site.pid).children():
        os.kill(child.pid, signal.SIGKILL)
    asked = site.head("GET", "/healthz", Connection="close")
    with ExitStack() as open_connections:
        readers = [open_connections.enter_context(site.connect(asked)) for _ in range(8)]
        assert {_status(reader) for reader in readers} == {b"HTTP/1.1 200 OK"}


def test_a_busy_process_told_to_stop_answers_those_inside(site: Site) -> None:
    asked, broken, over = site.head("GET", "/healthz"), [], Event()
    answered = [0] * 8

    def read_on(number: int) -> None:
        while not over.is_set():
            try:
                with site.connect(asked) as reader:
                    while (status := _status(reader)) and not over.is_set():
                        if status != b"HTTP/1.1 200 OK":
                            broken.append(status)
                        answered[number] += 1
                        reader.sendall(asked)
            except OSError:  # closed, or nobody listens any more
                over.wait(0.01)

    processes = psutil.Process(site.pid).children()
    readers = [Thread(target=read_on, args=(number,)) for number in range(len(answered))]
    for each in readers:
        each.start()
    wait_until(lambda: min(answered) > 2)
    os.kill(site.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=KILL_SECONDS - 1)
    over.set()
    for each in readers:
        each.join()
    assert (alive, broken) == ([], [])


def _status(reader: socket.socket) -> bytes:
    return reader.recv(1 << 16).partition(b"\r\n")[0]
