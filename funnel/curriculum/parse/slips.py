"""What was probably mistyped where YAML or TOML cannot be read: said in the writer's words, at her line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from funnel.curriculum.parse.report import printable

PRINTED_QUOTES = "“”„‟‘’‚«»‹›"
_LONGEST_LINE = 2_000
_YAML_KEY = re.compile(r"(\s*)(?:- +)?([A-Za-z_]+):(?=[ \t]|$)[ \t]*(.*)")
_YAML_TOUCHING = re.compile(r"\s*(?:- +)?([A-Za-z_]+):([^\s/:].*)")
_TOML_KEY = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_-]*)\s*([=:])\s*(.*)")
_TOML_TABLE = re.compile(r"\s*\[\[?([A-Za-z0-9_.-]+)\]\]?\s*(?:#.*)?")
_DATE = re.compile(r"(?<![\w\"'.])[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}(?![\w.])")
_BARE_TOML = re.compile(r"[-+0-9\[{\"']|(?:true|false)\b")
_CLOSED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")


@dataclass(frozen=True, slots=True)
class Slip:
    """Where something was mistyped (line and column count from 1), what it is, and what to write."""

    line: int
    column: int
    message: str
    fix: str


def slip_in_yaml(text: str, line: int) -> Slip | None:
    """The last slip of the hand at or before `line` of a front matter that cannot be read there; None if none shows."""
    found = None
    for slip in _yaml_slips(text.split("\n")[:line]):
        found = slip
    return found


def slip_in_toml(text: str, line: int, reason: str) -> Slip | None:
    """The slip of the hand in `line` of a file that tomllib cannot read there, for `reason`; None if none shows."""
    lines = text.split("\n")
    written = lines[line - 1][:_LONGEST_LINE] if 0 < line <= len(lines) else ""
    found, table = _TOML_KEY.match(written), _TOML_TABLE.fullmatch(written)
    if reason.startswith("Cannot") and table is not None:
        name = printable(table[1])
        return Slip(
            line, 1, f"[{name}] stands there already", f"Where there are several, write [[{name}]] above each of them."
        )
    if (date := _DATE.search(written)) is not None:
        return Slip(
            line,
            date.start() + 1,
            f"{date[0]} is no date here",
            "Write the year first, then month and day: 2027-01-31.",
        )
    if found is None:
        return None
    key, value = found[1], found[3].strip()
    if reason.startswith("Cannot"):
        return Slip(line, found.start(1) + 1, f"{key} is said twice", "Keep one of the two.")
    if found[2] == ":":
        return Slip(line, found.start(2) + 1, f"a colon stands behind {key}", f'Write = in its place: {key} = "…".')
    column = found.start(3) + 1
    if value[:1] and value[0] in PRINTED_QUOTES:
        return Slip(line, column, *_printed(key))
    if value.lower() in ("true", "false", "yes", "no"):
        right = "true" if value.lower() in ("true", "yes") else "false"
        return Slip(line, column, f"{key} is {value}, which is not known here", f"Write {key} = {right}.")
    if value and not _BARE_TOML.match(value):
        return Slip(
            line, column, f"the text of {key} stands in no quotation marks",
            f"Put them round it: {key} = {_quoted(value)}.",
        )  # fmt: skip
    if value[:1] in ('"', "'") and value[:3] not in ('"""', "'''"):
        return _badly_quoted(line, column, key, value)
    return None


def where_it_belongs(where: PurePosixPath) -> str:
    """What to do with a file that is none of the folder's."""
    depth = len(where.parts)
    if where.suffix == ".md" and depth > 2:
        return f"Put it into {printable(where.parts[0], 40)} itself: folders within that are not read."
    if where.suffix == ".md" and depth == 1:
        return "Put it into the folder it belongs to: a sequence's, offers or pages."
    if where.suffix.lower() in (".md", ".markdown", ".txt", ".docx", ".doc", ".rtf"):
        name = printable(where.name.split(".")[0], 60)
        return f"Lessons and pages end in .md: call it {name}.md, if it is a plain text. Media go to assets."
    return "Lessons end in .md; media go to assets."


def _yaml_slips(lines: list[str]) -> Iterator[Slip]:
    before = ""
    for number, line in enumerate(lines, start=1):
        written = line[:_LONGEST_LINE]
        if not written.strip() or written.lstrip().startswith("#"):
            continue
        if "\t" in written[: len(written) - len(written.lstrip())]:
            yield Slip(number, 1, "a tab stands before the first word of the line", "Put blanks in its place.")
        elif (touching := _YAML_TOUCHING.fullmatch(written)) is not None:
            key, value = touching.groups()
            yield Slip(
                number, touching.start(2) + 1, f"no blank stands behind the colon of {key}",
                f"Write one: {key}: {printable(value, 40)}.",
            )  # fmt: skip
        elif (found := _YAML_KEY.fullmatch(written)) is not None:
            yield from _in_value(number, found)
            if found[1] and before and not _heads_a_block(before) and len(found[1]) > _depth(before):
                yield Slip(
                    number, len(found[1]) + 1, f"{found[2]} is further in than the line above it",
                    "Let both begin at the same place.",
                )  # fmt: skip
        before = written


def _in_value(number: int, found: re.Match[str]) -> Iterator[Slip]:
    key, value, column = found[2], found[3].strip(), found.start(3) + 1
    if not value:
        return
    if value[0] in PRINTED_QUOTES:
        yield Slip(number, column, *_printed(key))
    elif value[0] in "\"'":
        slip = _badly_quoted(number, column, key, value)
        if slip is not None:
            yield slip
    elif value[0] in "@`%" or (value[0] not in "[{|>#&*!" and re.search(r":(?:\s|$)", value)):
        sign = value[0] if value[0] in "@`%" else "colon"
        what = f"the text of {key} holds a colon" if sign == "colon" else f"the text of {key} begins with {sign}"
        yield Slip(number, column, what, f"Put the whole of it in quotation marks: {key}: {_quoted(value)}.")


def _badly_quoted(number: int, column: int, key: str, value: str) -> Slip | None:
    """A text in quotation marks that do not end where its line ends."""
    closed = _CLOSED.match(value)
    if closed is None:
        return Slip(
            number, column, f"the quotation mark that begins {key} has no second one",
            f"Put {value[0]} at the end of the line.",
        )  # fmt: skip
    behind = value[closed.end() :].strip()
    if behind and not behind.startswith("#"):
        return Slip(
            number, column + closed.end(), f"the text of {key} goes on behind its quotation marks",
            "Let them stand round the whole, and write “…” for those inside.",
        )  # fmt: skip
    return None


def _printed(key: str) -> tuple[str, str]:
    return f"the quotation marks of {key} are printed ones", 'Type straight ones in their place: "…".'


def _quoted(value: str) -> str:
    return '"' + printable(value, 40).replace('"', "'") + '"'


def _heads_a_block(line: str) -> bool:
    return line.rstrip().endswith((":", "|", ">", "[", "{", ",")) or line.lstrip().startswith("- ")


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
