"""The e-book: markdown to a PDF with a cover, contents, page numbers, and tags for screen readers (PDF/UA-1).

The markdown is handed to typst as data, never as code, so nothing in it can be run.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typst

from funnel.compose.book import read_book
from funnel.compose.book_tree import BookTree
from funnel.compose.errors import CompileError
from funnel.compose.fonts import families_for, lend_fonts, package_for
from funnel.compose.html import LABELS
from funnel.compose.picture import MadePicture
from funnel.curriculum.palette import palette
from funnel.curriculum.parse.report import printable
from funnel.curriculum.practice import Practice

_BOOK = Path(__file__).with_name("ebook.typ")
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
    read = read_book(markdown, practice, path)
    tree = BookTree(read.tokens, read.source, pictures)
    book: dict[str, Any] = {
        "contents": sum(token.type == "heading_open" and token.tag in ("h1", "h2") for token in read.tokens) > 1,
        "title": read.title,
        "subtitle": read.subtitle,
        "author": read.author,
        "language": read.language.partition("-")[0],
        "date": list(read.date.timetuple()[:3]) if read.date is not None else None,
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
