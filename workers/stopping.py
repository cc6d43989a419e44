"""How our processes are asked to stop: once, politely, and with a deadline."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType

DRAIN_SECONDS = 30  # how long a worker may take to finish what is on the wire


class Stop:
    """Set by SIGTERM or SIGINT; waited for instead of sleeping.

    A pipe rather than `threading.Event`: a signal handler runs between two lines of the main thread, and an Event's
    lock may be held just there.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._requested = False
        self._signals = 0

    @property
    def requested(self) -> bool:
        return self._requested

    @property
    def signals(self) -> int:
        """How many signals came: the second one means that somebody has lost patience."""
        return self._signals

    def request(self) -> None:
        if not self._requested:
            self._requested = True
            os.write(self._writer, b"x")

    def wait(self, seconds: float | None = None) -> bool:
        """Waits at most so many machine seconds (None: for ever). True where stopping was asked for."""
        if not self._requested:
            select.select([self._reader], [], [], seconds)
        return self._requested

    def __call__(self) -> bool:
        """So that it can be handed on as the `stopping` predicate."""
        return self._requested

    def on_signals(self, patience_seconds: int | None = None, *extra: signal.Signals) -> None:
        """Lets SIGTERM and SIGINT (and `extra`) ask. With a patience the kernel ends this process when that is over.

        The patience is an alarm left at its default action, so that it works even where Python code hangs in a call.
        """

        def asked(_number: int, _frame: FrameType | None) -> None:
            self._signals += 1
            if patience_seconds is not None and not self._requested:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(patience_seconds)
            self.request()

        for number in (signal.SIGTERM, signal.SIGINT, *extra):
            signal.signal(number, asked)

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)
