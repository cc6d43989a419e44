"""Whether what a folder says of its trainings' lengths is what their files say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from funnel.curriculum.model import Library, Problem
from funnel.curriculum.parse.webvtt import as_clock

_OFF = 60  # seconds by which a number of whole minutes may differ from what was filmed
_MINUTES = re.compile(rb"^[ \t]*minutes[ \t]*=", re.MULTILINE)


def film_problems(library: Library, texts: Mapping[str, bytes]) -> Iterator[Problem]:
    """A warning for each film whose length nobody can know, or whose `minutes` say another; `texts` by their path."""
    for training in library.every_training:
        file = library.files.get(training.video)
        if file is None:
            continue
        if not file.seconds:
            yield Problem(
                f"assets/{training.video}", 1, 1, "warning", "no-length",
                "the film does not say how long it lasts, so players show no length and may not jump to a chapter",
                "Export it again as a file, not as a stream.",
            )  # fmt: skip
        elif training.minutes and not training.stand_in and abs(training.minutes * 60 - file.seconds) > _OFF:
            path = f"assets/{training.name}.toml"
            found = _MINUTES.search(texts.get(path, b""))
            line = texts[path].count(b"\n", 0, found.start()) + 1 if found else 1
            yield Problem(
                path, line, 1, "warning", "wrong-length",
                f"minutes says {training.minutes}, and the film lasts {as_clock(file.seconds)}",
                "Leave the line out: readers are told what the file says.",
            )  # fmt: skip
