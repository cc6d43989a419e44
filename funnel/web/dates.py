"""Dates as a person would say them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def spoken_day(moment: datetime, zone: str) -> str:
    """An aware moment as the day it is on the wall in `zone`: "Monday 7 December 2026"."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y}"
