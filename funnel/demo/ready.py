"""Waits until the story may begin: the site answers first, the clock and the workers a moment later."""

from __future__ import annotations

from funnel.cli.support.at_work import not_at_work
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.running import Running
from workers.stopping import Stop

_PATIENCE_SECONDS = 180.0


def wait_until_at_work(running: Running, stop: Stop) -> None:
    """Return once the workers and the clock have sent a heartbeat, or when `stop` is set. Raises CannotStart.

    Mail would only wait until then, but with a day a second the story would not.
    """
    missing = not_at_work(running, stop, _PATIENCE_SECONDS)
    if missing:
        raise CannotStart("Not everything came up: " + "\n".join(missing))
