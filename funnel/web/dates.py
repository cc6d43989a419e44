"""Dates as a person would say them."""

from datetime import UTC, date, datetime, time

from funnel.enrolment.telling import appointment_in_words as spoken_appointment
from funnel.language import weekday_in_words as spoken_day

__all__ = ["spoken_appointment", "spoken_date", "spoken_day"]


def spoken_date(day: date) -> str:
    """A date on nobody's wall in particular: "Monday 7 December 2026"."""
    return spoken_day(datetime.combine(day, time(12), UTC), "UTC")
