"""The practice's markdown as HTML for a page. HTML inside it is shown as typed, never run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from flask import has_request_context, request
from markupsafe import Markup

from funnel.compose.errors import CompileError
from funnel.compose.page import page_html
from funnel.compose.pictures import Picture
from funnel.curriculum.model import Library, Practice

log = structlog.get_logger(__name__)


def page_markup(text: str, library: Library, deeper: int = 0, *, path: str = "", first_line: int = 1) -> Markup:
    """Safe HTML; headings stand `deeper` levels below what was written, so that a page keeps its one h1.

    `library` has the pictures and the pages that the text may name; `path` and `first_line` say where it stands, for
    errors. What cannot be made, in an edition from before there was a check for it, is shown as it was typed.
    """
    practice = library.practice
    root = request.script_root if has_request_context() else ""
    site = _Site(
        root=root,
        words=(practice.name, practice.sender, practice.reply_to, practice.language),
        pictures=tuple(
            (f"assets/{name}", Picture(f"{root}/media/{file.digest}{file.suffix}", file.width, file.height))
            for name, file in library.files.items()
            if file.width
        ),
        pages=tuple(library.pages),
        practice=practice,
    )
    try:
        return _made(text, site, deeper, path, first_line)
    except CompileError as error:
        log.warning("a page is shown as it was typed", problem=str(error))
        return _as_typed(text)


def _as_typed(text: str) -> Markup:
    paragraphs = (Markup("<br>\n").join(part.strip().split("\n")) for part in text.split("\n\n") if part.strip())
    return Markup("").join(Markup("<p>{}</p>\n").format(paragraph) for paragraph in paragraphs)


@dataclass(frozen=True)
class _Site:
    """All of a practice that a page's markup depends on. `root` is the path that the whole site lies below, if any."""

    root: str
    words: tuple[str, ...]
    pictures: tuple[tuple[str, Picture], ...]
    pages: tuple[str, ...]
    practice: Practice = field(compare=False)

    def address(self, function: str, name: str) -> str:
        if function != "page" or name not in self.pages:
            raise KeyError(name, *(self.pages if function == "page" else ()))
        return f"{self.root}/pages/{name}"


@lru_cache(maxsize=128)
def _made(text: str, site: _Site, deeper: int, path: str, first_line: int) -> Markup:
    return page_html(
        text,
        path=path,
        first_line=first_line,
        practice=site.practice,
        pictures=dict(site.pictures),
        addresses=site.address,
        deeper=deeper,
    )
