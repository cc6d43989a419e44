"""All that a worker and a clock read when they start: read once, in the process that others are forked from."""

from funnel.cli import clock, worker
from workers import ticker
from workers import worker as at_work

__all__ = ["at_work", "clock", "ticker", "worker"]
