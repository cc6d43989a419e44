"""Bounce and complaint mail: reading it (pure), the mailboxes it waits in, and what follows from it (`record.py`).

Only `record.py` knows the database. Reading never raises but for a mail that is too large, and always ends soon.
"""

from funnel.bounces.model import BouncedRecipient, BounceReading, OpenToken, TooLarge
from funnel.bounces.reader import read_bounce

__all__ = ["BounceReading", "BouncedRecipient", "OpenToken", "TooLarge", "read_bounce"]
