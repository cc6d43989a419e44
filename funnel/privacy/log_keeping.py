"""The log of erasures while the clock runs: it learns what other machines erased, and says what was broken off."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from funnel.context import Context
from funnel.models import Erasure
from funnel.privacy.erase import reapply
from funnel.privacy.erasure_log import Erased, log_written_at, note_erased, read_log

_PATIENCE = timedelta(minutes=10)  # machine time; an erasure that goes on still is left alone
_LATE = 100  # numbers that may be committed out of their order

log = structlog.get_logger(__name__)


class LogKeeper:
    """`step` costs a look at the newest numbers, as long as nobody is erased."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: set[int] = set()
        self._looked_at: float | None = None  # how the log stood when it was last compared with the database
        self._changed_at: datetime | None = None  # since when it stands otherwise, by this clock

    def start(self) -> int:
        """Before any mail: a restored backup may have brought somebody back; how many people that erased."""
        self._looked_at = log_written_at(self._context.settings.data_dir)
        return reapply(self._context)

    def step(self) -> None:
        """Notes what is new in the database, and takes up what an erasure left undone that is ten minutes old."""
        self._note_new()
        written_at, now = log_written_at(self._context.settings.data_dir), self._context.clock.machine_now()
        if written_at == self._looked_at:
            return
        self._changed_at = self._changed_at or now
        if now - self._changed_at > _PATIENCE:
            reapply(self._context)
            self._looked_at, self._changed_at = written_at, None

    def _note_new(self) -> None:
        newest = max(self._seen, default=0)
        query = select(Erasure.id, Erasure.at, Erasure.digest).where(Erasure.id > newest - _LATE).order_by(Erasure.id)
        with self._context.db.read() as session:
            found = {row.id: Erased(row.at, row.digest) for row in session.execute(query)}
        if found.keys() <= self._seen:
            return
        data_dir = self._context.settings.data_dir
        logged = set(read_log(data_dir))
        for number, erased in found.items():
            if number not in self._seen and erased not in logged:
                note_erased(data_dir, erased)
        self._seen = set(found)
