"""Captions and chapters: WebVTT files (W3C WebVTT 1, section 4), as strictly as players need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

MOST_CUES = 20_000
_STAMP = re.compile(r"(?:([0-9]{2,5}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})")
_LONGEST_LINE = 240  # characters of captions that are joined to one line
_PAUSE = 400  # milliseconds of silence that end a line
_MARK = re.compile(r"<[^<>]*>")
# The end of a sentence in the scripts that have one, or of a sound in brackets; closing quotes may follow.
_SENTENCE_ENDS = re.compile(r"[.?!…。？！؟।)\]♪][\"'»”’)]*$")
_TIMES = "Write it like 00:04:30.000 --> 00:06:00.000: minutes and seconds below 60, and a dot before the last three."


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from `start` to `end`, in milliseconds; `line` is the line of its times, from 1."""

    start: int
    end: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A sentence or so, said from `start` to `end`, in milliseconds."""

    start: int
    end: int
    text: str


class VttError(ValueError):
    """A file that players cannot use, with the line, what is wrong and what to do."""

    def __init__(self, line: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.line, self.message, self.fix = line, message, fix


def read_cues(text: str) -> tuple[Cue, ...]:
    """The cues of a WebVTT text with plain line feeds, in order. Raises VttError at the first fault."""
    lines = text.removeprefix("\ufeff").split("\n")
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        raise VttError(1, "this is no WebVTT file", "Write WEBVTT on the first line, and leave the second empty.")
    cues = [_cue(lines, at) for at, line in enumerate(lines) if "-->" in line][:MOST_CUES]
    if not cues:
        raise VttError(1, "no time stands in this file", _TIMES)
    for before, cue in pairwise(cues):
        if cue.start < before.start:
            raise VttError(cue.line, "this begins before what stands above it", "Put the times in order.")
    return tuple(cues)


def spoken_lines(cues: Iterable[Cue]) -> tuple[SpokenLine, ...]:
    """What is said, a sentence or so a line, to be read beside the film: captions are cut to fit a screen."""
    lines: list[SpokenLine] = []
    goes_on = False
    for cue in cues:
        words = plain(cue.text)
        if not words:
            continue
        last = lines[-1] if lines else None
        within = last is not None and goes_on and cue.start - last.end < _PAUSE
        if last is not None and within and len(last.text) + len(words) < _LONGEST_LINE:
            lines[-1] = SpokenLine(last.start, cue.end, f"{last.text} {words}")
        else:
            lines.append(SpokenLine(cue.start, cue.end, words))
        goes_on = _SENTENCE_ENDS.search(words) is None
    return tuple(lines)


def plain(text: str) -> str:
    """A cue's words without the marks of WebVTT (section 4.2.2): who speaks, what is slanted, escaped signs."""
    return " ".join(unescape(_MARK.sub("", text)).split())


def as_clock(seconds: int) -> str:
    """Whole seconds as a player shows them: 4:30, 1:04:30."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def _cue(lines: list[str], at: int) -> Cue:
    from_text, _, rest = lines[at].partition("-->")
    start, end = _milliseconds(from_text.strip(), at + 1), _milliseconds(rest.strip().split(" ", 1)[0], at + 1)
    if end <= start:
        raise VttError(at + 1, "this ends before it begins", _TIMES)
    below = lines[at + 1 :]
    length = next((number for number, line in enumerate(below) if not line.strip()), len(below))
    words = " ".join(line.strip() for line in below[:length])
    if not words:
        raise VttError(at + 1, "nothing stands below this time", "Write the words on the next line.")
    return Cue(start, end, words, at + 1)


def _milliseconds(stamp: str, line: int) -> int:
    match = _STAMP.fullmatch(stamp)
    if match is None:
        raise VttError(line, "a time cannot be read here", _TIMES)
    hours, minutes, seconds, rest = (int(part or 0) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest
