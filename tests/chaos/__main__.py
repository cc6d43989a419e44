"""`python -m tests.chaos`: runs it and says what came of it. Ends with 1 where a promise was broken, 2 for want of a
server."""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos import waited_for
from tests.chaos.report import as_json, lines
from tests.chaos.run import Plan, run
from tests.chaos.waited_for import run_confirmations
from tests.servers import ServerMissing


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    given = _parser().parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    names = ["sqlite", "postgres"] if given.database == "both" else [given.database]
    again = f"python -m tests.chaos --deliveries {given.deliveries} --seconds {given.seconds:g} --seed {seed}"
    print(f"The seed is {seed}. To repeat it: {again} --database {given.database}", flush=True)
    runs, kept = [], []
    for name in names:
        folder = Path(tempfile.mkdtemp(prefix=f"chaos-{name}-"))
        plan = Plan(deliveries=given.deliveries, seed=seed, seconds=given.seconds / len(names), database=name)
        try:
            done = run(plan, folder)
        except ServerMissing as error:
            print(f"{name}: {error}", file=sys.stderr)
            shutil.rmtree(folder)
            return 2
        print("\n".join(lines(done)), flush=True)
        runs.append(done)
        kept_promises = done.verdict.ok
        if given.confirmations:
            waits = run_confirmations(name, given.confirmations, seed, folder)
            print("\n".join(waited_for.lines(waits)), flush=True)
            kept_promises = kept_promises and waits.ok
        if kept_promises:
            shutil.rmtree(folder)
        else:
            kept.append(folder)
    if given.json:
        given.json.write_text(json.dumps([as_json(done) for done in runs], indent=2) + "\n", encoding="utf-8")
    for folder in kept:
        print(f"What the sink and the processes wrote is in {folder}")
    return 1 if kept else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=5_000, metavar="N", help="on each database")
    parser.add_argument("--seed", type=int, help="draws the same faults and blows again; without one, a new one")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=300.0, help="of blows, over all databases together")
    parser.add_argument(
        "--confirmations", type=int, default=24, metavar="N", help="sign-ups whose worker is killed; 0 for none"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
