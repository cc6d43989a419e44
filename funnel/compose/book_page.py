"""An e-book as a page to read in a browser: the same markdown that the PDF is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markdown_it.token import Token
from markupsafe import Markup

from funnel.compose.book import read_book
from funnel.compose.html import OPTIONS, visible
from funnel.compose.markup import block_name, place_pictures
from funnel.compose.page import PAGE_COLUMN, PageRenderer
from funnel.compose.picture import Picture
from funnel.curriculum.markdown.headings import named_headings
from funnel.curriculum.practice import Practice


@dataclass(frozen=True, slots=True)
class BookChapter:
    """A chapter's heading, and its id on the page."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class BookPage:
    """A book for a browser. `html` is safe; its headings begin at h2, for the title is the page's h1."""

    title: str
    subtitle: str
    author: str
    language: str
    date: date | None
    chapters: tuple[BookChapter, ...]
    html: Markup


def make_book_page(markdown: bytes, practice: Practice, path: str, pictures: Mapping[str, Picture]) -> BookPage:
    """The page of an e-book of which a PDF was made, so that its links, pictures and blocks are known to be right.

    Raises CompileError with file and line for another one.
    """
    book = read_book(markdown, practice, path)
    headings = named_headings(book.tokens)
    place_pictures(book.tokens, book.source, pictures, PAGE_COLUMN)
    chapters = _chapters(book.tokens, headings)
    for name, heading in headings.items():
        heading.attrs["id"] = name
    _below_title(book.tokens)
    made = _BookRenderer(book.source.placeholders).render(visible(book.tokens), OPTIONS, {})
    return BookPage(
        title=book.title,
        subtitle=book.subtitle,
        author=book.author,
        language=book.language,
        date=book.date,
        chapters=chapters,
        html=Markup(str(made)),  # noqa: S704 - the renderer escapes what was typed
    )


def _below_title(tokens: Sequence[Token]) -> None:
    """Puts headings one level down, as the title is the h1; no step leaves out a level (WCAG, technique G141)."""
    before = 1
    for token in tokens:
        if token.type == "heading_open":
            before = min(int(token.tag[1]) + 1, before + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{before}"


class _BookRenderer(PageRenderer):
    """The title of a block is no heading: those are the book's.

    `:::lines 5` are lines to write on: nothing for who only reads, and there on paper.
    """

    def _open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        return super()._open(tokens, index).replace("<h2 ", "<p ").replace("</h2>", "</p>")

    def container_lines_open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        count = int(block_name(tokens[index])[1])
        return '<div class="to-write" aria-hidden="true">' + "<span></span>" * count

    def container_lines_close(self, *_: object) -> str:
        return "</div>\n"


def _chapters(tokens: Sequence[Token], headings: Mapping[str, Token]) -> tuple[BookChapter, ...]:
    """The headings of the highest rank there is."""
    names = {id(heading): name for name, heading in headings.items()}
    found = [
        (token.tag, BookChapter(names[id(token)], _words(tokens[place + 1])))
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and id(token) in names
    ]
    highest = min((tag for tag, _ in found), default="")
    return tuple(chapter for tag, chapter in found if tag == highest)


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
