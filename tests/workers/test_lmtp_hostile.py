"""The LMTP server with whatever anybody sends it: no traceback, no hang, little memory, and nothing believed."""

from __future__ import annotations

import logging
import os
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from structlog.testing import capture_logs
from structlog.typing import EventDict

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces.model import MAX_MAIL_BYTES
from funnel.models import Delivery, Event, Suppression
from funnel.wiring import Service
from tests.bounces.steps import bounce, sent
from tests.bounces.test_hostile import mutated, sources
from tests.workers.lmtp_client import LmtpClient, listening
from tests.workers.waiting_for import wait_until
from workers.lmtp import MOST_CONVERSATIONS

ADDRESS = "bounces@bounce.example.org"
VERBS = ("LHLO x", "MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>", "RCPT TO:<ada@example.org>", "DATA", ".", "RSET", "QUIT", "")

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def service(make_service: Callable[..., Service], time: object) -> Service:
    return make_service(bounce_address=ADDRESS, lmtp="127.0.0.1:0")


@pytest.fixture
def where(service: Service, outbox: MemoryAdapter) -> Iterator[tuple[str, int]]:
    sent(service)
    with listening(service) as address:
        yield address


def throw(where: tuple[str, int], wire: bytes) -> None:
    """Sends it all, listens no further, and waits until the other side hangs up."""
    with socket.create_connection(where, timeout=20) as connection:
        try:
            connection.sendall(wire)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except TimeoutError:
            raise
        except OSError:
            return  # it had heard enough


def test_anything_at_all_is_borne(service: Service, where: tuple[str, int], caplog: pytest.LogCaptureFixture) -> None:
    line = st.one_of(st.sampled_from(VERBS).map(str.encode), st.binary(max_size=200))

    @settings(max_examples=150)
    @given(st.lists(line, max_size=12), st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\n.\r\n"]))
    def conversation(lines: list[bytes], end: bytes) -> None:
        throw(where, end.join(lines) + end)

    conversation()
    with LmtpClient(where) as client:
        assert client.say("NOOP").startswith("250")
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    with service.db.read() as session:
        assert list(session.scalars(select(Suppression))) == []


def test_mutated_bounces_are_believed_only_with_our_token(
    service: Service, where: tuple[str, int], tmp_path: Path
) -> None:
    chance = random.Random(5)
    with LmtpClient(where) as client:
        known = sources()
        for _ in range(60):
            (answer,) = client.deliver(mutated(chance.choice(known), chance), ADDRESS)
            assert answer.startswith("250 ")
    wait_until(lambda: not list((tmp_path / "bounces").glob("*.eml")))
    with service.db.read() as session:
        assert {event.delivery_id for event in session.scalars(select(Event))} <= {None}
        assert list(session.scalars(select(Suppression))) == []
        assert {row.state for row in session.scalars(select(Delivery))} == {"accepted"}


def test_a_command_without_end_is_hung_up_on(service: Service, where: tuple[str, int]) -> None:
    throw(where, b"MAIL FROM:<" + b"a" * 1_000_000)


def test_a_line_and_a_mail_without_end_take_little_memory(service: Service, where: tuple[str, int]) -> None:
    before = resident()
    with LmtpClient(where) as client:
        client.begin(ADDRESS)
        for _ in range(3 * MAX_MAIL_BYTES >> 20):
            client.socket.sendall(b"z" * (1 << 20))
        assert resident() - before < 30 << 20
        client.socket.sendall(b"\r\n.\r\n")
        assert client.answer().startswith("552")


def test_conversations_beyond_its_limit_are_told_to_come_again(service: Service, where: tuple[str, int]) -> None:
    clients = [LmtpClient(where) for _ in range(MOST_CONVERSATIONS)]
    try:
        with LmtpClient(where, greet=False) as late:
            assert late.greeting.startswith("421 4.3.2")
    finally:
        for client in clients:
            client.__exit__(None, None, None)
    wait_until(lambda: _is_free(where))


def test_as_many_conversations_as_postfix_holds_are_all_taken(service: Service, where: tuple[str, int]) -> None:
    """100 is its `default_process_limit`. Whoever is turned away brings the mail only minutes later."""
    with ExitStack() as opened:
        clients = [opened.enter_context(LmtpClient(where)) for _ in range(100)]
        assert {client.greeting[:3] for client in clients} == {"220"}


def test_only_a_connection_let_go_within_a_mail_is_logged(service: Service, where: tuple[str, int]) -> None:
    """Postfix keeps connections for the next mail, and lets them go without QUIT."""
    with capture_logs() as logs:
        with LmtpClient(where) as idle:
            assert idle.deliver(bounce("someone@example.org"), ADDRESS)[0].startswith("250 ")
        with LmtpClient(where) as cut_off:
            cut_off.begin(ADDRESS)
        wait_until(lambda: _hung_up(logs))
        with LmtpClient(where) as later:  # when this is answered, both are over
            assert later.say("QUIT").startswith("221 ")
    assert len(_hung_up(logs)) == 1


def _hung_up(logs: list[EventDict]) -> list[EventDict]:
    return [each for each in logs if "hung up" in each["event"]]


def _is_free(where: tuple[str, int]) -> bool:
    with LmtpClient(where, greet=False) as client:
        return client.greeting.startswith("220")


def test_a_second_mail_hidden_in_the_first_stays_in_it(
    service: Service, where: tuple[str, int], tmp_path: Path
) -> None:
    """Only CRLF, dot, CRLF ends a mail: bare line ends are what smuggling lives by."""
    hidden = b"Subject: One\r\n\r\n\n.\nMAIL FROM:<>\r\n\r.\rRCPT TO:<x@example.org>\r\n\n.\r\nDATA\r\n\r\n"
    with LmtpClient(where) as client:
        client.begin(ADDRESS)
        client.socket.sendall(hidden + b".\r\n")
        assert client.answer().startswith("250 ")
        assert client.say("NOOP").startswith("250 ")
    wait_until(lambda: list((tmp_path / "bounces" / "kept").glob("*.eml")))
    (path,) = (tmp_path / "bounces" / "kept").glob("*.eml")
    assert path.read_bytes().partition(b"\r\n")[2] == hidden


def resident() -> int:
    """Bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
