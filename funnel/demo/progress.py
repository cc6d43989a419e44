"""How far the story is: a bar that moves on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

_WIDTH = 32
_LINE_SECONDS = 5.0
_BAR_SECONDS = 0.1


class ProgressBar:
    """Draws to `stream`. `note` says a few words about how much has happened so far."""

    def __init__(
        self,
        stream: TextIO,
        begins: datetime,
        ends: datetime,
        note: Callable[[], str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._begins, self._ends = begins, ends
        self._note = note
        self._monotonic = monotonic
        self._moves = stream.isatty()
        self._next = 0.0
        self._drawn = False

    def show(self, now: datetime) -> None:
        """`now` in story time; draws at most ten times a second, or a line every five seconds."""
        if self._monotonic() < self._next:
            return
        self._next = self._monotonic() + (_BAR_SECONDS if self._moves else _LINE_SECONDS)
        done = min(1.0, max(0.0, (now - self._begins) / (self._ends - self._begins)))
        text = f"{now:%a %d %b %Y}  {self._note()}"
        if not self._moves:
            self._stream.write(f"{done:4.0%}  {text}\n")
        else:
            full = round(_WIDTH * done)
            self._stream.write(f"\r\x1b[2K  {'█' * full}{'░' * (_WIDTH - full)}  {text}")
            self._drawn = True
        self._stream.flush()

    def say(self, line: str) -> None:
        """A line of its own, below the bar."""
        self.close()
        self._stream.write(f"{line}\n" if not self._moves else f"  {line}\n")
        self._stream.flush()

    def close(self) -> None:
        """Leaves the bar as it stands and begins a new line."""
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()
            self._drawn = False
