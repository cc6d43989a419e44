"""`python -m benchmarks [--quick] [--json FILE]`: every registered benchmark, one table."""

from __future__ import annotations

from importlib import import_module

from benchmarks import REGISTERED
from benchmarks.report import options, save, table


def main() -> None:
    given = options(__doc__ or "")
    results = [import_module(name).measure(quick=given.quick) for name in REGISTERED]
    print(table(results))
    if given.json:
        save(given.json, results)


if __name__ == "__main__":
    main()
