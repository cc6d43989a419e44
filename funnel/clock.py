"""The one place that asks what time it is.

There are two times. *Story time* (`now`) is what readers and lessons live by; it runs fast under `FUNNEL_TIME_LAPSE`.
*Machine time* (`machine_now`) is what leases and supervisors live by; it is never sped up.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_ORIGIN_FILE = "time-lapse.json"


def span(text: str) -> timedelta:
    """A length of time from `90s`, `5m`, `4h`, `3d` or `2w`. Raises ValueError with the accepted forms."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a length of time; write for example 90s, 5m, 4h, 3d or 2w")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


@dataclass(frozen=True, slots=True)
class Clock:
    """Story time = origin + (machine time - origin) * rate. With rate 1 it is simply the time."""

    rate: float = 1.0
    origin: datetime | None = None

    def now(self) -> datetime:
        """Story time, aware UTC."""
        machine = self.machine_now()
        return machine if self.origin is None else self.origin + (machine - self.origin) * self.rate

    def machine_now(self) -> datetime:
        """The machine's own time, aware UTC."""
        return datetime.now(UTC)

    def machine_seconds(self, story: timedelta) -> float:
        """How many machine seconds a stretch of story time takes."""
        return story.total_seconds() / self.rate


def parse_time_lapse(text: str) -> float:
    """The rate of `56d/60s` (56 days pass in 60 seconds). Raises ValueError that shows a right value."""
    story, slash, machine = text.partition("/")
    if not slash or span(machine) <= timedelta(0) or span(story) < span(machine):
        raise ValueError(f"{text!r} is not a time lapse; write for example 56d/60s (56 days pass in 60 seconds)")
    return span(story) / span(machine)


def open_clock(time_lapse: str | None, data_dir: Path) -> Clock:
    """The clock every process of one data folder shares: the first to ask writes down when the lapse began."""
    if not time_lapse:
        return Clock()
    rate = parse_time_lapse(time_lapse)
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / _ORIGIN_FILE
    draft = data_dir / f"{_ORIGIN_FILE}.{os.getpid()}"
    draft.write_text(json.dumps({"origin": datetime.now(UTC).isoformat(), "rate": rate}), encoding="utf-8")
    try:
        os.link(draft, path)  # fails where another process was first: then that one's origin counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Clock(rate=float(kept["rate"]), origin=datetime.fromisoformat(kept["origin"]))
