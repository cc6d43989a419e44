"""What stands in a token for a row, a name, or the links of a lesson."""

from __future__ import annotations

import secrets
from functools import lru_cache
from hashlib import blake2b

from funnel.links.purposes import RowRef
from funnel.signing import base36

_MARK_BITS = 20


def new_nonce() -> str:
    """What makes a row another than the one that had its number before a backup was restored."""
    return secrets.token_hex(4)


@lru_cache(maxsize=1024)
def links_mark(links: tuple[str, ...]) -> int:
    """Tells the links of one lesson from those of another."""
    digest = blake2b("\n".join(links).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> (32 - _MARK_BITS)


def number_of(name: str) -> int:
    """What stands for a name in a token: 40 bits, so that two names of one practice never share a number."""
    return int.from_bytes(blake2b(name.encode(), digest_size=5).digest(), "big")


def token_name(row: RowRef) -> str:
    """A row as its tokens begin: its number, and its nonce where it has one."""
    return base36(row.number) if row.nonce is None else f"{base36(row.number)}-{row.nonce}"
