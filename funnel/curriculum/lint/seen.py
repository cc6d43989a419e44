"""What readers see of a folder's files, each text with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from funnel.curriculum.lint.spans import TemplateError, paint_over, spans_of
from funnel.curriculum.model import Lesson
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table, read_toml, read_yaml
from funnel.curriculum.parse.report import Report
from funnel.curriculum.parse.source import place, split_front_matter

_AT_THE_TOP = ("practice.toml", "home.md", "replies.md", "help.toml", "sessions.toml")
_MEDIA = "assets"


@dataclass(frozen=True, slots=True)
class Piece:
    """Running text at a line and column (from 1) of a file; `key` is its place among the file's keys, "" for a body."""

    path: str
    line: int
    column: int
    key: str
    text: str

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of a character of the text."""
        if self.path.endswith(".toml"):
            return self.line, self.column  # only the place of its key is known
        line, column = place(self.text, offset, self.line)
        return line, column + (self.column - 1 if line == self.line else 0)


def pieces_in(texts: Mapping[str, str]) -> Iterator[Piece]:
    """All that readers may see, file by file. Comments and unused files are left out."""
    for path in sorted(texts):
        if _is_used(PurePosixPath(path)):
            yield from _pieces(path, texts[path])


def keys_of(path: str, text: str) -> Table | None:
    """The keys of a TOML file or of a front matter; None where none can be read."""
    unheard = Report()  # the check reports what cannot be read
    if path.endswith(".toml"):
        return read_toml(path, text, unheard)
    matter = split_front_matter(path, text, unheard)
    return None if matter is None else read_yaml(path, matter.head, 2, unheard)


def as_written(lesson: Lesson) -> str:
    """A published lesson as a file again: its texts, and its body at its line. For `pieces_in` only."""
    lines = [*lesson.subjects, lesson.subject_discreet or "", lesson.preheader, lesson.content_note or ""]
    keys = "{" + ", ".join(f"{name}: {_quoted(line)}" for name, line in zip("abcdefghi", lines, strict=False)) + "}"
    return "\n".join(["---", keys, *[""] * max(0, lesson.body_line - 4), "---", lesson.body])


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _is_used(where: PurePosixPath) -> bool:
    if where.name == "README.md":
        return False
    if len(where.parts) == 1:
        return where.name in _AT_THE_TOP
    return where.parts[0] == _MEDIA or (len(where.parts) == 2 and where.suffix == ".md")


def _pieces(path: str, text: str) -> Iterator[Piece]:
    if path.endswith((".toml", ".md")) and (table := keys_of(path, text)) is not None:
        yield from _scalars(path, table, "")
        if path.endswith(".toml") or path.endswith("/sequence.md"):
            return
    matter = split_front_matter(path, text, Report()) if path.endswith(".md") else None
    body, line = (text, 1) if matter is None else (matter.body, matter.body_line)
    yield Piece(path, line, 1, "", _without_comments(body) if path.endswith(".md") else body)


def _scalars(path: str, node: Node, key: str) -> Iterator[Piece]:
    if isinstance(node, Scalar):
        quote = 1 if node.quoted and not path.endswith(".toml") else 0
        yield Piece(path, node.line, node.column + quote, key, node.text)
    elif isinstance(node, Listing):
        for item in node.items:
            yield from _scalars(path, item, key)
    else:
        for name, entry in node.entries.items():
            yield from _scalars(path, entry.value, f"{key}.{name}" if key else name)


def _without_comments(body: str) -> str:
    """The body with {# … #} replaced by spaces; unchanged where its templates cannot be parsed."""
    if "{#" not in body:
        return body
    try:
        return paint_over(body, [span for span in spans_of(body) if span.kind == "comment"])
    except TemplateError:
        return body
