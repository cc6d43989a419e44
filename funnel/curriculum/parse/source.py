"""From bytes to text with known line numbers: UTF-8 only, any line ends; a byte order mark is fine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from funnel.curriculum.parse.report import Report
from funnel.curriculum.problem import Location

LARGEST_TEXT = 1_000_000
LARGEST_FRONT_MATTER = 64_000
# How files begin that a word processor or a browser has saved (docx and odt are zip archives; doc is an OLE file).
_DOCUMENTS = {
    b"pk\x03\x04": "document of a word processor", b"\xd0\xcf\x11\xe0": "document of a word processor",
    b"{\\rtf": "document of a word processor", b"%pdf-": "PDF", b"<html": "web page", b"<!doc": "web page",
}  # fmt: skip
TEXT_SUFFIXES = frozenset({".md", ".toml", ".txt", ".vtt"})

# Invisible characters that change what is seen: bidirectional controls, zero-width spaces, soft hyphens.
# A joiner is normal in emoji and in Persian, so it counts only after a Latin letter or a digit.
_HIDDEN = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\u061c]|(?<=[A-Za-z0-9])[\u200c\u200d]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file split in two. `head` starts on line 2; `body` starts on line `body_line`."""

    head: str
    body: str
    body_line: int


def decode(path: str, data: bytes, report: Report) -> str | None:
    """The text of a file with plain line feeds, or None with the reason in `report`."""
    if len(data) > LARGEST_TEXT:
        report.error(
            Location(path), "too-large", "the file is larger than 1 MB", "Keep texts short; put media in assets."
        )
        return None
    kind = next((kind for start, kind in _DOCUMENTS.items() if data.lstrip()[:5].lower().startswith(start)), "")
    if kind:
        report.error(
            Location(path), "not-a-text", f"this is a {kind}, not a text, whatever its name says",
            "Open it, choose Save as, plain text (UTF-8), and give it the name it has here.",
        )  # fmt: skip
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        report.error(
            Location(path, before.count(b"\n") + 1, column), "not-utf-8",
            "the file is not UTF-8 text", "Save it as UTF-8 in your editor.",
        )  # fmt: skip
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    control = _CONTROL.search(text)
    if control is not None:
        line, column = place(text, control.start())
        report.error(
            Location(path, line, column), "control-character",
            f"the file holds a control character (U+{ord(control[0]):04X})",
            "Delete it; if the file is not text, move it to assets.",
        )  # fmt: skip
        return None
    _warn_hidden(path, text, report)
    return text


def texts_in(files: Mapping[str, bytes]) -> dict[str, str]:
    """The text files by path, with plain line feeds; bytes that are not UTF-8 are replaced."""
    return {
        path: data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        for path, data in files.items()
        if PurePosixPath(path).suffix.lower() in TEXT_SUFFIXES
    }


def _warn_hidden(path: str, text: str, report: Report) -> None:
    for count, found in enumerate(_HIDDEN.finditer(text)):
        if count == 5:
            return
        line, column = place(text, found.start())
        report.warning(
            Location(path, line, column), "hidden-character",
            f"an invisible character (U+{ord(found[0]):04X}) stands here",
            "Delete it, unless the text is written from right to left and needs it.",
        )  # fmt: skip


def place(text: str, offset: int, first_line: int = 1) -> tuple[int, int]:
    """Line and column (from 1) of a character in `text`, whose first line has the number `first_line`."""
    return first_line + text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1) + 1


def split_front_matter(path: str, text: str, report: Report) -> FrontMatter | None:
    """The front matter between two lines of three hyphens, and the rest; None with the reason in `report`."""
    first = _FENCE.match(text)
    if first is None:
        report.error(
            Location(path), "no-front-matter", "the file does not begin with ---",
            "Begin with a line ---, then the keys, then a line ---, then the text.",
        )  # fmt: skip
        return None
    second = _FENCE.search(text, first.end())
    if second is None:
        report.error(
            Location(path), "no-front-matter", "the front matter is never closed", "Put a line --- below the last key."
        )
        return None
    if second.start() > LARGEST_FRONT_MATTER:
        report.error(Location(path), "too-large", "the front matter is too long", "Keep it below 64 kB.")
        return None
    head = text[first.end() + 1 : second.start()]
    return FrontMatter(head, text[second.end() + 1 :], place(text, second.start())[0] + 1)
