"""Wait for something a process needs: log once that it is away, wait longer each time, log when it is back."""

from __future__ import annotations

import structlog

from workers.logs import safe_words
from workers.stopping import Stop

_FIRST, _LONGEST = 0.5, 30.0

log = structlog.get_logger(__name__)


class Backoff:
    """Waits of 0.5, 1, 2 … 30 seconds of machine time; each ends at once when the process is asked to stop."""

    def __init__(self, what: str, stop: Stop) -> None:
        self._what = what
        self._stop = stop
        self._next = _FIRST
        self._away = False

    def after(self, error: Exception) -> None:
        if not self._away:
            self._away = True
            log.warning(f"{self._what} is away; trying again until it is back", error=safe_words(error))
        self._stop.wait(self._next)
        self._next = min(self._next * 2, _LONGEST)

    def over(self) -> None:
        if self._away:
            self._away = False
            log.info(f"{self._what} is back")
        self._next = _FIRST
