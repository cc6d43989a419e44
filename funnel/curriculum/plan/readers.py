"""A plan told reader by reader, so that it can be held against what then happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from funnel.curriculum.plan.ahead import Coming
from funnel.curriculum.plan.edit import Member
from funnel.curriculum.plan.fate import Affected, Fates
from funnel.curriculum.walltime import local_date


def told(fates: Fates, affected: Affected, members: list[Member], bonus: frozenset[str]) -> Iterator[dict[str, Any]]:
    """For each member of a group what the edit means for her, as plain data; times are UTC, dates her own.

    `gets` is as her conditions stand; what could change that stands beside it.
    """
    outcome = affected.outcome
    for number, hint in members:
        one = replace(affected.position, enrolment_id=number, email_hint=hint)
        extra, after = fates.bonus(one, outcome, bonus)
        waited_for = None if outcome is None else fates.edit.waited_for(one)
        coming = () if outcome is None else fates.coming(one, outcome, after)
        zone, following = one.reader.zone, None if outcome is None else outcome.next_id
        due_at = None if outcome is None else outcome.due_at
        yield {
            "enrolment": int(number) if number.isdigit() else number,
            "who": hint,
            "state": one.state,
            "before": {"lesson": None if waited_for is None else waited_for.id, "due_at": _time(one.due_at)},
            "next": {"lesson": following, "due_at": _time(due_at)},
            "gets": [_said(each) for each in coming if each.gets],
            "passed_over": [_said(each) for each in coming if not each.gets],
            "loses": sorted(affected.fate.lost),
            "finishes": outcome is not None and outcome.next_id is None and waited_for is not None,
            "bonus": [
                {"lesson": lesson.id, "on": local_date(slot.at, zone).isoformat(), "at": _time(slot.at)}
                for lesson, slot in extra
            ],
        }


def _said(each: Coming) -> dict[str, Any]:
    return {
        "lesson": each.lesson_id,
        "on": None if each.on is None else each.on.isoformat(),
        "at": _time(each.at),
        "depends_on": list(each.depends_on),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
