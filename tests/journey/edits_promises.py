"""What a plan's JSON said of each reader, held against what the rows say when time has run on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.journey.edits_reference import Seen


@dataclass(frozen=True)
class Promise:
    """What `funnel plan --json` said of one reader, and her enrolment as it was when it said so."""

    said: Mapping[str, Any]
    before: Seen


def check_promises(promises: Iterable[Promise], now: Mapping[int, Seen]) -> None:
    """Asserts that each had what was said on the day that was said, nothing else, and not what she was to lose."""
    for promise in promises:
        said, progress = promise.said, now[promise.before.id]
        came = {lesson: day for lesson, day in progress.dealt.items() if lesson not in promise.before.dealt}
        promised = {each["lesson"]: each["on"] for each in [*said["gets"], *said["bonus"]]}
        sent = {lesson: str(day) for lesson, day in came.items() if day is not None}
        assert sent == promised
        passed_over = {each["lesson"] for each in said["passed_over"]}
        assert {lesson for lesson, day in came.items() if day is None} == passed_over
        without_bonus = set(said["loses"]) - {each["lesson"] for each in said["bonus"]}
        assert not without_bonus & sent.keys(), "what she loses never comes"
        assert said["finishes"] is False or not said["gets"]
