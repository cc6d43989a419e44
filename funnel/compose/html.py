"""Tokens to the HTML of a mail's body: tables where Outlook needs them, classes for the layout's CSS."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import takewhile

from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from funnel.compose.markup import block_name
from funnel.compose.picture import Picture
from funnel.compose.placeholders import Placeholders

LABELS = {"practice": "Practice", "reflect": "To write about", "story": "", "note": ""}
_PANEL = (
    '<table role="presentation" class="block {name}" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td>'
)
_BUTTON = '<table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">'
_END = "</td></tr></table>\n"
_TABLE = '<table class="table{}" width="100%" cellpadding="0" cellspacing="0" border="0">\n'
_MOST_COLUMNS, _LONGEST_WORD = 4, 20
_BOXES = {True: "&#9745;", False: "&#9744;"}


def to_html(tokens: Sequence[Token], placeholders: Placeholders) -> str:
    """The body's HTML. A numbered link has the placeholder `link_<n>` as its address; call `number_links` first."""
    return str(MailRenderer(placeholders).render(visible(tokens), OPTIONS, {}))


class MailRenderer(RendererHTML):
    """What differs from plain markdown. The renderer for pages leaves out what only Outlook needs."""

    panel, end_of_panel, button, end_of_button = _PANEL, _END, _BUTTON, _END

    def __init__(self, placeholders: Placeholders) -> None:
        super().__init__()
        self._blanks = placeholders
        self._columns: list[str] = []  # the headings of the current table, as HTML
        self._column = 0
        for name in (*LABELS, "button"):
            self.rules[f"container_{name}_open"] = self._open  # type: ignore[assignment]  # bound methods are wanted
            self.rules[f"container_{name}_close"] = self._close  # type: ignore[assignment]

    def tags(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        token = tokens[index]
        # A bare word between blocks would be moved out of a table; a comment may stand anywhere.
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
        picture: Picture = token.meta["picture"]
        width, height = picture.within(token.meta["room"])
        source, says = escapeHtml(picture.url), escapeHtml(token.content)
        name = "picture" if token.meta["alone"] else "picture among"
        return f'<img src="{source}" alt="{says}" width="{width}" height="{height}" class="{name}">'

    def list_item_open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        return '<li class="task">' if tokens[index].meta.get("task") else "<li>"

    def task(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        return f'<span class="box">{_BOXES[bool(tokens[index].meta["done"])]}</span>&nbsp;'

    def footnote_ref(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        return f"<sup>{tokens[index].meta['id'] + 1}</sup>"

    def footnote_number(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        return f"<sup>{tokens[index].meta['id'] + 1}</sup>&nbsp;"

    def footnote_block_open(self, *_: object) -> str:
        return '<div class="footnotes">\n'

    def footnote_block_close(self, *_: object) -> str:
        return "</div>\n"

    def footnote_open(self, *_: object) -> str:
        return ""

    footnote_close = footnote_open

    def table_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, object]) -> str:
        self._columns, in_head, words = [], True, [""]
        for token in takewhile(lambda token: token.type != "table_close", tokens[index:]):
            in_head = in_head and token.type != "thead_close"
            if token.type == "inline":
                words += token.content.split()
                if in_head:
                    self._columns.append(self.renderInline(token.children or [], options, env))
        # A word wider than its column would widen the table and the whole mail.
        crowded = len(self._columns) > _MOST_COLUMNS or max(map(len, words)) > _LONGEST_WORD
        return _TABLE.format(" fixed" if crowded else "")

    def tr_open(self, *_: object) -> str:
        self._column = 0
        return "<tr>\n"

    def th_open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        return f'<th scope="col" align="{_side(tokens[index])}">'

    def td_open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        heading = self._columns[self._column] if self._column < len(self._columns) else ""
        self._column += 1
        # On a phone each cell becomes a line of its own with its heading, which wide screens hide.
        label = f'<span class="of-column">{heading}: </span>' if heading and tokens[index + 1].content else ""
        return f'<td align="{_side(tokens[index])}">{label}'

    def _open(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        name, title = block_name(tokens[index])
        if name == "button":
            return self.button
        label = f'<span class="label">{LABELS[name]}</span>' if LABELS[name] else ""
        if label and title:
            label += '<span class="unseen">: </span>'
        heading = f'<h2 class="block-title">{label}{escape(title)}</h2>\n' if label or title else ""
        return self.panel.format(name=name) + heading

    def _close(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        return self.end_of_button if tokens[index].type == "container_button_close" else self.end_of_panel


def _side(token: Token) -> str:
    return str(token.attrs.get("style", "text-align:left")).rpartition(":")[2]


def visible(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without the paragraph around a button's link: the table cell is its box."""
    out: list[Token] = []
    in_button = False
    for token in tokens:
        if token.type.startswith("container_button"):
            in_button = token.nesting == 1
        if not (in_button and token.type.startswith("paragraph")):
            out.append(token)
    return out


OPTIONS = OptionsDict(
    {
        "maxNesting": 20, "html": False, "linkify": False, "typographer": False, "quotes": "",
        "xhtmlOut": False, "breaks": False, "langPrefix": "", "highlight": None,
    }
)  # fmt: skip
