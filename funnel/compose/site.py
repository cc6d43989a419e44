"""The practice's texts as its site shows them, for the web pages and for the check."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial

from markupsafe import Markup

from funnel.compose.addresses import session_page
from funnel.compose.book_page import BookPage, make_book_page
from funnel.compose.compiler import pictures_of
from funnel.compose.page import PageText, page_html
from funnel.compose.picture import Picture
from funnel.curriculum.model import Library
from funnel.curriculum.practice import Practice
from funnel.curriculum.sessions import SessionList


@dataclass(frozen=True)
class Site:
    """Everything a text's HTML depends on besides itself. `base` begins every path of the site; usually ""."""

    base: str
    words: tuple[str, ...]
    pictures: tuple[tuple[str, Picture], ...]
    pages: tuple[str, ...]
    sessions: tuple[str, ...]
    practice: Practice = field(compare=False)

    @classmethod
    def of(cls, library: Library, base: str) -> Site:
        practice = library.practice
        return cls(
            base=base,
            words=(practice.name, practice.sender, practice.reply_to, practice.language),
            pictures=tuple(pictures_of(library.files, base).items()),
            pages=tuple(library.pages),
            sessions=tuple(each.slug for each in (library.sessions or SessionList()).sessions),
            practice=practice,
        )

    def address(self, function: str, name: str, source: str = "") -> str:
        """The target of `{{ page("safety") }}` or `{{ session("couple") }}` on the page or offer `source`.

        For any other name raises KeyError with the known names.
        """
        known = {"page": self.pages, "session": self.sessions}.get(function, ())
        if name not in known:
            raise KeyError(name, *known)
        return f"{self.base}/pages/{name}" if function == "page" else f"{self.base}/{session_page(name, source)}"

    def html(self, page: PageText, deeper: int = 0) -> Markup:
        """Safe HTML of a text; raises CompileError.

        Headings are moved `deeper` levels down, so that a page keeps its one h1.
        """
        return _html(page, self, deeper)

    def book(self, page: PageText) -> BookPage:
        """The e-book of this text, to be read in a browser; raises CompileError."""
        return _book(page, self)


@lru_cache(maxsize=128)
def _html(page: PageText, site: Site, deeper: int) -> Markup:
    addresses = partial(site.address, source=_source(page.path))
    return page_html(page, site.practice, dict(site.pictures), addresses=addresses, deeper=deeper)


def _source(path: str) -> str:
    """`pages/about` for `pages/about.de.md`; "" for what is neither a page nor an offer."""
    folder, _, file = path.partition("/")
    return f"{folder}/{file.partition('.')[0]}" if folder in ("pages", "offers") else ""


@lru_cache(maxsize=16)
def _book(page: PageText, site: Site) -> BookPage:
    return make_book_page(page.text.encode(), site.practice, page.path, dict(site.pictures))
