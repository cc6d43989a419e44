"""What the reader of a folder is told when something in it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file of the folder. Line and column count from 1; without them it is the file as a whole."""

    path: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the folder: where (line and column count from 1), what, and what to do about it."""

    path: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}  {self.message}  → {self.fix}"

    def to_json(self) -> dict[str, Any]:
        """The same as plain data, for `--json`."""
        return {
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "fix": self.fix,
        }
