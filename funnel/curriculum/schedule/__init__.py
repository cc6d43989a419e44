"""When a lesson is due: rules as pure functions. Local date and wall time first, UTC last."""

from funnel.curriculum.schedule.calendar import (
    GRACE,
    Calendar,
    Due,
    Progress,
    ReaderClock,
    UpcomingLesson,
    come_to,
    cumulative_days,
    next_lesson,
    shift_after_pause,
    weeks_since,
)
from funnel.curriculum.schedule.late import Late, Move, SendNow, after_edit, decide_late, spread_offset
from funnel.curriculum.schedule.postponement import postponement
from funnel.curriculum.schedule.rehearsal import Step, rehearse, rehearse_from
from funnel.curriculum.schedule.slots import due
from funnel.curriculum.schedule.turns import LessonTurn, candidates, soonest, whose_turn

__all__ = [
    "GRACE",
    "Calendar",
    "Due",
    "Late",
    "LessonTurn",
    "Move",
    "Progress",
    "ReaderClock",
    "SendNow",
    "Step",
    "UpcomingLesson",
    "after_edit",
    "candidates",
    "come_to",
    "cumulative_days",
    "decide_late",
    "due",
    "next_lesson",
    "postponement",
    "rehearse",
    "rehearse_from",
    "shift_after_pause",
    "soonest",
    "spread_offset",
    "weeks_since",
    "whose_turn",
]
