"""What a benchmark says: figures, ratios with their goals, and the machine they came from."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ratio:
    """One goal: what was measured, and what is wanted. `most` turns the goal round: no more than `wanted`."""

    name: str
    value: float
    wanted: float | None = None
    most: bool = False

    @property
    def verdict(self) -> str:
        if self.wanted is None:
            return ""
        reached = self.value <= self.wanted if self.most else self.value >= self.wanted
        return "reached" if reached else "missed"

    @property
    def goal(self) -> str:
        return "" if self.wanted is None else f"{'≤' if self.most else '≥'} {self.wanted:g}"


@dataclass(slots=True)
class Result:
    """One benchmark: `figures` are measurements with their units, `missing` says what could not be measured and why."""

    name: str
    ratios: list[Ratio] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class Measure(Protocol):
    """One benchmark, run. `quick` takes less and says little."""

    def __call__(self, *, quick: bool) -> Result: ...


def main(description: str | None, *measures: Measure) -> None:
    """Runs these as the command line says, shows one table, and saves the figures where that was asked."""
    given = options(description)
    results = [measure(quick=given.quick) for measure in measures]
    print(table(results))
    if given.json:
        save(given.json, results)


def median_seconds(step: Callable[[], object], times: int) -> float:
    """Seconds that a step takes in the middle of so many times."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        step()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def options(description: str | None) -> argparse.Namespace:
    """What every benchmark takes: `--quick` for fewer mails and rounds, `--json FILE` for the figures as data."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer mails and one round: a look, not a measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the ratios and figures here too")
    return parser.parse_args()


def save(path: Path, results: Iterable[Result]) -> None:
    """All results as one JSON object: `ratios` from goal name to figure, `figures`, `missing`, `machine`."""
    found = list(results)
    content = {
        "ratios": {ratio.name: round(ratio.value, 4) for result in found for ratio in result.ratios},
        "figures": {name: text for result in found for name, text in result.figures},
        "missing": [sentence for result in found for sentence in result.missing],
        "machine": machine(),
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def table(results: Sequence[Result]) -> str:
    """One table of all ratios and one of the figures behind them, for people."""
    rows = [("what", "measured", "goal", "")]
    for result in results:
        rows += [(ratio.name, f"{ratio.value:.3g}", ratio.goal, ratio.verdict) for ratio in result.ratios]
    rows += [("", "", "", "")]
    for result in results:
        rows += [(name, text, "", "") for name, text in result.figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"not measured: {sentence}" for result in results for sentence in result.missing]
    return "\n".join([*lines, "", machine()])


def machine() -> str:
    """Processor, cores, system, Python, how busy the last minute was, and what a host took for others meanwhile."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; load {os.getloadavg()[0]:.1f}; {_stolen()}"
    )


def _stolen() -> str:
    """The share of the processors' working time, since this was imported, that a virtual machine did not get."""
    ticks = [now - before for now, before in zip(_ticks(), _AT_FIRST, strict=True)]
    user, nice, system, _, _, interrupts, soft, stolen = ticks or [0] * 8
    wanted = user + nice + system + interrupts + soft + stolen
    return f"{100 * stolen / wanted:.0f} % stolen by the host" if wanted else "nothing known of the host"


def _ticks() -> list[int]:
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return []
    return [int(field) for field in first.split()[1:9]]


_AT_FIRST = _ticks()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
