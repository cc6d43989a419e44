"""Why a lesson does not come earlier, as words for a page to say: for the reader herself, in whatever language."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from funnel.curriculum.schedule.calendar import UpcomingLesson
from funnel.curriculum.schedule.dated import kept_days

_ONE_DAY = timedelta(days=1)
_FURTHEST = 400  # days looked through; no calendar is moved further at once


class NotEarlier(StrEnum):
    """One reason. Several may have moved one lesson."""

    PAUSE = "pause"  # she paused
    ROUND = "round"  # the course begins together on that day
    PACE = "pace"  # the course has so many days between two mails
    SLOWER = "slower"  # and she chose twice as many
    WEEKDAY = "weekday"  # nothing goes on that day of the week
    PRACTICE_DAY = "practice-day"  # the practice sends nothing on that date
    YOUR_DAY = "your-day"  # she asked not to hear on that date
    ONE_A_DAY = "one-a-day"  # another mail has that day
    ITS_DATE = "its-date"  # it is for that very date


def why_not_earlier(upcoming: UpcomingLesson, day: date, *, paused: bool = False) -> tuple[NotEarlier, ...]:
    """Why this lesson comes on `day`, a date on her own wall, and on none before it, the most telling reason first.

    With `paused` it waits for the end of her pause, which has moved her calendar already.
    """
    wanted = upcoming.ideal_date
    found = [_against(upcoming, wanted + n * _ONE_DAY) for n in range(min((day - wanted).days, _FURTHEST))]
    reasons = list(dict.fromkeys(reason for reason in found if reason is not None))
    if upcoming.waits_for_round:
        reasons.insert(0, NotEarlier.ROUND)
    if paused:
        reasons.insert(0, NotEarlier.PAUSE)
    if not reasons and upcoming.lesson.on is not None:
        return (NotEarlier.ITS_DATE,)
    if not reasons and upcoming.progress.last_delivered_on is not None:
        reasons = [NotEarlier.SLOWER if upcoming.reader.slower else NotEarlier.PACE]
    return tuple(reasons)


def _against(upcoming: UpcomingLesson, day: date) -> NotEarlier | None:
    if day.weekday() not in upcoming.sequence.send.days and day != upcoming.lesson.on:
        return NotEarlier.WEEKDAY
    if day in upcoming.calendar.quiet_days and day != upcoming.lesson.on:
        return NotEarlier.PRACTICE_DAY
    if day in upcoming.reader.quiet_days:
        return NotEarlier.YOUR_DAY
    taken = day in upcoming.progress.busy_days or day in kept_days(upcoming)
    return NotEarlier.ONE_A_DAY if taken else None
