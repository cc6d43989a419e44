"""When a lesson is due: rules as pure functions. Local date and wall time first, UTC last."""

from funnel.curriculum.schedule.calendar import (
    Due,
    Progress,
    Reader,
    come_to,
    cumulative_days,
    due,
    next_lesson,
    shift_after_pause,
    weeks_since,
)
from funnel.curriculum.schedule.late import GRACE, Late, Move, SendNow, after_edit, decide_late, spread_offset
from funnel.curriculum.schedule.rehearsal import Step, rehearse
from funnel.curriculum.schedule.turn import turn

__all__ = [
    "GRACE",
    "Due",
    "Late",
    "Move",
    "Progress",
    "Reader",
    "SendNow",
    "Step",
    "after_edit",
    "come_to",
    "cumulative_days",
    "decide_late",
    "due",
    "next_lesson",
    "rehearse",
    "shift_after_pause",
    "spread_offset",
    "turn",
    "weeks_since",
]
