"""Dates as a person would say them."""

from funnel.enrolment.telling import spoken_day

__all__ = ["spoken_day"]
