"""Writes mail into a maildir on disk instead of sending it: any mail program can read the folder."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from funnel.adapters.message import Unsendable, prepare_envelope
from funnel.adapters.url import AdapterUrlError, MailUrl
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind

FILE_EXAMPLE = "file:///var/lib/funnel/maildir"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE})


class FileAdapter:
    """A maildir: each mail is written whole under tmp/ and then moved to new/, so no reader ever sees half of one.

    The file's name comes from the mail's key, so a key sent again is one file still.
    """

    name = "file"
    window = 4

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        for mail in mails:
            yield mail.key, self._outcome(mail)

    def close(self) -> None:
        """Nothing is open between two mails."""

    def _outcome(self, mail: Mail) -> Outcome:
        try:
            envelope = prepare_envelope(mail, utf8=True)
            top = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n"
            name = file_name(mail.key)
            self._keep(name, top.encode() + envelope.content)
        except Unsendable as refusal:
            return refusal.outcome
        except OSError as error:
            # A full disk empties again; a missing right or a read-only disk waits for somebody.
            kind = OutcomeKind.TEMPORARY if error.errno in _FULL else OutcomeKind.AUTH_CONFIG
            return Outcome(kind, f"{self.folder} cannot be written: {error.strerror or error.__class__.__name__}"[:500])
        return Outcome(OutcomeKind.ACCEPTED, f"written as {name}", provider_id=name)

    def _keep(self, name: str, content: bytes) -> None:
        for part in ("tmp", "new", "cur"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        # A mail program moves what it has shown to cur/ and adds flags to the name.
        if any((self.folder / "cur").glob(f"{name}*")):
            return
        temporary = self.folder / "tmp" / f"{name}.{uuid.uuid4().hex}"
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / "new" / name)
        finally:
            temporary.unlink(missing_ok=True)


def file_name(key: str) -> str:
    """The name for a mail's key: readable, safe on every disk, and different for different keys."""
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", key)[:60].strip("-") or "mail"
    return f"{readable}.{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def file_from_url(url: MailUrl) -> Adapter:
    """`file:///path/to/maildir`. Raises AdapterUrlError."""
    url.only((), FILE_EXAMPLE)
    if url.host not in ("", "localhost"):
        raise AdapterUrlError("a folder on this machine needs three slashes after file:", FILE_EXAMPLE)
    if not url.path.strip("/"):
        raise AdapterUrlError("it names no folder", FILE_EXAMPLE)
    return FileAdapter(Path(url.path))
