"""Where bounces wait. Reading changes nothing, and only what is named is ever deleted."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from funnel.bounces.imap import ImapMailbox
from funnel.bounces.mailboxes import open_mailbox
from funnel.bounces.model import MAX_MAIL_BYTES
from funnel.bounces.waiting_mail import MailboxError
from tests.adapters.certificates import make_certificate, server_context

ONE, TWO = b"Subject: one\n\n1\n", b"Subject: two\n\n2\n"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1.a").write_bytes(ONE)
    (tmp_path / "box" / "cur" / "2.b:2,S").write_bytes(TWO)
    return tmp_path / "box"


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "box.mbox"
    stamp = b"From mailer Mon Jan  4 09:00:00 2027\n"
    path.write_bytes(stamp + ONE + b"\n" + stamp + TWO + b"\n")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "eml"
    path.mkdir()
    (path / "1.eml").write_bytes(ONE)
    (path / "2.eml").write_bytes(TWO)
    (path / "notes.txt").write_text("no mail")
    return path


@pytest.mark.parametrize("kind", ["maildir", "mbox", "folder"])
def test_every_mail_is_given_and_nothing_is_changed(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    where: Path = request.getfixturevalue(kind)
    before = snapshot(tmp_path)
    box = open_mailbox(str(where))
    found = list(box.mails())
    box.done(found[0])
    box.close()
    assert [mail.raw.strip() for mail in found] == [ONE.strip(), TWO.strip()]
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("kind", ["maildir", "mbox", "folder"])
def test_only_what_is_named_is_deleted(kind: str, request: pytest.FixtureRequest) -> None:
    where: Path = request.getfixturevalue(kind)
    box = open_mailbox(str(where), change=True)
    box.delete(next(iter(list(box.mails()))))
    box.close()
    assert [mail.raw.strip() for mail in open_mailbox(str(where)).mails()] == [TWO.strip()]


def test_a_single_file_is_a_mailbox_of_one(folder: Path) -> None:
    assert [mail.raw for mail in open_mailbox(str(folder / "1.eml")).mails()] == [ONE]


def test_no_more_than_the_limit_is_held_of_a_mail(folder: Path) -> None:
    (folder / "1.eml").write_bytes(b"x" * (MAX_MAIL_BYTES + 5000))
    assert len(next(iter(open_mailbox(str(folder)).mails())).raw) == MAX_MAIL_BYTES + 1


def test_a_mailbox_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(MailboxError, match="There is no mailbox"):
        open_mailbox(str(tmp_path / "nothing"))


class _Imap(socketserver.StreamRequestHandler):
    """As much of IMAP as is asked for: two unread mails, the second of them four bytes long."""

    said: list[str]

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            self.server.said.append(rest)  # type: ignore[attr-defined]
            word = rest.upper()
            if word.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n")
            elif word.startswith("UID SEARCH"):
                self.wfile.write(b"* SEARCH 7 8\r\n")
            elif word.startswith("UID FETCH"):
                body = ONE if " 7 " in rest else b"two\n"
                head = f"* 1 FETCH (UID 7 BODY[]<0> {{{len(body)}}}\r\n"
                self.wfile.write(head.encode() + body + b")\r\n")
            elif word.startswith("LOGOUT"):
                self.wfile.write(b"* BYE\r\n")
            refused = word.startswith("LOGIN") and "wrong" in rest
            self.wfile.write(f"{tag} {'NO' if refused else 'OK'} done\r\n".encode())


class _TlsServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Imap)
        self.said: list[str] = []
        self._context = context

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        return self._context.wrap_socket(connection, server_side=True), address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust us hangs up: that is what is tested."""


@pytest.fixture
def imap(tmp_path: Path) -> Iterator[tuple[_TlsServer, str, ssl.SSLContext]]:
    pem = make_certificate(tmp_path, "localhost")
    with _TlsServer(server_context(pem)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield (
            server,
            f"imaps://dan:secret@localhost:{server.server_address[1]}/Bounces",
            ssl.create_default_context(cafile=pem),
        )
        server.shutdown()
        thread.join()


def test_unread_mail_is_fetched_over_tls_without_being_marked(imap: tuple[_TlsServer, str, ssl.SSLContext]) -> None:
    server, url, trust = imap
    box = ImapMailbox(url, context=trust)
    found = list(box.mails())
    box.done(found[0])
    box.delete(found[0])
    box.close()
    assert [mail.raw for mail in found] == [ONE, b"two\n"]
    said = " ".join(server.said)
    assert "EXAMINE" in said
    assert "BODY.PEEK[]" in said
    assert "STORE" not in said


def test_a_handled_mail_is_marked_and_one_to_delete_goes_alone(
    imap: tuple[_TlsServer, str, ssl.SSLContext],
) -> None:
    server, url, trust = imap
    box = ImapMailbox(url, change=True, context=trust)
    first, second = list(box.mails())
    box.done(first)
    box.delete(second)
    box.close()
    assert [line for line in server.said if "STORE" in line or "EXPUNGE" in line] == [
        r"UID STORE 7 +FLAGS.SILENT (\Seen)",
        r"UID STORE 8 +FLAGS.SILENT (\Seen \Deleted)",
        "UID EXPUNGE 8",
    ]


def test_a_server_nobody_vouches_for_is_told_no_password(imap: tuple[_TlsServer, str, ssl.SSLContext]) -> None:
    server, url, _ = imap
    with pytest.raises(MailboxError, match="cannot be read"):
        ImapMailbox(url)
    assert server.said == []


def test_a_wrong_password_is_said_without_showing_it(imap: tuple[_TlsServer, str, ssl.SSLContext]) -> None:
    _, url, trust = imap
    with pytest.raises(MailboxError, match="password") as error:
        ImapMailbox(url.replace("secret", "wrong-one"), context=trust)
    assert "wrong-one" not in str(error.value)


def test_an_imap_url_without_a_password_is_told_where_to_put_it() -> None:
    with pytest.raises(MailboxError, match="FUNNEL_BOUNCES_PASSWORD"):
        open_mailbox("imaps://dan@mail.example.org/INBOX")
