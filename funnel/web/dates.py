"""Dates as a person would say them."""

from datetime import UTC, date, datetime, time

from funnel.enrolment.telling import appointment_in_words as spoken_appointment
from funnel.language import date_in_words
from funnel.language import weekday_in_words as spoken_day

__all__ = ["plain_date", "spoken_appointment", "spoken_date", "spoken_day"]


def plain_date(day: date) -> str:
    """A date without the day of the week: "7 December 2026"."""
    return date_in_words(datetime.combine(day, time(12), UTC), "UTC")


def spoken_date(day: date) -> str:
    """A date on nobody's wall in particular: "Monday 7 December 2026"."""
    return spoken_day(datetime.combine(day, time(12), UTC), "UTC")
