"""What was published: sequences by their editions, the files they name, and what is in force now."""

from __future__ import annotations

from funnel.editions.sequences import Editions as Editions
from funnel.editions.sequences import Published as Published
from funnel.editions.sequences import paused_since as paused_since
