"""Choices by lot that always fall the same way for the same key."""

from __future__ import annotations

import hashlib
from functools import lru_cache


def stable_fraction(key: str) -> float:
    """A number from 0 up to, not including, 1 that is always the same for the same key."""
    return _number(key, 6) / float(1 << 48)


@lru_cache(maxsize=256)  # a mail asks twice: for its subject line, and for what is kept of it
def stable_choice(key: str, n: int) -> int:
    """A number from 0 to n - 1, always the same for the same key: which subject of several a reader gets.

    Raises ValueError when there is nothing to choose from.
    """
    if n < 1:
        raise ValueError("nothing to choose from")
    return _number(key, 8) % n


def _number(key: str, size: int) -> int:
    """The first bytes of the key's SHA-256. What was drawn once must stay drawn, so this never changes."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:size], "big")
