"""Dates as people say them."""

from __future__ import annotations

from datetime import date

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def say_date(day: date) -> str:
    """A date as people say it: "Monday 9 March"."""
    return f"{WEEKDAY_NAMES[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def say_day_and_month(day: date) -> str:
    """A date without its weekday: "9 March"."""
    return f"{day.day} {_MONTHS[day.month - 1]}"
