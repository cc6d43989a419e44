"""What `funnel rehearse` has worked out: one reader's way through one sequence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from funnel.compose.cast import Character
from funnel.curriculum import Sequence
from funnel.curriculum.schedule import Step


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Who goes through which sequence in which time zone, beginning when (UTC), and every step of it."""

    sequence: Sequence
    who: Character
    zone: str
    began: datetime
    steps: list[Step]
