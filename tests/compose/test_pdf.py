"""The e-book is a real PDF, the same one every time, and nothing in it can be run."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from funnel.compose import fonts
from funnel.compose.book_tree import breakable
from funnel.compose.errors import CompileError
from funnel.compose.pdf import make_ebook
from funnel.compose.pictures import make_picture
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
        (b"No heading at all", 1, "needs a title"),
        (b"---\nsubtitle: x\n---\nText", 1, "needs a title"),
        (b"---\ntitle: x\nText", 1, "never end"),
        (b"---\n- x\n---\n", 2, "no list of keys"),
        (b"---\ntitle: [\n---\n", 2, "YAML"),
        (b"---\nauthor: Ada\ntitle: A calmer heart #2\n---\nText", 3, 'title: "A calmer heart #2"'),
        (b"---\ntitle: null\n---\nText", 2, 'title: "null"'),
        (b"---\ntitle: x\nlanguage: xx-YY\n---\nText", 3, "not one that is known"),
        (b"---\ntitle: x\ndate: soon\n---\nText", 3, "not a date"),
        (b"---\ntitle: x\ncolour: red\n---\n", 2, "no key 'colour'"),
        (b"---\ntitle: \xff\n---\n", 1, "not UTF-8"),
        (f"{HEAD}One\n\n:::lines many\n:::\n".encode(), 9, "how many lines"),
        (f"{HEAD}One\n\n[a](javascript:alert(1))\n".encode(), 9, "leads nowhere"),
        (f"{HEAD}![a](https://example.org/a.png)\n".encode(), 7, "put it into assets/"),
        (f"{HEAD}One\n\n![](assets/me.jpg)\n".encode(), 9, "no words"),
        (f"{HEAD}# One\n\n[x](#on)\n".encode(), 9, "did you mean #one?"),
        (f"{HEAD}One\n\n:::note\nx\n".encode(), 9, "not closed"),
        (f"{HEAD}One\n\n:::notee\nx\n:::\n".encode(), 9, "did you mean :::note?"),
        (f"{HEAD}One\n\n# Two \u0378\n".encode(), 9, "fonts-noto-core"),
    ],
)
def test_what_cannot_be_set_is_named_with_its_line(book: bytes, line: int, says: str) -> None:
    with pytest.raises(CompileError) as raised:
        make_ebook(book, PRACTICE)
    assert raised.value.line == line
    assert says in raised.value.message


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#88aaa0").save(out, "JPEG")
    return out.getvalue()


PICTURES = {"assets/me.jpg": make_picture(picture(900, 400), "assets/me.jpg")}
WRITTEN = {
    "a picture": "![The harbour](assets/me.jpg)",
    "a picture among words": "One ![leaf](assets/me.jpg) two",
    "the same picture twice": "![a](assets/me.jpg)\n\n> ![b](assets/me.jpg)",
    "a footnote": "One[^1], again[^1] and ^[inline *note*].\n\n[^1]: Note.\n\n    - with a list",
    "a footnote in a heading": "# One[^1]\n\nTwo[^1].\n\n# Three\n\n[^1]: Note.",
    "code among words": "A `code` word",
    "a block of code": "```python\nx = 1\n```",
    "an indented block": "Text\n\n    indented\n      more",
    "a link to a heading": "# One and *two*\n\n[x](#one-and-two)",
    "a table": "| a | b |\n|:-:|--:|\n| *c* | `d` |\n| e[^1] | |\n\n[^1]: f",
    "a task and struck words": "- [ ] ~~a~~\n- [x] b",
    "a button": ":::button\n[Book](https://example.org/)\n:::",
    "a telephone link": "[Call](tel:112) or www.example.org or hello@example.org",
    "a long address": "https://example.org/" + "long/" * 60,
    "a verse": "The tide goes out\nthe tide comes in",
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_what_people_write_can_be_set_and_always_the_same(body: str) -> None:
    book = (HEAD + body + "\n").encode()
    assert make_ebook(book, PRACTICE, pictures=PICTURES) == make_ebook(book, PRACTICE, pictures=PICTURES)


def test_a_picture_is_in_the_book_with_its_words() -> None:
    everything = streams(make_ebook((HEAD + WRITTEN["a picture"]).encode(), PRACTICE, pictures=PICTURES))
    assert b"/Subtype /Image" in everything or b"/Subtype/Image" in everything
    assert b"The harbour" in everything


def test_a_table_is_one_for_screen_readers_too() -> None:
    everything = streams(make_ebook((HEAD + WRITTEN["a table"]).encode(), PRACTICE))
    assert all(re.search(rb"/S ?/" + tag, everything) for tag in (b"Table", b"TH", b"TD"))


def test_without_a_title_the_first_heading_is_it() -> None:
    everything = streams(make_ebook(b"# A calmer heart\n\nText.", PRACTICE))
    assert b"A calmer heart" in everything
    with_head = make_ebook(b"---\nsubtitle: x\n---\nText.\n\n## The heading\n", PRACTICE)
    assert b"The heading" in streams(with_head)


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("สวัสดีครับ", "fonts-noto-core"), ("你好", "fonts-noto-cjk"), ("ごめんね", "fonts-noto-cjk"),
        ("مرحبا بك", "fonts-noto-core"), ("שלום", "fonts-noto-core"), ("Well done 😀", "fonts-noto-color-emoji"),
    ],
)  # fmt: skip
def test_other_scripts_are_set_or_a_font_package_is_named(text: str, package: str) -> None:
    book = f"{HEAD}# One\n\nText.\n\n{text}\n".encode()
    said = ""
    try:
        assert make_ebook(book, PRACTICE).startswith(b"%PDF")
    except CompileError as error:
        said = f"{error.line} {error.message}"
    if said:
        assert said.startswith("11 ")
        assert package in said
        assert any(char in said for char in text)


def test_without_fonts_for_a_script_no_boxes_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_by_fitness", lambda characters, language: iter(()))
    for text, package in (("สวัสดี", "fonts-noto-core"), ("你好", "fonts-noto-cjk"), ("😀", "fonts-noto-color-emoji")):
        with pytest.raises(CompileError) as raised:
            make_ebook(f"{HEAD}# One\n\n{text}\n".encode(), PRACTICE)
        assert raised.value.line == 9
        assert package in raised.value.message


def test_a_long_word_can_be_broken_and_a_short_one_stays() -> None:
    assert breakable("short words stay") == "short words stay"
    assert breakable("a" * 80).count("\u200b") == 2
    assert (
        breakable("https://example.org/" + "long/" * 10).replace("\u200b", "") == "https://example.org/" + "long/" * 10
    )
