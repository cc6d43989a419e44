"""Collects every problem, without letting a hostile file fill the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from funnel.curriculum.problem import Location, Problem, Severity

MOST_PER_FILE = 100


def printable(text: str, longest: int = 60) -> str:
    """`text` shortened, with invisible characters written out, fit for one line of a terminal."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in short)


def some_of(names: Iterable[str], most: int = 8) -> str:
    """A few names, for the end of a sentence."""
    listed = sorted(names)
    return ", ".join(printable(name, 40) for name in listed[:most]) + (" …" if len(listed) > most else "")


class Report:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._per_file: Counter[str] = Counter()
        self._said: set[Problem] = set()

    def error(self, location: Location, code: str, message: str, fix: str) -> None:
        """Adds something that must be fixed before the folder can be used."""
        self._add(location, "error", code, message, fix)

    def warning(self, location: Location, code: str, message: str, fix: str) -> None:
        """Adds something worth a second look."""
        self._add(location, "warning", code, message, fix)

    def add(self, problems: Iterable[Problem]) -> None:
        """Adds problems found elsewhere."""
        for problem in problems:
            self._keep(problem)

    def add_as_warnings(self, problems: Iterable[Problem]) -> None:
        """Adds what is wrong with something that nobody can meet yet."""
        self.add(replace(problem, severity="warning") for problem in problems)

    def count_errors(self) -> int:
        """How many errors were found so far."""
        return sum(problem.severity == "error" for problem in self.problems)

    def sorted(self) -> list[Problem]:
        """All problems, by file and place."""
        return sorted(self.problems, key=lambda p: (p.path, p.line, p.column, p.severity, p.code))

    def _add(self, location: Location, severity: Severity, code: str, message: str, fix: str) -> None:
        path, line, column = printable(location.path, 200), max(1, location.line), max(1, location.column)
        self._keep(Problem(path, line, column, severity, code, message, fix))

    def _keep(self, problem: Problem) -> None:
        if problem in self._said:
            return
        self._per_file[problem.path] += 1
        found = self._per_file[problem.path]
        if found > MOST_PER_FILE:
            # An error among hundreds of warnings must still stop a publish, so the last one kept is of the highest
            # severity.
            if found == MOST_PER_FILE + 1 or (problem.severity == "error" and not self._has_error(problem.path)):
                self.problems.append(
                    Problem(
                        problem.path, problem.line, 1, "error", "too-many-problems",
                        f"there are more than {MOST_PER_FILE} problems in this file",
                        "Put the ones above right and check again.",
                    )
                )  # fmt: skip
            return
        self._said.add(problem)
        self.problems.append(problem)

    def _has_error(self, path: str) -> bool:
        return any(problem.path == path and problem.severity == "error" for problem in self.problems)
