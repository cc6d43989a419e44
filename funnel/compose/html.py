"""Tokens to the HTML of a mail's body: tables where Outlook needs them, classes for the layout's CSS."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from funnel.compose.blanks import Blanks
from funnel.compose.markup import block_name

LABELS = {"practice": "Practice", "reflect": "To write about", "story": "", "note": ""}
_PANEL = (
    '<table role="presentation" class="block {name}" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td>'
)
_BUTTON = '<table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">'
_END = "</td></tr></table>\n"


def to_html(tokens: Sequence[Token], blanks: Blanks) -> str:
    """The body's HTML. Numbered links have the blank `link_<n>` for an address; `number_links` must have run."""
    return str(_Renderer(blanks).render(_visible(tokens), _OPTIONS, {}))


class _Renderer(RendererHTML):
    def __init__(self, blanks: Blanks) -> None:
        super().__init__()
        self._blanks = blanks
        for name in (*LABELS, "button"):
            self.rules[f"container_{name}_open"] = self._open  # type: ignore[assignment]  # bound methods are wanted
            self.rules[f"container_{name}_close"] = self._close  # type: ignore[assignment]

    def tags(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        token = tokens[index]
        # Between blocks a bare word would be moved out of a table; a comment may stand anywhere.
        words = [f"<!--{word}-->" if token.block else word for word in self._blanks.words(token.content)]
        return "".join(words) + ("\n" if token.block else "")

    def link_open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        token = tokens[index]
        if "link" in token.meta:
            href = self._blanks.keep(f"{{{{ link_{token.meta['link']} }}}}")
        else:
            href = escapeHtml(str(token.attrs["href"]))
        return f'<a href="{href}">'

    def image(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        token = tokens[index]
        source, says = escapeHtml(str(token.attrs["src"])), escapeHtml(token.content)
        return f'<img src="{source}" alt="{says}" width="600" class="picture">'

    def _open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        name, title = block_name(tokens[index])
        if name == "button":
            return _BUTTON
        label = f'<span class="label">{LABELS[name]}</span>' if LABELS[name] else ""
        if label and title:
            label += '<span class="unseen">: </span>'
        heading = f'<h2 class="block-title">{label}{escape(title)}</h2>\n' if label or title else ""
        return _PANEL.format(name=name) + heading

    def _close(self, *_: object) -> str:
        return _END


def _visible(tokens: Sequence[Token]) -> list[Token]:
    """Without the paragraph around a button's link: the cell is its box."""
    out: list[Token] = []
    in_button = False
    for token in tokens:
        if token.type.startswith("container_button"):
            in_button = token.nesting == 1
        if not (in_button and token.type.startswith("paragraph")):
            out.append(token)
    return out


_OPTIONS = OptionsDict(
    {
        "maxNesting": 20, "html": False, "linkify": False, "typographer": False, "quotes": "",
        "xhtmlOut": False, "breaks": False, "langPrefix": "", "highlight": None,
    }
)  # fmt: skip
