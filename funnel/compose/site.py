"""The practice's texts as they stand on its site: what web pages show, and what the check tries beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from markupsafe import Markup

from funnel.compose.compiler import pictures_of
from funnel.compose.page import page_html
from funnel.compose.picture import Picture
from funnel.curriculum.model import Library, Practice


@dataclass(frozen=True)
class Site:
    """All that a text's markup depends on beside itself. `base` begins every path of the site; mostly ""."""

    base: str
    words: tuple[str, ...]
    pictures: tuple[tuple[str, Picture], ...]
    pages: tuple[str, ...]
    practice: Practice = field(compare=False)

    @classmethod
    def of(cls, library: Library, base: str) -> Site:
        practice = library.practice
        return cls(
            base=base,
            words=(practice.name, practice.sender, practice.reply_to, practice.language),
            pictures=tuple(pictures_of(library.files, base).items()),
            pages=tuple(library.pages),
            practice=practice,
        )

    def address(self, function: str, name: str) -> str:
        """Where `{{ page("safety") }}` leads. Raises KeyError, with the names there are, for any other."""
        if function != "page" or name not in self.pages:
            raise KeyError(name, *(self.pages if function == "page" else ()))
        return f"{self.base}/pages/{name}"

    def html(self, text: str, *, path: str, first_line: int, deeper: int = 0) -> Markup:
        """Safe HTML of a text that begins on `first_line` of the file `path`; raises CompileError.

        Headings stand `deeper` levels below what was written, so that a page keeps its one h1.
        """
        return _html(text, self, path, first_line, deeper)


@lru_cache(maxsize=128)
def _html(text: str, site: Site, path: str, first_line: int, deeper: int) -> Markup:
    return page_html(
        text,
        path=path,
        first_line=first_line,
        practice=site.practice,
        pictures=dict(site.pictures),
        addresses=site.address,
        deeper=deeper,
    )
