"""Dates as a person would say them."""

from funnel.journey.telling import spoken_day

__all__ = ["spoken_day"]
