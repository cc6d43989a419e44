"""The keys that open the encrypted columns of the database. They lie apart from it.

They are cryptography's: Fernet (AES-128-CBC with HMAC-SHA256), several of them by MultiFernet, the newest first.
"""

from __future__ import annotations

import base64
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from funnel.kept_files import keep_first, sync_folder, write_private

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

UNREADABLE = "(This cannot be read: FUNNEL_DATA_KEY is not the key it was encrypted with, see docs/security.md.)"
_KEY_BYTES = 32

log = structlog.get_logger(__name__)


class DataKeyError(ValueError):
    """A sentence that says what is wrong with the key, and what to do."""


class UnreadableText(str):
    """Stands in a field that no key opens: whoever reads it is told so, and nothing else stops."""

    __slots__ = ()


class DataKeys:
    """The keys of one service: those given, else those in the file, which is made when a key is first needed.

    The file is looked at again whenever it has changed, so that a key changed beside a running process counts there.
    """

    def __init__(self, file: Path, given: str = "") -> None:
        self.file = file
        self.is_given = bool(given)
        self._given = read_keys(given)
        self._known: tuple[tuple[int, int, int], MultiFernet] | None = None

    def encrypt(self, text: str) -> str:
        """Raises DataKeyError or OSError where there is no key and none can be kept."""
        if not self.is_given:
            self._have_one()
        return self._fernet().encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """What was encrypted, or an `UnreadableText`."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet().decrypt(token.encode("ascii", "replace")).decode()
        except (InvalidToken, DataKeyError, OSError, ValueError) as error:
            log.warning("a field cannot be decrypted: the data key is lost or another", error=type(error).__name__)
            return UnreadableText(UNREADABLE)

    def is_newest(self, token: str) -> bool:
        """Whether this was encrypted with the newest key, so that no other is needed for it."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            Fernet(self.newest_first()[0]).decrypt(token.encode("ascii", "replace"))
        except (InvalidToken, IndexError):
            return False
        return True

    def newest_first(self) -> list[str]:
        """The keys; none where there is no file yet. Raises DataKeyError where the file holds something else."""
        if self.is_given:
            return self._given
        try:
            return read_keys(self.file.read_text(encoding="ascii", errors="replace"))
        except FileNotFoundError:
            return []
        except DataKeyError as error:
            raise DataKeyError(f"{self.file} holds something that is no key. {error}") from None

    def replace(self, keys: list[str]) -> None:
        """Keeps these keys in the file from now on, in one step that survives a power cut."""
        fresh = self.file.with_suffix(".new")
        write_private(fresh, "\n".join(keys) + "\n")
        fresh.replace(self.file)
        sync_folder(self.file.parent)

    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        mark = self._mark()
        if self._known is None or self._known[0] != mark:
            keys = self.newest_first()
            if not keys:
                raise DataKeyError(f"There is no key in {self.file}")
            self._known = mark, MultiFernet([Fernet(key) for key in keys])
        return self._known[1]

    def _mark(self) -> tuple[int, int, int]:
        """What tells one state of the file from another."""
        if self.is_given:
            return 0, 0, 0
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return 0, 0, 0
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _have_one(self) -> None:
        """Makes a key where there is none; what is no key is put aside, so that at least what comes now is kept."""
        try:
            if self.newest_first():
                return
        except DataKeyError:
            aside = self.file.with_name(f"{self.file.name}.broken-{time.time_ns()}")
            self.file.rename(aside)
            log.error("the data key was no key: it is put aside, and a new one is made", aside=str(aside))
        keep_first(self.file, fresh_data_key() + "\n")


def fresh_data_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode("ascii")


def read_keys(text: str) -> list[str]:
    """Keys parted by commas or lines, in either alphabet of base64. Raises DataKeyError where one is none."""
    keys = [key.translate(str.maketrans("+/", "-_")) for key in text.replace(",", " ").split()]
    for key in keys:
        try:
            length = len(base64.b64decode(key, altchars=b"-_", validate=True))
        except ValueError:
            length = 0
        if length != _KEY_BYTES:
            raise DataKeyError("A data key is 32 random bytes in base64: `openssl rand -base64 32` makes one")
    return keys
