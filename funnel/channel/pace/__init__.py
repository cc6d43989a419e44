"""How fast mail may leave through a channel: by second and by day, by mailbox provider, and slowly while it warms up.

What a practice writes is a line such as `14/s, 50000/day, google 5/s, other 2/s, from 2027-01-04` (`plan.py`). All
workers draw on the same buckets (`buckets.py`) through Redis, or each on its share where there is none (`shared.py`).
"""

from __future__ import annotations

from funnel.channel.pace.plan import PaceError, PacePlan, parse_pace
from funnel.channel.pace.shared import Allowed, Pace, defer_claimed, sent_since

__all__ = ["Allowed", "Pace", "PaceError", "PacePlan", "defer_claimed", "parse_pace", "sent_since"]
