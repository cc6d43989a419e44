"""An e-book's markdown, read: what stands at its top, and its blocks. The PDF and the page are both made of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from markdown_it.token import Token

from funnel.compose.conditionals import MarkdownSource
from funnel.compose.errors import CompileError
from funnel.compose.markup import check_blocks, parser
from funnel.compose.placeholders import Placeholders
from funnel.curriculum.languages import likely_language, read_language
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.kept import check_kept
from funnel.curriculum.parse.nodes import read_yaml
from funnel.curriculum.parse.report import Report
from funnel.curriculum.practice import Practice
from funnel.curriculum.words import with_practice_words

_KEYS = ("title", "subtitle", "author", "language", "date")
_OF_SIBLINGS = "translates"


@dataclass(frozen=True)
class BookText:
    """A book before it has a form. `tokens` are without a first heading that became the title."""

    title: str
    subtitle: str
    author: str
    language: str  # a tag of BCP 47
    date: date | None
    tokens: list[Token]
    source: MarkdownSource


def read_book(markdown: bytes, practice: Practice, path: str) -> BookText:
    """The book in a file, with the practice's own words filled in. Raises CompileError with file and line."""
    head, body, first_line = _front_matter(markdown, path)
    head = {key: _words(value, practice, path, 2) if isinstance(value, str) else value for key, value in head.items()}
    body = _words(body, practice, path, first_line)
    placeholders = Placeholders(body)
    source = MarkdownSource(path, first_line, list(range(1, body.count("\n") + 2)), placeholders)
    language = str(head.get("language", practice.language))
    tokens = parser(placeholders, language, ("lines",)).parse(body)
    check_blocks(tokens, body.split("\n"), source)
    title, tokens = _title(head, tokens, source)
    return BookText(
        title=title,
        subtitle=str(head.get("subtitle", "")),
        author=str(head.get("author", practice.name)),
        language=language,
        date=head.get("date"),
        tokens=tokens,
        source=source,
    )


def _title(head: dict[str, Any], tokens: list[Token], source: MarkdownSource) -> tuple[str, list[Token]]:
    """The book's title, and its tokens without a first heading that became the title."""
    if head.get("title"):
        return str(head["title"]), tokens
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            words = "".join(child.content for child in tokens[number + 1].children or () if child.type == "text")
            return words, tokens[number + 3 :] if number == 0 else tokens
    raise CompileError(
        source.path, 1, "The e-book needs a title: begin with ---, a line title: …, and another ---; or with # A title"
    )


def _front_matter(markdown: bytes, path: str) -> tuple[dict[str, Any], str, int]:
    try:
        text = markdown.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise CompileError(path, 1, "This file is not UTF-8: save it as UTF-8") from None
    if not text.startswith("---\n"):
        return {}, text, 1
    if "\n---\n" not in text[3:]:
        raise CompileError(path, 1, "The lines at the top begin with --- and never end: put another --- below them")
    raw, _, body = text[4:].partition("\n---\n")
    return _keys(raw, path), body, raw.count("\n") + 4


def _keys(raw: str, path: str) -> dict[str, Any]:
    """The front matter as typed: texts, and `date` as a date."""
    report = Report()
    table = read_yaml(path, raw, 2, report)
    if table is None:
        problem, last = report.sorted()[0], raw.count("\n") + 2
        words = f"do not read as YAML: {problem.message}: {problem.fix}"
        if "list of keys" in problem.message:
            words = "are no list of keys: write title: …"
        raise CompileError(path, min(problem.line, last), f"The lines between --- and --- {words}")
    unknown = next((entry.key for name, entry in table.entries.items() if name not in (*_KEYS, _OF_SIBLINGS)), None)
    if unknown:
        words = f"There is no key {unknown.text!r} here: the keys are {', '.join(_KEYS)}"
        raise CompileError(path, 2, words)
    fields = Fields(path, table, report)
    check_kept(fields)
    head: dict[str, Any] = {key: fields.text(key) for key in table.entries if key in _KEYS and key != "date"}
    head["date"] = fields.day("date")
    if head.get("language") and read_language(head["language"]) is None:
        likely = likely_language(head["language"]) or "en"
        fields.error(fields.node("language"), "bad-language", "language is not one that is known", f"Write {likely}.")
    wrong = next((problem for problem in report.sorted() if problem.severity == "error"), None)
    if wrong:
        raise CompileError(path, wrong.line, f"{wrong.message}: {wrong.fix}")
    return {key: value for key, value in head.items() if value}


def _words(text: str, practice: Practice, path: str, first_line: int) -> str:
    def wrong(offset: int, message: str, fix: str) -> None:
        raise CompileError(path, first_line + text.count("\n", 0, offset), f"{message}: {fix}")

    return with_practice_words(text, practice, wrong)
