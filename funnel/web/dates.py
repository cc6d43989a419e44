"""Dates as a person would say them."""

from funnel.language import day_in_words as spoken_day

__all__ = ["spoken_day"]
