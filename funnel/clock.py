"""The one place that asks what time it is.

There are two times. *Story time* (`now`) is what readers and lessons live by; it runs fast under `FUNNEL_TIME_LAPSE`.
*Machine time* (`machine_now`) is what leases, supervisors and the pages that a visitor has open live by; it is never
sped up.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from funnel.kept_files import keep_first

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_ORIGIN_FILE, _END_FILE = "time-lapse.json", "time-lapse-end.json"


def span(text: str) -> timedelta:
    """A length of time from `90s`, `5m`, `4h`, `3d` or `2w`. Raises ValueError with the accepted forms."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a length of time; write for example 90s, 5m, 4h, 3d or 2w")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


class StoryEnd:
    """When the story of a data folder was ended, if it was: any process may end it, and all see it."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _END_FILE
        self._at: datetime | None = None

    def at(self) -> datetime | None:
        """Story time; once it is known it stays."""
        if self._at is None:
            try:
                self._at = datetime.fromisoformat(json.loads(self._path.read_text(encoding="utf-8"))["end"])
            except FileNotFoundError:
                return None
        return self._at

    def write(self, at: datetime) -> None:
        keep_first(self._path, json.dumps({"end": at.isoformat()}))


@dataclass(frozen=True, slots=True)
class Clock:
    """Story time = origin + (machine time - origin) * rate, until its `end`. With rate 1 it is simply the time."""

    rate: float = 1.0
    origin: datetime | None = None
    end: StoryEnd | None = None

    def now(self) -> datetime:
        """Story time, aware UTC."""
        machine = self.machine_now()
        if self.origin is None:
            return machine
        story = self.origin + (machine - self.origin) * self.rate
        end = self.end.at() if self.end else None
        return story if end is None else min(story, end)

    def stop(self) -> datetime:
        """Ends the story here, for every process of the data folder: a lapse is over. Gives back when.

        Raises ValueError where time does not lapse: nobody stops the time.
        """
        if self.end is None:
            raise ValueError("only a time lapse can be stopped")
        self.end.write(self.now())
        return self.now()

    def machine_now(self) -> datetime:
        """The machine's own time, aware UTC."""
        return datetime.now(UTC)

    def machine_at(self, story: datetime) -> datetime:
        """The machine's time at a moment of the story, aware UTC."""
        return story if self.origin is None else self.origin + (story - self.origin) / self.rate

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
    """The clock every process of one data folder shares: the first to ask writes down when the lapse began.

    A story that was ended (`Clock.stop`) stays so for as long as the folder is kept.
    """
    if not time_lapse:
        return Clock()
    rate = parse_time_lapse(time_lapse)
    path = data_dir / _ORIGIN_FILE
    keep_first(path, json.dumps({"origin": datetime.now(UTC).isoformat(), "rate": rate}))
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Clock(float(kept["rate"]), datetime.fromisoformat(kept["origin"]), StoryEnd(data_dir))
