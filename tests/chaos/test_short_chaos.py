"""A few seconds of `make chaos`: real processes killed, real servers, a sink that misbehaves, nothing lost or twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.report import lines
from tests.chaos.run import Plan, run, short

SEED = 7


@pytest.mark.redis
@pytest.mark.parametrize(
    "database", [pytest.param("sqlite", marks=pytest.mark.matrix), pytest.param("postgres", marks=pytest.mark.postgres)]
)
def test_whatever_dies_nothing_is_lost_and_nothing_comes_twice(
    database: str, redis_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    # Ours are started in the run, for they are killed; the session's say whether such servers are here at all.
    if database == "postgres":
        request.getfixturevalue("postgres_url")

    done = run(short(Plan(seed=SEED, database=database)), tmp_path)

    report = "\n".join(lines(done))
    assert done.verdict.ok, report
    assert sum(done.verdict.states.values()) == done.plan.deliveries, report
    assert done.verdict.states["accepted"] > done.plan.deliveries // 2, report
    assert done.killers.struck["worker killed"], report
