"""Figures as ratios to a limit that is measured in the same run. `make bench` runs all of `REGISTERED`."""

REGISTERED = (
    "benchmarks.send",
    "benchmarks.track",
    "benchmarks.slow",
    "benchmarks.words",
    "benchmarks.scale",
    "benchmarks.mailboxes",
    "benchmarks.dashboard",
)
