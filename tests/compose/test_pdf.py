"""The e-book is a real PDF, the same one every time, and nothing in it can be run."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from funnel.compose.errors import CompileError
from funnel.compose.pdf import make_ebook
from tests.compose.conftest import PRACTICE

EBOOK = Path(__file__).parents[2] / "sequences" / "assets" / "ebook.md"
HEAD = "---\ntitle: A calmer heart\nsubtitle: For a hard night\nauthor: Harbour Practice\nlanguage: en\n---\n"


def streams(pdf: bytes) -> bytes:
    """All that is in the file, unpacked."""
    out = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            out.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(out)


def test_the_starters_ebook_is_a_tagged_titled_pdf() -> None:
    pdf = make_ebook(EBOOK.read_bytes(), PRACTICE)
    everything = streams(pdf)
    assert pdf.startswith(b"%PDF-1.7")
    assert 10 <= everything.count(b"/Type /Page\n") + everything.count(b"/Type/Page/") <= 40
    assert b"/MarkInfo" in everything
    assert b"/StructTreeRoot" in everything
    assert re.search(rb"/Lang ?\(en", everything)
    assert b"pdfuaid" in everything
    assert b"A calmer heart" in everything


def test_the_same_markdown_makes_the_same_bytes() -> None:
    book = f"{HEAD}# One\n\nText.\n\n:::lines 3\n:::\n".encode()
    assert make_ebook(book, PRACTICE) == make_ebook(book, PRACTICE)


@pytest.mark.parametrize(
    "text", ['#panic("run")', '"; panic("run") //', '#read("/etc/passwd")', "$ x $ @ref <label>", "\\u{41} \\"]
)
def test_markdown_cannot_run_code_in_the_typesetter(text: str) -> None:
    for place in (f"x {text}", f"## {text}", f":::practice {text}\n{text}\n:::", f"[{text}](https://example.org/)"):
        assert make_ebook(f"{HEAD}# One\n\n{place}\n".encode(), PRACTICE).startswith(b"%PDF")
    assert make_ebook(f"{HEAD}# One\n".encode(), replace(PRACTICE, name=text, postal_address=text)).startswith(b"%PDF")


def test_all_that_a_book_may_hold_can_be_set() -> None:
    body = "# One\n\n### Deep\n\n*a* **b** `c` [d](https://b.org) <a@b.org>\\\ne\n\n> q\n\n1. a\n   - b\n\n---\n\n"
    blocks = "".join(f":::{name} Title\nInside.\n:::\n\n" for name in ("practice", "reflect", "story", "note"))
    assert make_ebook((HEAD + body + blocks + ":::lines 4\n:::\n").encode(), PRACTICE).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("book", "line", "says"),
    [
        (b"# No head", 1, "needs a title"),
        (b"---\nsubtitle: x\n---\n", 2, "needs a title"),
        (b"---\ntitle: [\n---\n", 2, "YAML"),
        (b"---\ntitle: x\ncolour: red\n---\n", 2, "no key 'colour'"),
        (b"---\ntitle: \xff\n---\n", 1, "not UTF-8"),
        (f"{HEAD}One\n\n:::lines many\n:::\n".encode(), 9, "how many lines"),
        (f"{HEAD}One\n\n[a](javascript:alert(1))\n".encode(), 9, "leads nowhere"),
        (f"{HEAD}![a](https://example.org/a.png)\n".encode(), 7, "cannot hold this"),
    ],
)
def test_what_cannot_be_set_is_named_with_its_line(book: bytes, line: int, says: str) -> None:
    with pytest.raises(CompileError) as raised:
        make_ebook(book, PRACTICE)
    assert raised.value.line == line
    assert says in raised.value.message
