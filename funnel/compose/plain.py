"""Tokens to a text part worth reading: wrapped at 76 columns, steps numbered, addresses at hand.

An address follows its paragraph as a numbered note, so that the sentence stays readable. Where a condition holds a
link, the numbers are given while the mail is filled, so no reader sees a number missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from markdown_it.token import Token

from funnel.compose.conditionals import links_in_conditions
from funnel.compose.html import LABELS
from funnel.compose.markup import block_name
from funnel.compose.placeholders import Placeholders
from funnel.compose.tables import TextTable, as_list, text_table
from funnel.compose.wrapping import COLUMNS, to_be_wrapped
from funnel.curriculum.links import link_kind

_INDENTED = "    "
_MARKS = {"strong": "*", "em": "_", "s": "~"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def to_text(tokens: Sequence[Token], placeholders: Placeholders) -> str:
    """The body's text, with an empty line between blocks. Call `number_links` first."""
    writer = _Writer(placeholders, links_in_conditions(tokens, placeholders))
    for token in tokens:
        writer.take(token)
    return "".join(writer.out)


def wrap(text: str, placeholders: Placeholders, first: str = "", then: str = "") -> str:
    """The text in lines of at most 76 columns where its words allow; `first` and `then` begin the lines.

    A line with a placeholder is wrapped when it is filled: see `wrapping`.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, begin = "", first if not lines else then
        if placeholders.pattern.search(paragraph):
            lines.append(to_be_wrapped(paragraph, begin, then))
            continue
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and len(begin) + placeholders.width(longer) > COLUMNS:
                lines.append((begin + line).rstrip())
                line, begin = word, then
            else:
                line = longer
        lines.append((begin + line).rstrip())
    return "\n".join(lines)


class _Writer:
    def __init__(self, placeholders: Placeholders, counted: bool) -> None:
        self.out: list[str] = []
        self._counted = counted
        self._addresses: list[str] = []  # the notes so far
        self._blanks = placeholders
        self._indents: list[str] = []
        self._bullet = ""  # the prefix of a list item's next paragraph
        self._lists: list[int | None] = []  # the next number, or None for bullets
        self._button = False
        self._heading = ""
        self._tight = False
        self._table: TextTable | None = None

    def take(self, token: Token) -> None:
        name = token.type
        if name == "inline" and self._table is not None:
            self._table.cell(self._words(token.children or ()))
        elif name == "inline":
            self._inline(token)
        elif name == "tags":
            self.out.append(token.content)
        elif name == "paragraph_open":
            self._tight = token.hidden
        elif name == "heading_open":
            self._heading = "=" if token.tag == "h1" else "-"
        elif name == "heading_close":
            self._heading = ""
        elif name in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(int(token.attrs.get("start", 1)) if name == "ordered_list_open" else None)
        elif name in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
            self.out.append("\n")
        elif name == "list_item_open":
            self._item()
        elif name == "blockquote_open":
            self._indents.append("> ")
        elif name in ("list_item_close", "blockquote_close"):
            self._indents.pop()
        elif name == "table_open":
            self._table = TextTable(len(self._addresses))
        elif name == "table_close":
            self._write_table()
        elif self._table is not None:
            self._table.take(token)
        elif name == "footnote_block_open":
            self._write(self._indent() + "-----")
        elif name == "hr":
            self._write(self._indent() + "* * *")
        elif name in ("fence", "code_block"):
            self._write("\n".join(self._indent() + line for line in token.content.rstrip("\n").split("\n")))
        elif name.startswith("container_"):
            self._block(token)

    def _indent(self) -> str:
        return "".join(self._indents)

    def _write(self, text: str) -> None:
        self.out.append(text + "\n\n")

    def _item(self) -> None:
        number = self._lists[-1]
        if number is None:
            self._bullet = "- "
        else:
            self._bullet = f"{number}. "
            self._lists[-1] = number + 1
        self._indents.append(" " * len(self._bullet))

    def _block(self, token: Token) -> None:
        name = token.type.removeprefix("container_").rpartition("_")[0]
        self._button = name == "button" and token.nesting == 1
        if name == "button":
            return
        if token.nesting == -1:
            self._indents.pop()
            return
        title = ": ".join(part for part in (LABELS[name], block_name(token)[1]) if part)
        if title:
            self._write(self._indent() + title + "\n" + self._indent() + "-" * min(self._blanks.width(title), COLUMNS))
        self._indents.append(_INDENTED)

    def _inline(self, token: Token) -> None:
        noted = len(self._addresses)
        text = self._words(token.children or ())
        then = self._indent()
        first = then
        if self._bullet:
            first, self._bullet = then[: len(then) - len(self._bullet)] + self._bullet, ""
        lines = wrap(text, self._blanks, first, then)
        if self._heading:
            lines += "\n" + then + self._heading * min(self._blanks.width(text), COLUMNS)
        lines += self._notes(noted)
        self.out.append(lines + ("\n" if self._tight else "\n\n"))

    def _notes(self, noted: int) -> str:
        """The address lines that were added after the first `noted`."""
        lines, then = "", self._indent()
        for number, address in enumerate(self._addresses[noted:], noted + 1):
            placeholder = "\n" if number == noted + 1 and not self._tight else ""
            if self._counted:
                return lines + self._blanks.keep(f"{{{{ notes({placeholder!r}, {then!r}) }}}}", width=0)
            lines += f"{placeholder}\n{then}[{number}] " + self._blanks.keep(f"{{{{ {address} }}}}")
        return lines

    def _write_table(self) -> None:
        table, self._table = self._table, None
        assert table is not None  # noqa: S101
        then = self._indent()
        self._tight = False
        lines = text_table(table.rows, table.sides, COLUMNS - len(then), self._blanks)
        if lines is None:
            points = [
                [
                    wrap(first, self._blanks, then, then),
                    *[wrap(f"- {one}", self._blanks, f"{then}  ", f"{then}    ") for one in rest],
                ]
                for first, *rest in as_list(table.rows)
            ]
            text = "\n\n".join("\n".join(point) for point in points)
        else:
            text = "\n".join(then + line for line in lines)
        self._write(text + self._notes(table.noted))

    def _words(self, children: Sequence[Token]) -> str:
        """The text of one paragraph; addresses that are to follow it are noted."""
        out: list[str] = []
        address, begun = "", 0
        for token in children:
            if token.type == "softbreak":
                out.append(" ")
            elif token.type == "hardbreak":
                out.append("\n")
            elif token.type == "link_open":
                address, begun = self._address(token), len(out)
            elif token.type == "link_close":
                out[begun:] = [self._mention("".join(out[begun:]), address)]
            elif token.type.partition("_")[0] in _MARKS and token.nesting:
                out.append(_MARKS[token.type.partition("_")[0]])
            elif token.type == "task":
                out.append("[x] " if token.meta["done"] else "[ ] ")
            elif token.type.startswith("footnote"):
                number = str(token.meta["id"] + 1).translate(_RAISED)
                out.append(number + (" " if token.type == "footnote_number" else ""))
            elif token.type == "image":
                out.append(f"[{token.content}]" if token.meta["alone"] else token.content)
            else:
                out.append(token.content)
        return "".join(out)

    def _address(self, token: Token) -> str:
        if "link" in token.meta:
            return f"link_{token.meta['link']}"
        return str(token.meta.get("address") or token.attrs["href"])

    def _mention(self, label: str, address: str) -> str:
        if address.startswith("mailto:") or link_kind(address) in ("mail", "phone"):
            number = unquote(address.partition(":")[2].partition("?")[0])
            return label if number in label else f"{label} ({number})"
        if self._button:
            return f"{label}:\n{self._blanks.keep(f'{{{{ {address} }}}}', width=60)}"
        self._addresses.append(address)
        if self._counted:
            return f"{label} {self._blanks.keep(f'[{{{{ ref({address}) }}}}]', width=3)}"
        return f"{label} [{len(self._addresses)}]"
