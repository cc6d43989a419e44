"""The practice's own inbox, read beside its people: nothing in it is ever marked, moved or deleted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import structlog
from sqlalchemy.exc import DataError

from funnel.bounces.imap import ImapMailbox, Mark
from funnel.bounces.mails import record_mail
from funnel.bounces.model import TooLarge
from funnel.bounces.reader import read_bounce
from funnel.context import Context
from funnel.kept_files import write_private

_MOST_AT_ONCE = 500

log = structlog.get_logger(__name__)


class Inbox:
    """`open_box` opens the folder, read-only. How far it was read is kept in a file of the data folder."""

    def __init__(self, context: Context, open_box: Callable[[], ImapMailbox]) -> None:
        self._context, self._open = context, open_box
        self._file = context.settings.data_dir / "inbox.json"
        self._name = sha256(context.settings.replies_mailbox.encode()).hexdigest()[:16]

    def read(self) -> Counter[str]:
        """Takes in what came since the last time, at most 500 mails; what was done, counted by outcome.

        A mail counts as read once it is recorded, so that one is read again after a kill, and changes nothing then.
        Raises MailboxError, and what the database raises when it is away.
        """
        done: Counter[str] = Counter()
        with closing(self._open()) as box:
            for mark, mail, came_at in box.mails_after(
                _mark_in(self._file, self._name), self._context.clock.machine_now()
            ):
                done[self._take(mail.raw, came_at)] += 1
                _keep_mark(self._file, self._name, mark)
                if done.total() >= _MOST_AT_ONCE:
                    break
        return done

    def _take(self, raw: bytes, came_at: datetime) -> str:
        context = self._context
        age = context.clock.machine_now() - came_at
        try:
            reading = read_bounce(raw, context.links.open_message_id)
            return record_mail(context, raw, reading, context.clock.now(), age).value
        except (TooLarge, DataError, LookupError, TypeError, ValueError, RecursionError) as error:
            log.warning("a mail in the inbox was passed over", error=type(error).__name__)
            return "passed over"


def _mark_in(file: Path, name: str) -> Mark | None:
    """None where the file is not there, broken, or of another mailbox: then the last days are read again."""
    try:
        kept = json.loads(file.read_text(encoding="ascii"))
        return Mark(int(kept["validity"]), int(kept["uid"])) if kept["box"] == name else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep_mark(file: Path, name: str, mark: Mark) -> None:
    fresh = file.with_suffix(".new")
    write_private(fresh, json.dumps({"box": name, "validity": mark.validity, "uid": mark.uid}))
    fresh.replace(file)
