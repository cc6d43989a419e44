"""A written part with all filled in that readers share: only what is a reader's own is left, between fixed pieces.

Filling a template costs ten times what joining pieces does. Readers of one lesson differ in their name and in the
addresses that are signed for them; conditions ask about little else, and come out in a few ways.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache

from jinja2 import nodes

from funnel.compose.language import ALLOWED, LINK_FUNCTIONS, TEXT
from funnel.compose.written import SOFT, Spelled, finished

_GAP = re.compile(rb"\0([a-z0-9_]+)\0")
_OWN = re.compile(r"link_\d+|page_[a-z]+|pixel|subject|preheader|first_name")
_FIRST_NAME = "first_name"
_NOTES = ("ref", "notes")
_CALLS = (*LINK_FUNCTIONS, *_NOTES)


class Pieces:
    """Text, and the names of what is to stand between, in turns; the first and the last are text."""

    def __init__(self, turns: Sequence[bytes]) -> None:
        self._turns = list(turns)
        self._names = tuple(name.decode("ascii") for name in turns[1::2])

    def fill(self, values: Mapping[str, bytes]) -> Sequence[bytes]:
        """The part as it stands in the mail, to be joined; with each value as `written` gives it."""
        turns = self._turns.copy()
        turns[1::2] = [values[name] for name in self._names]
        return tuple(turns)


_MOST = 512
_KEPT: dict[Hashable, Pieces] = {}


def gap(name: str) -> Spelled:
    """The value that leaves a gap of this name where it is put into a text."""
    found = Spelled(name)
    found.in_text = found.in_html = f"\0{name}\0{SOFT}"
    return found


def kept(key: Hashable) -> Pieces | None:
    """The pieces that were kept under this key, which says all that they depend on."""
    return _KEPT.get(key)


def keep(key: Hashable, filled: str, *, html: bool) -> Pieces:
    """The pieces of a part that was filled with gaps; kept, among some hundred others."""
    if len(_KEPT) >= _MOST:
        _KEPT.clear()
    pieces = Pieces(_GAP.split(finished(filled, html=html)))
    _KEPT[key] = pieces
    return pieces


@lru_cache(maxsize=512)
def shared_facts(source: str) -> tuple[str, ...] | None:
    """Which variables beside a reader's own the text depends on, sorted; None where it cannot be cut into pieces.

    It can where a reader's own values are put into the text as they are, or asked about only whether they are there.
    """
    found = list(_uses(TEXT.parse(source), as_it_is=True))
    if any(_OWN.fullmatch(name) and not as_it_is for name, as_it_is in found):
        return None
    return tuple(sorted({name for name, _ in found if not _OWN.fullmatch(name)}))


def _uses(node: nodes.Node, *, as_it_is: bool) -> Iterator[tuple[str, bool]]:
    """Every variable below this node, and whether its value goes through unchanged, or only its being there counts.

    What a lesson could not use a practice's own layout may: there a reader's own may be anywhere, and is taken to be.
    """
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        whose = node.node.name
        yield (whose, as_it_is) if whose != "lead" else (_FIRST_NAME, as_it_is and node.attr == "first_name")
    elif isinstance(node, nodes.Name):
        yield (_FIRST_NAME, False) if node.name == "lead" else (node.name, as_it_is)
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _CALLS:
        if node.node.name not in _NOTES:
            yield "page_any", as_it_is
        for argument in node.args:
            yield from _uses(argument, as_it_is=True)
    elif isinstance(node, nodes.Call) or not isinstance(node, ALLOWED):
        yield _FIRST_NAME, False
    else:
        through = isinstance(node, (nodes.Template, nodes.Output, nodes.If, nodes.CondExpr, nodes.And, nodes.Or))
        through = through or (isinstance(node, nodes.Filter) and node.name == "default")
        whether = isinstance(node, nodes.Not)
        for child in node.iter_child_nodes():
            yield from _uses(child, as_it_is=whether or (as_it_is and through))
