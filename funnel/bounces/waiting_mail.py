"""What a mailbox of bounces offers, whatever keeps it: the protocol, a mail in it, and its error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class MailboxError(Exception):
    """A sentence: which mailbox, what is wrong with it, and what to do."""


@dataclass(frozen=True)
class WaitingMail:
    """One mail of a mailbox. `raw` is one byte longer than allowed where the mail is too large, and not more."""

    name: str
    key: str
    raw: bytes


class Mailbox(Protocol):
    def mails(self) -> Iterator[WaitingMail]: ...

    def done(self, mail: WaitingMail) -> None:
        """Notes that this mail was handled, where the mailbox can remember that."""

    def delete(self, mail: WaitingMail) -> None: ...

    def close(self) -> None: ...
