"""What can go wrong between a lesson and an e-mail."""

from __future__ import annotations


class CompileError(Exception):
    """A lesson or template that cannot be made into an e-mail. `line` counts from 1 in the file `path`."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}  {message}")
        self.path = path
        self.line = line
        self.message = message


class FillError(Exception):
    """A placeholder that cannot be filled for one reader. Only that delivery is held.

    `line` is where the lesson first uses the variable, or 0 where that is not known.
    """

    def __init__(self, variable: str, message: str, path: str = "", line: int = 0) -> None:
        where = f"{path}:{line}  " if path else ""
        super().__init__(f"{where}{message}")
        self.variable = variable
        self.message = message
        self.path = path
        self.line = line
