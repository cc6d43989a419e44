"""`python -m benchmarks [--quick] [--json FILE]`: every registered benchmark, one table."""

from __future__ import annotations

from importlib import import_module

from benchmarks import REGISTERED
from benchmarks.report import main

if __name__ == "__main__":
    main(__doc__, *(import_module(name).measure for name in REGISTERED))
