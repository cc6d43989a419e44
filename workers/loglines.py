"""The log of many processes as one: each line says whose it is."""

from __future__ import annotations

import json
import os
import threading
from typing import TextIO

_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)
MAX_LINE = 8_192


class LogLines:
    """Writes lines of several children to one stream, whole and one at a time.

    In `json` a line that is not JSON already is wrapped, so that every line can be read by a machine.
    """

    def __init__(self, stream: TextIO, *, width: int = 10, as_json: bool = False) -> None:
        self._stream = stream
        self._width = width
        self._as_json = as_json
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR") and not as_json
        self._colours: dict[str, int] = {}
        self._lock = threading.Lock()
        self._gone = False

    def write(self, name: str, line: str) -> None:
        """One line of `name`. When the reader of the stream has gone, lines are dropped and nothing else stops."""
        line = line.rstrip()[:MAX_LINE]
        if not line:
            return
        with self._lock:
            if self._gone:
                return
            try:
                self._stream.write(self._dressed(name, line) + "\n")
                self._stream.flush()
            except (OSError, ValueError):  # a closed pipe, a closed file
                self._gone = True

    def _dressed(self, name: str, line: str) -> str:
        if self._as_json:
            return line if line.startswith("{") else json.dumps({"process": name, "event": line}, ensure_ascii=False)
        prefix = f"{name:<{self._width}} |"
        if self._colour:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        return f"{prefix} {line}"
