"""What `make test` runs, and what it leaves to `make browser`: together they run every test once.

A test of both databases runs on one of them in `make test`, the other is left; which one differs from test to test,
and is the same every time. What is marked `matrix` (a browser's, a device's or a mail filter's full round) is left too.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence

import pytest

PARTS = ("all", "test", "browser")


def split(items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """The tests of `make test` and those of `make browser`, each in the order they came."""
    variants: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        variants[_apart_from_database(item)].append(item)
    left: set[pytest.Item] = {item for item in items if item.get_closest_marker("matrix")}
    for key, group in variants.items():
        chosen = zlib.crc32(key.encode()) % len(group)
        left.update(item for n, item in enumerate(group) if n != chosen)
    return [item for item in items if item not in left], [item for item in items if item in left]


def _apart_from_database(item: pytest.Item) -> str:
    """What a test is called on whichever database."""
    callspec = getattr(item, "callspec", None)
    database = callspec.params.get("database_url") if callspec else None
    return item.nodeid.replace(database, "*") if database else item.nodeid
