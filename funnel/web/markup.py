"""The practice's markdown as HTML for a page. HTML inside it is shown as typed, never run."""

from __future__ import annotations

from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(
    ["table", "strikethrough", "smartquotes"]
)
# The parser puts its rules together when first used. Two threads that both came first would see half of them, and what
# they made of a page would be remembered.
_MARKDOWN.render("*once*")


@lru_cache(maxsize=64)
def page_markup(text: str, deeper: int = 0) -> Markup:
    """Safe HTML; headings stand `deeper` levels below what was written, so that a page keeps its one h1."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + deeper)}"
    # The renderer escapes text, and refuses javascript: and data: links (markdown-it's validateLink).
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704
