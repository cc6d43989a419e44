"""Mail that came back and was taken from a mail server, as it waits on disk to be read.

A file is whole and on the disk before anybody is told that it was taken; it goes when what it says is recorded.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import structlog
from sqlalchemy.exc import DataError

from funnel.bounces.mails import record_mail
from funnel.bounces.model import MAX_MAIL_BYTES, TooLarge
from funnel.bounces.reader import read_bounce
from funnel.context import Context

MOST_BYTES = 1 << 30  # of mail that waits; then servers are told to come again
# Of mail that was not understood; the oldest goes first.
KEPT_FILES, KEPT_BYTES = 1000, 100 << 20
_PRUNE_SECONDS = 3600.0
_COUNT_SECONDS = 5.0
_PART, _WHOLE = ".part", ".eml"

log = structlog.get_logger(__name__)


class BounceSpoolFull(OSError):
    """No more is taken: too much waits, or the disk has no room."""


class BounceSpool:
    """The folder: `*.eml` wait to be read, `*.part` are being written, `kept/` is for people to look at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()  # a clock may stand still, or go back a little
        self.kept = folder / "kept"
        self._waiting_bytes, self._count_at, self._prune_at = 0, 0.0, 0.0

    def open(self) -> None:
        """Makes the folder, and clears away what was not finished when an earlier run ended. Raises OSError."""
        self.kept.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob(f"*{_PART}"):
            path.unlink(missing_ok=True)

    def draft(self) -> BinaryIO:
        """A file to write a mail to while it comes in. Raises BounceSpoolFull."""
        if time.monotonic() >= self._count_at:
            self._waiting_bytes, self._count_at = sum(map(_size, self.waiting())), time.monotonic() + _COUNT_SECONDS
        if self._waiting_bytes > MOST_BYTES:
            raise BounceSpoolFull("too much returned mail is waiting to be read")
        return (self._folder / f"{uuid4().hex}{_PART}").open("xb+")

    def keep(self, draft: BinaryIO, recipient: str) -> Path:
        """Keeps the mail for this recipient; comes back when it would survive a power cut. Raises OSError.

        Whom the server had it for is written above it, where readers of bounces look first. The same mail for the same
        recipient is always the same bytes, so that one that was brought twice counts once.
        """
        draft.seek(0)
        path = self._folder / f"{time.time_ns():020}-{next(self._numbers):06}-{uuid4().hex[:12]}{_PART}"
        try:
            with path.open("xb") as file:
                file.write(b"X-Envelope-To: " + recipient.encode("ascii") + b"\r\n")
                shutil.copyfileobj(draft, file)
                file.flush()
                os.fsync(file.fileno())
            self._waiting_bytes += path.stat().st_size
            whole = path.rename(path.with_suffix(_WHOLE))
        except (OSError, ValueError):  # also where the draft was closed meanwhile, when we are to stop
            path.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)
        return whole

    def discard(self, draft: BinaryIO) -> None:
        draft.close()
        Path(draft.name).unlink(missing_ok=True)

    def waiting(self) -> Iterator[Path]:
        """Mail that waits, in the order it came."""
        return iter(sorted(self._folder.glob(f"*{_WHOLE}")))

    def put_aside(self, path: Path) -> None:
        """Keeps a mail for people to look at, as long as there is room and for as long as settings say."""
        path.rename(self.kept / path.name)
        self._prune_at = 0.0

    def prune(self, days: int) -> None:
        """Lets go what was put aside so many days ago, and the oldest of what is too much.

        Hourly where nothing comes.
        """
        if time.monotonic() < self._prune_at:
            return
        self._prune_at = time.monotonic() + _PRUNE_SECONDS
        oldest, total = f"{time.time_ns() - days * 86_400 * 10**9:020}", 0
        for n, each in enumerate(sorted(self.kept.glob(f"*{_WHOLE}"), reverse=True)):
            total += _size(each)
            if n >= KEPT_FILES or total > KEPT_BYTES or each.name < oldest:
                each.unlink(missing_ok=True)


def read_spool(context: Context, spool: BounceSpool) -> dict[str, int]:
    """Reads and records everything that waits; what was done, counted by outcome. A mail taken in twice counts once.

    Raises what the database raises when it is away: then the rest waits. A mail that the database refuses, and one that
    shows a mistake of ours, is put aside with a word in the log and holds up no other.
    """
    done: dict[str, int] = {}
    open_token = context.links.open_message_id
    for path in spool.waiting():
        raw = path.read_bytes()
        try:
            reading = read_bounce(raw[: MAX_MAIL_BYTES + 1], open_token)
            outcome = record_mail(context, raw, reading, context.clock.now()).value
            understood = reading.understood
        except (TooLarge, DataError, LookupError, TypeError, ValueError, RecursionError) as error:
            log.warning("a returned mail was put aside", file=path.name, error=type(error).__name__)
            outcome, understood = "put aside", False
        if understood:
            path.unlink(missing_ok=True)
        else:
            spool.put_aside(path)
        done[outcome] = done.get(outcome, 0) + 1
    spool.prune(context.settings.keep_returned_days)
    return done


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # read meanwhile


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
