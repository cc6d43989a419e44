"""The e-book: markdown to a PDF with a cover, contents, page numbers, and tags for screen readers (PDF/UA-1).

The markdown is handed to typst as data, never as code, so nothing in it can be run.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typst
from markdown_it.token import Token

from funnel.compose.book_tree import BookTree
from funnel.compose.conditionals import MarkdownSource
from funnel.compose.errors import CompileError
from funnel.compose.fonts import families_for, lend_fonts, package_for
from funnel.compose.html import LABELS
from funnel.compose.markup import check_blocks, parser
from funnel.compose.picture import MadePicture
from funnel.compose.placeholders import Placeholders
from funnel.curriculum.languages import likely_language, read_language
from funnel.curriculum.palette import palette
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.kept import check_kept
from funnel.curriculum.parse.nodes import read_yaml
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.practice import Practice
from funnel.curriculum.words import with_practice_words

_BOOK = Path(__file__).with_name("ebook.typ")
_KEYS = ("title", "subtitle", "author", "language", "date")
_OF_SIBLINGS = "translates"
_NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_NO_PICTURES: Mapping[str, MadePicture] = MappingProxyType({})


def make_ebook(
    markdown: bytes,
    practice: Practice,
    path: str = "assets/ebook.md",
    *,
    pictures: Mapping[str, MadePicture] = _NO_PICTURES,
) -> bytes:
    """The PDF of an e-book, the same bytes for the same markdown, practice and pictures (and fonts, see `_set`).

    The front matter may have `title` (else the first heading is it), `subtitle`, `author`, `language` and `date` (else
    the PDF bears none). Besides markdown there are `:::practice Title`, `:::reflect`, `:::story`, `:::note`, and
    `:::lines 5`: five lines to write on, and the practice's own words, such as {{ practice.name }}. `pictures` by their
    names as written: `assets/me.jpg`. Raises CompileError with file and line.
    """
    head, body, first_line = _front_matter(markdown, path)
    head = {key: _words(value, practice, path, 2) if isinstance(value, str) else value for key, value in head.items()}
    body = _words(body, practice, path, first_line)
    placeholders = Placeholders(body)
    source = MarkdownSource(path, first_line, list(range(1, body.count("\n") + 2)), placeholders)
    language = str(head.get("language", practice.language))
    tokens = parser(placeholders, language, ("lines",)).parse(body)
    check_blocks(tokens, body.split("\n"), source)
    title, tokens = _title(head, tokens, source)
    tree = BookTree(tokens, source, pictures)
    book: dict[str, Any] = {
        "contents": sum(token.type == "heading_open" and token.tag in ("h1", "h2") for token in tokens) > 1,
        "title": title,
        "subtitle": str(head.get("subtitle", "")),
        "author": str(head.get("author", practice.name)),
        "language": language.partition("-")[0],
        "date": list(head["date"].timetuple()[:3]) if isinstance(head.get("date"), date) else None,
        "footer": practice.postal_address,
        "colour": palette(practice.colours),
        "labels": LABELS,
        "fonts": [],
        "body": tree.blocks(),
        "noted": tree.noted,
    }
    with tempfile.TemporaryDirectory(prefix="ebook-") as folder:
        for number, name in enumerate(tree.used):
            (Path(folder) / f"{number}{pictures[name].suffix}").write_bytes(pictures[name].content)
        return _set(book, Path(folder), markdown.decode("utf-8-sig"), path)


def _set(book: dict[str, Any], folder: Path, text: str, path: str) -> bytes:
    """Typesets the book.

    1. Try the typesetter's own fonts.
    2. Add this machine's fonts for what they lack.
    3. If characters are still missing, name them.
    """
    try:
        return _typeset(book, folder)
    except typst.TypstError as error:
        missing = _missing(error)
        if not missing:
            raise CompileError(path, 1, f"This e-book cannot be made into a PDF: {error.message}") from error
    fonts = families_for(missing, str(book["language"]))
    book["fonts"] = [font.family for font in fonts]
    try:
        return _typeset(book, folder)
    except typst.TypstError as error:
        still = _missing(error)
        if not still:
            raise CompileError(path, 1, f"This e-book cannot be made into a PDF: {error.message}") from error
        raise _nobody_can_show(still, text, path) from None


def _typeset(book: dict[str, Any], folder: Path) -> bytes:
    (folder / "ebook.typ").write_bytes(_BOOK.read_bytes())
    made = typst.compile(
        folder / "ebook.typ",
        root=folder,
        format="pdf",
        ignore_system_fonts=True,
        font_paths=lend_fonts(book["fonts"], folder),
        sys_inputs={"book": json.dumps(book, ensure_ascii=False, sort_keys=True)},
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    if not isinstance(made, bytes):
        raise TypeError("the typesetter gave no PDF")
    return made


def _missing(error: typst.TypstError) -> set[str]:
    """The characters that no font could show. PDF/UA-1 allows none to be left out, and typst names each."""
    texts = _NOT_SHOWN.findall(error.diagnostic or error.message)
    # In the notation of Rust's Debug: combining marks by number, quotes and backslashes escaped.
    encoded = (re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), text) for text in texts)
    return {char for text in encoded for char in re.sub(r"\\(.)", r"\1", text)}


def _nobody_can_show(characters: set[str], text: str, path: str) -> CompileError:
    first = min(characters, key=lambda char: (text.find(char) if char in text else len(text), char))
    line = text.count("\n", 0, max(0, text.find(first))) + 1
    packages = sorted({package_for(char) for char in characters})
    shown = " ".join(printable(char) for char in sorted(characters)[:12]) + (" …" if len(characters) > 12 else "")
    return CompileError(
        path, line, f"No font on this machine shows {shown}: install one that does (Debian: {', '.join(packages)}), "
        "or write it in other characters",
    )  # fmt: skip


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
