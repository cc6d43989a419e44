"""Mail that comes back, brought by a mail server over LMTP: taken once it is safe, read once, whatever dies when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import spool as spool_module
from funnel.bounces.model import MAX_MAIL_BYTES
from funnel.bounces.spool import BounceSpool, read_spool
from funnel.links import Links, RowRef
from funnel.models import Delivery, Event
from funnel.settings import SettingsError, load_settings
from funnel.wiring import Service
from tests.absent import without_tables
from tests.bounces.steps import bounce, sent
from tests.conftest import SECRET
from tests.workers.lmtp_client import LmtpClient, listening, stuffed
from tests.workers.waiting_for import wait_until
from workers.lmtp import MOST_RECIPIENTS
from workers.returned import wanted

ADDRESS = "bounces@bounce.example.org"


@pytest.fixture
def service(make_service: Callable[..., Service], time: object) -> Service:
    return make_service(bounce_address=ADDRESS, lmtp="127.0.0.1:0")


@pytest.fixture
def lesson(service: Service, outbox: MemoryAdapter) -> Delivery:
    return sent(service)


@pytest.fixture
def where(service: Service, lesson: Delivery) -> Iterator[tuple[str, int]]:
    with listening(service) as address:
        yield address


def to(service: Service, delivery: Delivery) -> str:
    found = service.links.return_path(service.links.message_id(delivery.ref, "x.example.org"))
    assert found is not None
    return found


def events(service: Service) -> list[Event]:
    with service.db.read() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def test_a_bounce_that_was_brought_is_recorded(
    service: Service, lesson: Delivery, where: tuple[str, int], tmp_path: Path
) -> None:
    with LmtpClient(where) as client:
        assert client.greeting.startswith("220 ")
        assert "250-PIPELINING" in client.offers.split("\n")
        # Nothing in the mail itself names ours: the envelope does.
        (answer,) = client.deliver(bounce("someone@example.org"), to(service, lesson))
        assert answer.startswith("250 ")
        assert client.say("QUIT").startswith("221 ")
    wait_until(lambda: events(service))
    (event,) = events(service)
    assert (event.delivery_id, event.reasons) == (lesson.id, ["userunknown"])
    wait_until(lambda: not list((tmp_path / "bounces").glob("*.eml")))
    assert not list((tmp_path / "bounces").glob("*.part"))


def test_only_the_bounce_address_and_tokens_of_ours_are_taken(service: Service, where: tuple[str, int]) -> None:
    with LmtpClient(where) as client:
        client.say("MAIL FROM:<>")
        for stranger in ("ada@example.org", "bounces@example.org", "bounces+1.00000000000000000000@bounce.example.org"):
            assert client.say(f"RCPT TO:<{stranger}>").startswith("550 5.1.1")
        assert client.say("DATA").startswith("503")
        assert client.say("RCPT TO:<Bounces@Bounce.example.org>").startswith("250")


def test_a_token_is_known_in_any_case_and_without_a_database() -> None:
    links = Links("https://letters.example.org", (SECRET,), ADDRESS)
    path = links.return_path(links.message_id(RowRef(7, "0a1b2c3d"), "x.example.org"))
    assert path is not None
    wants = wanted(links)
    assert all(wants(each) for each in (path, path.upper(), ADDRESS))
    assert not any(wants(each) for each in ("", "@", "bounces", "bounces+@bounce.example.org", path + ".org"))


def test_each_recipient_gets_an_answer_of_its_own(service: Service, where: tuple[str, int]) -> None:
    with LmtpClient(where) as client:
        answers = client.deliver(b"Subject: Hello\n\nHello\n", ADDRESS, ADDRESS.upper())
        assert [answer[:3] for answer in answers] == ["250", "250"]
        assert client.say("NOOP").startswith("250")
        client.say("MAIL FROM:<>")
        said = [client.say(f"RCPT TO:<{ADDRESS}>")[:3] for _ in range(MOST_RECIPIENTS + 1)]
        assert said == ["250"] * MOST_RECIPIENTS + ["452"]


def test_commands_that_come_at_once_are_answered_in_order(service: Service, where: tuple[str, int]) -> None:
    with LmtpClient(where) as client:
        mail = f"MAIL FROM:<> SIZE=100\r\nRCPT TO:<{ADDRESS}>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n".encode()
        client.socket.sendall(mail)
        assert [client.answer()[:3] for _ in range(4)] == ["250", "250", "550", "354"]
        client.socket.sendall(stuffed(b"Subject: A\n\n.a dot\n") + b"NOOP\r\nQUIT\r\n")
        assert [client.answer()[:3] for _ in range(3)] == ["250", "250", "221"]


def test_a_mail_is_kept_as_it_was_before_it_was_sent(service: Service, where: tuple[str, int], tmp_path: Path) -> None:
    raw = b".a dot first\r\n..two\r\n\r\n.\r\nbare\rand\n.\nends\r\n" + b"x" * 200_000 + b"\r\n.\r\r\n..."
    with LmtpClient(where) as client:
        client.begin(ADDRESS)
        wire = (b"." + raw).replace(b"\r\n.", b"\r\n..")
        for start in range(0, len(wire), 7919):
            client.socket.sendall(wire[start : start + 7919])
        client.socket.sendall(b"\r\n.\r\n")
        assert client.answer().startswith("250")
    kept = tmp_path / "bounces" / "kept"
    wait_until(lambda: list(kept.glob("*.eml")))
    (path,) = kept.glob("*.eml")
    assert path.read_bytes() == f"X-Envelope-To: {ADDRESS}\r\n".encode() + raw + b"\r\n"


def test_a_mail_over_ten_megabytes_is_refused_without_a_trace(
    service: Service, where: tuple[str, int], tmp_path: Path
) -> None:
    with LmtpClient(where) as client:
        assert client.say(f"MAIL FROM:<> SIZE={MAX_MAIL_BYTES + 1}").startswith("552")
        answers = client.deliver((b"y" * 998 + b"\n") * (MAX_MAIL_BYTES // 999 + 2), ADDRESS, ADDRESS)
        assert [answer[:3] for answer in answers] == ["552", "552"]
        assert client.say("NOOP").startswith("250")
    assert [path.name for path in (tmp_path / "bounces").rglob("*")] == ["kept"]


def test_without_a_database_mail_is_taken_and_recorded_later(
    service: Service, lesson: Delivery, tmp_path: Path
) -> None:
    with without_tables(service.db, "event"), listening(service) as where:
        with LmtpClient(where) as client:
            (answer,) = client.deliver(bounce("x@example.org"), to(service, lesson))
        assert answer.startswith("250 ")
        assert len(list((tmp_path / "bounces").glob("*.eml"))) == 1
    with listening(service):
        wait_until(lambda: events(service))
        wait_until(lambda: not list((tmp_path / "bounces").glob("*.eml")))


def test_the_same_mail_brought_twice_counts_once(service: Service, lesson: Delivery, tmp_path: Path) -> None:
    """The answer was lost, so the server brings it again; and a process that died after it had recorded one."""
    spool = BounceSpool(tmp_path / "bounces")
    spool.open()
    for _ in range(2):
        draft = spool.draft()
        draft.write(bounce("x@example.org"))
        spool.keep(draft, to(service, lesson))
        spool.discard(draft)
    assert read_spool(service, spool) == {"suppressed": 1, "known": 1}
    assert len(events(service)) == 1
    assert list(spool.waiting()) == []


def test_what_was_not_understood_is_kept_but_the_oldest_goes(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: time_machine.Traveller
) -> None:
    monkeypatch.setattr(spool_module, "KEPT_FILES", 3)
    spool = BounceSpool(tmp_path / "bounces")
    spool.open()
    for number in range(5):
        draft = spool.draft()
        draft.write(f"Subject: Letter {number}\r\n\r\nHello\r\n".encode())
        spool.keep(draft, ADDRESS)
        spool.discard(draft)
    assert read_spool(service, spool) == {"ignored": 5}
    kept = [path.read_bytes() for path in sorted(spool.kept.iterdir())]
    assert [text.partition(b"Letter ")[2][:1] for text in kept] == [b"2", b"3", b"4"]
    time.shift(timedelta(days=31))
    read_spool(service, BounceSpool(tmp_path / "bounces"))
    assert list(spool.kept.iterdir()) == []


def test_when_too_much_waits_the_server_is_told_to_come_again(
    service: Service, lesson: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "MOST_BYTES", -1)
    with listening(service) as where, LmtpClient(where) as client:
        assert client.begin(ADDRESS)[-1].startswith("452 4.3.1")
        assert client.say("NOOP").startswith("250")


def test_a_socket_on_disk_serves_as_well(make_service: Callable[..., Service], tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    service = make_service(bounce_address=ADDRESS, lmtp=f"unix:{path}")
    for _ in range(2):  # the second time the old socket lies there
        with listening(service), LmtpClient(str(path)) as client:
            assert client.say("NOOP").startswith("250")


def test_half_a_mail_is_no_mail(service: Service, where: tuple[str, int], tmp_path: Path) -> None:
    with LmtpClient(where) as client:
        client.begin(ADDRESS)
        client.socket.sendall(b"Subject: Half\r\n\r\nof it")
    wait_until(lambda: not list((tmp_path / "bounces").glob("*.part")))
    assert not list((tmp_path / "bounces").rglob("*.eml"))


@pytest.mark.parametrize("lmtp", ["24", "127.0.0.1", "unix:relative", "http://127.0.0.1:24"])
def test_an_address_to_listen_at_that_is_none_stops_the_start(lmtp: str) -> None:
    with pytest.raises(SettingsError, match="FUNNEL_LMTP is wrong: write"):
        load_settings({}, bounce_address=ADDRESS, lmtp=lmtp)


def test_lmtp_without_a_bounce_address_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="FUNNEL_BOUNCE_ADDRESS is not set"):
        load_settings({}, lmtp="127.0.0.1:2424")
