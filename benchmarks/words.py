"""How long a practitioner waits. `python -m benchmarks.words [--quick] [--json FILE]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.report import Ratio, Result, main, median_seconds
from benchmarks.servers import running
from funnel.curriculum import check_library, read_folder
from funnel.settings import starter

_CHECK_SECONDS, _REHEARSE_SECONDS = 2.0, 1.0
_PARAGRAPH = b"A *paragraph* of words, with [a link](https://example.org/x). " + b"It is as long as they are. " * 11
_HEAD = b'---\nid: l%d\nsubject: "Lesson %d"\npreheader: A line\nday: %d\n---\n'


def measure(*, quick: bool) -> Result:
    """The check of 200 long lessons, and a whole rehearsal as somebody runs it, started from nothing."""
    times = 3 if quick else 9
    result = Result("words")
    files, _ = read_folder(starter("sequences"))
    for number in range(200):
        head = _HEAD % (number, number, number + 60)
        files[f"anxious-attachment/x{number}.md"] = head + b"\n\n".join([_PARAGRAPH] * 12)
    checked = median_seconds(lambda: check_library(files), times)
    result.ratios.append(Ratio("check of 200 lessons, of 2 s", checked / _CHECK_SECONDS, 1, most=True))
    result.figures.append(("check of 200 lessons", f"{checked:.2f} s"))
    with tempfile.TemporaryDirectory(prefix="bench-words-") as folder:
        for name, more in (("calendar", []), ("calendar and all mails", ["--html", str(Path(folder) / "mails")])):
            taken = median_seconds(lambda more=more: _run("rehearse", "anxious-attachment", *more), times)  # type: ignore[misc]
            result.ratios.append(Ratio(f"rehearse, {name}, of 1 s", taken / _REHEARSE_SECONDS, 1, most=True))
            result.figures.append((f"rehearse, {name}", f"{taken:.2f} s"))
    return result


def _run(*arguments: str) -> None:
    with running([sys.executable, "-m", "funnel", *arguments]) as process:
        assert process.wait(timeout=60) == 0


if __name__ == "__main__":
    main(__doc__, measure)
