"""What was done on the site that makes nobody a reader: help looked for, and sessions asked for."""

from __future__ import annotations

import threading

from funnel.demo.deeds import GuestDeeds


class GuestBook:
    """Safe to write from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions_asked: dict[str, tuple[str, str]] = {}
        self._sessions_changed: dict[str, bool] = {}
        self._looked_for_help = 0

    def asked_for_session(self, email: str, session: str, source: str) -> None:
        """By the form that anybody can fill in; `source` is the page or lesson that led there."""
        with self._lock:
            self._sessions_asked[email] = session, source

    def has_asked_for_session(self, email: str) -> bool:
        with self._lock:
            return email in self._sessions_asked

    def changed_session(self, email: str, cancelled: bool) -> None:
        """By the link in the receipt: another time was asked for, or it was cancelled."""
        with self._lock:
            self._sessions_changed[email] = cancelled

    def has_changed_session(self, email: str) -> bool:
        with self._lock:
            return email in self._sessions_changed

    def looked_for_help(self) -> None:
        with self._lock:
            self._looked_for_help += 1

    def deeds(self) -> GuestDeeds:
        with self._lock:
            return GuestDeeds(dict(self._sessions_asked), dict(self._sessions_changed), self._looked_for_help)
