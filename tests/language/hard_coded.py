"""Finds words that stand in a template and pass no catalogue by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from jinja2 import Environment, nodes

_SAID_IN_ATTRIBUTES = re.compile(r'\b(?:aria-label|title|alt|placeholder|label|content)="([^"]*)"')
_TAGS = re.compile(r"<!--.*?-->|<(style|script|svg)\b.*?</\1>|<[^>]*>", re.S)
_WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
_SAYS = {"_", "gettext", "ngettext"}
# What stands in these is for machines.
_NOT_SAID = re.compile(
    r"noindex|width=device-width, initial-scale=1|no-referrer|telephone=no.*|light dark|image/png"
    r"|summary_large_image|website"
)
# What is said by a catalogue already, names of shapes for the style sheet, and attributes that stand in a condition.
_FOR_MACHINES = re.compile(
    r"\{%-? *trans\b.*?endtrans *-?%\}|\{% block shape %\}.*?\{% endblock %\}|\{% macro marks.*?endmacro %\}", re.S
)
_ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def hard_coded(path: Path) -> list[str]:
    """Each text of a template that a reader would see in English whatever her language is."""
    source = path.read_text(encoding="utf-8")
    tree = _ENVIRONMENT.parse(_FOR_MACHINES.sub("", source))
    # Tags are cut by what Jinja puts into them, so the page is put together again, with a mark for each expression.
    page = "".join(_texts(tree)) if path.suffix == ".html" else ""
    found = [*_in_html(page)] if page else [text for text in _texts(tree) if _WORD.search(text)]
    return [" ".join(text.split()) for text in found] + [*_in_expressions(tree)]


def _texts(tree: nodes.Template) -> Iterator[str]:
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            yield node.data if isinstance(node, nodes.TemplateData) else "…"


def _in_html(page: str) -> Iterator[str]:
    attributes = [unescape(value) for value in _SAID_IN_ATTRIBUTES.findall(page)]
    yield from (value for value in attributes if _WORD.search(value) and not _NOT_SAID.fullmatch(value))
    yield from (text for text in map(unescape, _TAGS.sub("\n", page).split("\n")) if _WORD.search(text))


def _in_expressions(tree: nodes.Template) -> Iterator[str]:
    """Texts of several words that are written in an expression and said by nobody."""
    said = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in _SAYS | {"blank", "tag"}
        for constant in call.find_all(nodes.Const)
    }
    # What something is compared with is shown to nobody.
    said |= {id(constant) for compared in tree.find_all(nodes.Compare) for constant in compared.find_all(nodes.Const)}
    for constant in tree.find_all(nodes.Const):
        text = constant.value if isinstance(constant.value, str) and id(constant) not in said else ""
        if re.search(r"[A-Za-z]{2}.* [A-Za-z]{2}", text):
            yield text
