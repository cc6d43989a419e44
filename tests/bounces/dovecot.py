"""A Dovecot of our own with one mailbox, as any practice might have."""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.adapters.certificates import make_certificate

_NOBODY = 65534
_CONFIG = """
protocols = imap
base_dir = {folder}/run
log_path = {folder}/log
ssl = required
ssl_cert = <{pem}
ssl_key = <{pem}
mail_location = maildir:{folder}/maildir
mail_uid = {uid}
mail_gid = {uid}
first_valid_uid = 1
auth_mechanisms = plain
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={folder}
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
    address = 127.0.0.1
  }}
}}
"""


@dataclass(frozen=True)
class OwnDovecot:
    url: str
    trust: ssl.SSLContext
    port: int

    def client(self) -> imaplib.IMAP4_SSL:
        """As a person's mail program."""
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=self.trust, timeout=20)
        client.login("hello", "secret")
        client.select("INBOX")
        return client

    def append(self, *mails: bytes) -> None:
        client = self.client()
        for raw in mails:
            client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
        client.logout()

    def flags(self) -> list[bytes]:
        """What the server says of each mail's flags; \\Recent is its own."""
        client = self.client()
        _, found = client.fetch("1:*", "(FLAGS)")
        client.logout()
        return [each.replace(b"\\Recent", b"") for each in found if isinstance(each, bytes)]


@contextmanager
def dovecot() -> Iterator[OwnDovecot]:
    """Raises FileNotFoundError where it is not installed, PermissionError where we may not start it."""
    with tempfile.TemporaryDirectory(prefix="funnel-dovecot-") as folder:
        yield from _running(Path(folder))


def _running(folder: Path) -> Iterator[OwnDovecot]:
    binary = shutil.which("dovecot") or ("/usr/sbin/dovecot" if Path("/usr/sbin/dovecot").exists() else None)
    if binary is None:
        raise FileNotFoundError("dovecot-imapd")
    if os.geteuid() != 0:
        raise PermissionError("dovecot gives its processes other users, so it is started by root")
    pem = make_certificate(folder, "localhost")
    port = _free_port()
    folder.chmod(0o711)  # its processes go through it; pytest closes its own folders again when another run begins
    (folder / "maildir").mkdir()
    os.chown(folder / "maildir", _NOBODY, _NOBODY)
    config = folder / "dovecot.conf"
    config.write_text(_CONFIG.format(folder=folder, pem=pem, port=port, uid=_NOBODY))
    process = subprocess.Popen([binary, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        trust = ssl.create_default_context(cafile=pem)
        _wait(port)
        yield OwnDovecot(f"imaps://hello@localhost:{port}/INBOX", trust, port)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
