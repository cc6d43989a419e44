"""One HTTP call: whether the request had left when the line broke, and what of an answer is kept."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from funnel.adapters.http import CallFailed, Request
from funnel.adapters.http.caller import Body, Caller
from funnel.mail import OutcomeKind
from tests.adapters.certificates import server_context
from tests.adapters.providers.conftest import Start
from tests.adapters.providers.server import HangUp, Say, Stall

# More than two sockets' buffers hold, so that it cannot leave unless somebody reads it.
LARGE = Request("/send", b"x" * 16_000_000)
SMALL = Request("/send", b"{}")


def caller(url: str, timeout: float = 0.5) -> Caller:
    return Caller(url, lambda *_: {"X-Key": "k"}, connections=1, timeout=timeout, proxies=False)


def lost(url: str, request: Request, timeout: float = 0.5) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        caller(url, timeout).post(request)
    return caught.value


def test_a_line_cut_while_the_body_is_read_is_no_doubt(start: Start) -> None:
    loss = lost(start(lambda heard: Say(), read_body=50_000).url, LARGE, 5)
    assert (loss.sent, loss.outcome.kind) == (False, OutcomeKind.TEMPORARY)
    assert "before the whole request was sent" in loss.outcome.detail


def test_a_server_that_reads_nothing_is_no_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        loss = lost(f"http://127.0.0.1:{silent.getsockname()[1]}", LARGE)
    assert (loss.sent, loss.outcome.kind) == (False, OutcomeKind.TEMPORARY)


@pytest.mark.parametrize("answer", [HangUp(), Stall()])
def test_silence_after_the_last_byte_is_a_doubt(start: Start, answer: HangUp | Stall) -> None:
    loss = lost(start(lambda heard: answer).url, SMALL)
    assert (loss.sent, loss.outcome.kind) == (True, OutcomeKind.AMBIGUOUS)


def test_nobody_there_means_unsent_in_the_systems_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    loss = lost(f"http://127.0.0.1:{port}", SMALL)
    assert not loss.sent
    assert loss.outcome.detail == f"There is no connection to 127.0.0.1:{port}: Connection refused"


def test_a_name_that_does_not_exist_is_no_doubt() -> None:
    loss = lost("http://nowhere.invalid:8", SMALL, 5)
    assert (loss.sent, loss.outcome.kind) == (False, OutcomeKind.TEMPORARY)
    assert "nowhere.invalid" in loss.outcome.detail


def test_a_server_without_encryption_gets_nothing(start: Start) -> None:
    server = start(lambda heard: Say())
    loss = lost(server.url.replace("http:", "https:"), SMALL, 2)
    assert not loss.sent
    assert server.heard == []


def test_an_untrusted_certificate_stops_the_channel_only(certificate: Path) -> None:
    with server_context(certificate).wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True) as server:

        def shake_hands() -> None:
            with suppress(OSError):  # the other side hangs up as soon as it has seen the certificate
                server.accept()[0].close()

        thread = Thread(target=shake_hands)
        thread.start()
        loss = lost(f"https://127.0.0.1:{server.getsockname()[1]}", SMALL, 5)
        thread.join(5)
    assert (loss.sent, loss.outcome.kind) == (False, OutcomeKind.AUTH_CONFIG)
    assert "cannot be trusted: self-signed certificate. Nothing was sent" in loss.outcome.detail


def test_a_connection_is_used_again_but_not_after_a_rest(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(lambda heard: Say(200, b"{}"))
    mine = caller(server.url)
    for _ in range(3):
        mine.post(SMALL)
    assert server.connections == 1
    monkeypatch.setattr("funnel.adapters.http.caller._REST", -1.0)
    mine.post(SMALL)
    assert server.connections == 2
    mine.close()


def test_headers_are_known_in_lower_case_and_the_key_is_sent(start: Start) -> None:
    server = start(lambda heard: Say(200, b'{"a": 1}', {"X-Message-ID": "7"}))
    reply = caller(server.url).post(Request("/send", b"{}", headers={"Idempotency-Key": "k1"}))
    assert (reply.status, reply.headers["x-message-id"], reply.data()) == (200, "7", {"a": 1})
    (heard,) = server.heard
    assert heard.headers["x-key"] == "k"
    assert heard.headers["idempotency-key"] == "k1"
    assert heard.headers["content-length"] == "2"
    assert "transfer-encoding" not in heard.headers


def test_an_early_refusal_is_heard_though_the_body_is_not_read(start: Start) -> None:
    reply = caller(start(lambda heard: Say(413, b"too large")).url, 5).post(LARGE)
    assert (reply.status, reply.text()) == (413, "too large")


def test_a_body_counts_as_written_only_when_more_is_asked_for() -> None:
    body = Body(b"abc")
    assert body.read(2) == b"ab"
    assert body.read(2) == b"c"
    assert not body.written
    assert body.read(2) == b""
    assert body.written
