"""Reclassifies recent hits: every few minutes the clock judges what is new, and what that may change, in small steps.

`funnel classify` is then only needed for older hits and for new rules.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from funnel.context import Context
from funnel.models import Event
from funnel.tracking.classify import Judging
from funnel.tracking.first_events import HITS
from funnel.tracking.rules import HUMAN_SIGNAL_HOLDS, HUMAN_SIGNALS, SHARED_CLIENT_SPAN

CHECK_EVERY = timedelta(minutes=5)  # story time
AT_LEAST = timedelta(seconds=2)  # machine time between two looks, for a time lapse
WINDOW = timedelta(days=2)  # hits older than this on arrival keep the verdict they were given at intake
_LONGEST = timedelta(days=3650)
# PostgreSQL numbers a row when it is inserted and shows it once that is committed; this many may still appear.
_SHOWN_LATE = 1000
_MAILS, _HITS = 50, 500  # per step, which takes some hundredths of a second

log = structlog.get_logger(__name__)


class Reclassifier:
    """`step` does a little work if there is any. Nothing is kept on disk: a new process starts two days back."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._judging: Judging | None = None
        self._newest: int | None = None  # number of the newest event at the last look
        self._still = False  # the last look found nothing newer
        self._next: tuple[datetime, datetime] | None = None  # story time, machine time

    def step(self) -> bool:
        """One small step. True if there may be more to do now. Raises what the database raises."""
        if self._judging is None:
            return self._begin()
        if self._judging.step():
            return True
        done, self._judging = self._judging.done, None
        if done.changed:
            turned = {f"{before}_to_{now}": n for (before, now), n in sorted(done.turned.items())}
            log.info("opens and clicks were judged again", looked_at=done.hits, changed=done.changed, **turned)
        return False

    def give_up(self) -> None:
        """Abandons the run in progress; the next one starts from scratch."""
        self._judging, self._newest = None, None

    def _begin(self) -> bool:
        now, machine = self._context.clock.now(), self._context.clock.machine_now()
        if self._next is not None and (now < self._next[0] or machine < self._next[1]):
            return False
        self._next = now + CHECK_EVERY, machine + AT_LEAST
        since = self._since(now)
        if since is not None:
            self._judging = Judging(self._context, since, mails=_MAILS, hits=_HITS)
        return since is not None

    def _since(self, now: datetime) -> datetime | None:
        """Hits from this time on are judged again; None if nothing has come in that could change a verdict."""
        rate = self._context.clock.rate
        oldest = now - min(WINDOW * rate, _LONGEST)
        with self._context.db.read() as session:
            newest = session.scalar(select(func.max(Event.id))) or 0
            before, self._newest = self._newest, newest
            if before is None:
                return oldest
            still, self._still = self._still, newest == before
            if still and self._still:
                return None
            new = select(func.min(Event.at)).where(
                Event.id > before - _SHOWN_LATE, Event.kind.in_((*HITS, *HUMAN_SIGNALS))
            )
            earliest = session.scalar(new)
        reach = min((HUMAN_SIGNAL_HOLDS + SHARED_CLIENT_SPAN) * rate, _LONGEST)
        return None if earliest is None else max(oldest, earliest - reach)
