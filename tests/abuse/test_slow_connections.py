"""Connections that are slow, idle or never end hold up nobody else, with no proxy in front of the service."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from funnel.links import Purpose
from funnel.models import Delivery, HookBody, Lead, Signup
from funnel.settings import load_settings
from funnel.subscription.confirming import confirm
from funnel.web.app import create_app
from funnel.web.reader.assets import training_files
from funnel.wiring import Service, build_service
from tests.abuse.serving import LIMITS, Site, read_answer, serving
from tests.conftest import SECRET
from tests.refs import ref_of
from tests.webhooks.signing import BASIC, PASSWORD
from tests.workers.waiting_for import wait_until

_FORM = "application/x-www-form-urlencoded"
_VIDEO = 8 << 20  # bytes: more than the buffers of two sockets take
_SOON = 10.0  # seconds: far more than a page takes, far less than forever, on a machine that is busy


@dataclass(frozen=True)
class House:
    """The site, the service behind it, and Fay, who confirmed her sign-up for the training."""

    site: Site
    service: Service
    signup_id: int
    delivery_id: int

    @property
    def video(self) -> str:
        signup = ref_of(self.service, Signup, self.signup_id)
        return f"/watch/{self.service.links.dated_token(Purpose.WATCH, signup, datetime.now(UTC))}/video"

    @property
    def leave(self) -> str:
        delivery = ref_of(self.service, Delivery, self.delivery_id)
        return f"/u/{self.service.links.unsubscribe_token(delivery, 'fay@example.org')}"

    def everybody_is_answered(self) -> None:
        front = self.site.ask("GET", "/")
        left = self.site.ask("POST", self.leave, b"List-Unsubscribe=One-Click", Content_Type=_FORM)
        pixel = self.site.ask(
            "GET", f"/o/{self.service.links.token(Purpose.OPEN, ref_of(self.service, Delivery, self.delivery_id))}.gif"
        )
        assert (front.status, left.status, pixel.status) == (200, 200, 200)
        assert max(front.seconds, left.seconds, pixel.seconds) < _SOON


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    service = _service(tmp_path_factory.mktemp("slow"), sqlite_template)
    signup_id, delivery_id = _fay(service)
    with serving(service.settings) as site:
        yield House(site, service, signup_id, delivery_id)
    service.db.close()


def test_a_body_that_never_ends_does_not_hold_a_page_up(house: House) -> None:
    start = house.site.head("POST", house.leave, Content_Length="1000", Content_Type=_FORM) + b"x"
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(house.site.connect(start))
        house.everybody_is_answered()


def test_a_trickling_body_is_given_up_in_time(house: House) -> None:
    started = time.monotonic()
    with house.site.connect(house.site.head("POST", house.leave, Content_Length="1000")) as connection:
        connection.settimeout(0.1)
        answered = False
        while not answered:
            connection.send(b"x")
            try:
                answered = bool(connection.recv(1, socket.MSG_PEEK))
            except TimeoutError:
                assert time.monotonic() - started < _SOON
        connection.settimeout(_SOON)
        answer = read_answer(connection, started)
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert answer.seconds >= LIMITS.body_seconds


@pytest.mark.parametrize("sent", ["nothing", "half a head", "half a body", "a whole request before"])
def test_an_idle_connection_is_closed(house: House, sent: str) -> None:
    begun = {
        "nothing": b"",
        "half a head": b"GET / HTTP/1.1\r\nHost: 127",
        "half a body": house.site.head("POST", house.leave, Content_Length="1000") + b"half",
        "a whole request before": house.site.head("GET", "/healthz"),
    }[sent]
    assert house.site.send(begun).seconds < _SOON


def test_a_viewer_at_a_trickle_does_not_hold_unsubscribing_up(house: House) -> None:
    start = house.site.head("GET", house.video, Range="bytes=0-")
    with ExitStack() as stack:
        viewers = [stack.enter_context(house.site.connect(start, 4096)) for _ in range(30)]
        assert all(viewer.recv(12) == b"HTTP/1.1 206" for viewer in viewers)
        house.everybody_is_answered()


def test_a_client_that_never_reads_is_dropped(house: House) -> None:
    with house.site.connect(house.site.head("GET", house.video), 4096) as connection:
        port = connection.getsockname()[1]
        wait_until(lambda: _established(house.site.port, port), _SOON)
        wait_until(lambda: not _established(house.site.port, port), 30)


def test_beyond_the_limit_a_connection_waits_for_one_to_close(house: House) -> None:
    with ExitStack() as stack:
        for _ in range(LIMITS.connections + 5):
            stack.enter_context(house.site.connect())
        assert house.site.ask("GET", "/healthz").status == 200


def test_a_hook_over_1_mb_is_refused_whole(house: House) -> None:
    sent = b"[" + b" " * (1 << 20) + b"]"
    whole = house.site.ask("POST", "/hooks/postmark", sent, **BASIC)
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in _parts(sent)) + b"0\r\n\r\n"
    chunked = house.site.send(
        house.site.head("POST", "/hooks/postmark", Transfer_Encoding="chunked", Connection="close", **BASIC) + pieces
    )
    assert (whole.status, chunked.status) == (413, 413)
    assert _hooks(house.service) == []


def test_who_asks_before_sending_too_much_is_told_at_once(house: House) -> None:
    asking = {"Content_Length": str(2 << 20), "Expect": "100-continue", "Connection": "close"}
    assert house.site.send(house.site.head("POST", "/hooks/postmark", **asking, **BASIC)).status == 413


def test_a_hook_of_1_mb_is_kept_as_it_came_however_it_came(house: House) -> None:
    sent = b'{"RecordType": "Nothing", "Is": "' + b"x" * (1 << 19) + b'"}'
    asking = house.site.head(
        "POST", "/hooks/postmark", Content_Length=str(len(sent)), Expect="100-continue", Connection="close", **BASIC
    )
    started = time.monotonic()
    with house.site.connect(asking) as connection:
        assert connection.recv(64) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(sent)
        assert read_answer(connection, started).status == 204
    assert [row.body for row in _hooks(house.service)] == [sent]


def test_a_body_that_was_cut_off_reaches_no_page(house: House) -> None:
    fields = b"email=ben@example.org&consent=on"
    half = {
        "with a length": house.site.head("POST", "/offers/ebook/signup", Content_Type=_FORM, Content_Length="33"),
        "in chunks": house.site.head("POST", "/offers/ebook/signup", Content_Type=_FORM, Transfer_Encoding="chunked"),
    }
    for how, head in half.items():
        with house.site.connect(head + (b"20\r\n%b\r\n" % fields if how == "in chunks" else fields)) as connection:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    with house.service.db.read() as session:
        assert session.scalars(select(Lead).where(Lead.email_key == "ben@example.org")).all() == []


def test_a_head_that_is_too_long_is_refused(house: House) -> None:
    assert house.site.ask("GET", "/", X="x" * 300_000).status == 431
    many = {f"X{number}": "x" for number in range(120)}
    assert house.site.send(house.site.head("GET", "/", **many)).status == 431


def test_the_video_comes_in_the_ranges_that_players_ask_for(house: House) -> None:
    whole = house.site.ask("GET", house.video)
    assert (whole.status, len(whole.rest), whole.headers["accept-ranges"]) == (200, _VIDEO, "bytes")
    first = house.site.ask("GET", house.video, Range="bytes=0-1")
    assert (first.status, first.rest, first.headers["content-range"]) == (206, whole.rest[:2], f"bytes 0-1/{_VIDEO}")
    middle = house.site.ask("GET", house.video, Range="bytes=1000000-4999999")
    assert (middle.status, middle.rest) == (206, whole.rest[1_000_000:5_000_000])
    head = house.site.ask("HEAD", house.video)
    assert (head.status, head.rest, head.headers["content-length"]) == (200, b"", str(_VIDEO))
    assert house.site.ask("GET", house.video, If_None_Match=whole.headers["etag"]).status == 304


def _established(server: int, client: int) -> bool:
    """Whether the server's side of this connection is open, as the kernel lists it."""
    wanted = f":{server:04X}", f":{client:04X}"
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if (local[-5:], remote[-5:]) == wanted:
            return state == "01"
    return False


def _parts(body: bytes) -> list[bytes]:
    return [body[at : at + 100_000] for at in range(0, len(body), 100_000)]


def _hooks(service: Service) -> list[HookBody]:
    with service.db.read() as session:
        return list(session.scalars(select(HookBody).order_by(HookBody.id)))


def _service(folder: Path, template: Path) -> Service:
    """With a video on this machine's disk that no socket's buffers can take whole."""
    shutil.copy(template, folder / "funnel.sqlite3")
    settings = load_settings(
        {},
        data_dir=folder,
        database_url=f"sqlite:///{folder}/funnel.sqlite3",
        secret_key=SECRET,
        mail_url="memory://",
        hook_password=PASSWORD,
    )
    service = build_service(settings)
    training = training_files(service, service.library.offers["training"].asset or "")
    assert training is not None
    assert training.video is not None
    with training.video.open("r+b") as clip:
        clip.truncate(_VIDEO)
    return service


def _fay(service: Service) -> tuple[int, int]:
    """Her sign-up and the newest mail to her."""
    fields = {"email": "fay@example.org", "name": "Fay", "consent": "on", "timezone": "Australia/Sydney"}
    assert create_app(service).test_client().post("/offers/training/signup", data=fields).status_code == 303
    with service.db.read() as session:
        signup_id = session.scalars(select(Signup.id)).one()
    confirmed = confirm(service, signup_id, service.clock.now())
    assert confirmed is not None
    return signup_id, 1
