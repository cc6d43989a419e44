"""Tests marked `redis` need a server: they are skipped, or fail where it is required, as everywhere."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _redis_where_needed(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("redis"):
        request.getfixturevalue("redis_url")
