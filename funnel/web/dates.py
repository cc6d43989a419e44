"""Dates as a person would say them."""

from funnel.enrolment.telling import appointment_in_words as spoken_appointment
from funnel.language import date_of as plain_date
from funnel.language import weekday_in_words as spoken_day
from funnel.language import weekday_of as spoken_date

__all__ = ["plain_date", "spoken_appointment", "spoken_date", "spoken_day"]
