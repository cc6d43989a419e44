"""The public address and the clock, as another machine's answers show them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from funnel.operations.doctor import outside
from funnel.operations.doctor.findings import Health
from tests.adapters.certificates import make_certificate, server_context

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)


@contextmanager
def answering(status: int, body: bytes = b"", *, tls: Path | None = None, **headers: str) -> Iterator[str]:
    """The address of a web server that answers everything so."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    if tls is not None:
        server.socket = server_context(tls).wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for localhost, which here counts as a name that others reach and trust."""
    monkeypatch.setattr(outside, "is_loopback", lambda _: False)
    path = make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    return path


@pytest.mark.parametrize(
    ("status", "body", "health", "words"),
    [
        (200, b'{"ok":true}', Health.OK, "answers over https"),
        (503, b'{"ok":false}', Health.WARN, "no database"),
        (200, b"It works", Health.BAD, "something else"),
        (421, b"", Health.BAD, "not the name"),
        (308, b"", Health.BAD, "elsewhere"),
    ],
)
def test_what_answers_at_the_public_address_is_told_apart(
    certificate: Path, status: int, body: bytes, health: Health, words: str
) -> None:
    with answering(status, body, tls=certificate, Location="https://www.example.org/") as url:
        found = outside.check_site(url, seconds=2)
    assert (found.health, words in found.says) == (health, True), found.says


def test_a_certificate_that_is_not_trusted_is_bad(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with answering(200, b'{"ok":true}', tls=certificate) as url:
        found = outside.check_site(url, seconds=2)
    assert found.health is Health.BAD
    assert "not trusted" in found.says


def test_a_place_where_nobody_answers_is_bad(certificate: Path) -> None:
    assert "cannot be reached" in outside.check_site("https://localhost:1", seconds=2).says


def test_this_machine_and_plain_http_are_told_apart() -> None:
    assert outside.check_site("http://127.0.0.1:8000").health is Health.NOT_TRIED
    assert outside.check_site("http://letters.example.org").health is Health.BAD


@pytest.mark.parametrize(("off", "health"), [(0, Health.OK), (-20, Health.WARN), (20, Health.WARN), (3600, Health.BAD)])
def test_the_clock_is_compared_with_another(off: int, health: Health) -> None:
    with answering(200, Date=format_datetime(NOON + timedelta(seconds=off), usegmt=True)) as url:
        assert outside.check_time(NOON, url).health is health


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Jan 2027 12:00:00 GMT"])
def test_a_date_nobody_can_read_is_not_tried(date: str) -> None:
    with answering(200, Date=date) as url:
        assert outside.check_time(NOON, url).health is Health.NOT_TRIED
