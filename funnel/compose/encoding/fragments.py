"""An encoded part with everything filled in that readers share, cut where a reader's own values go.

Filling a template costs ten times as much as joining fragments. Readers of one lesson differ in their names and in the
addresses signed for them; conditions ask about little else, and have few outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter

from jinja2 import nodes

from funnel.compose.encoding.quoted_printable import MARK, SOFT, read_back, written_text
from funnel.compose.sandbox import ALLOWED, LINK_FUNCTIONS, TEXT
from funnel.compose.untracked import STRAIGHT_FUNCTIONS
from funnel.compose.wrapping import cut_out, filled

_PLACEHOLDER = re.compile(rb"\0([a-z0-9_]+)\0")
_OWN = re.compile(r"link_\d+|page_[a-z]+|pixel|subject|preheader|first_name")
_FIRST_NAME = "first_name"
OWN_LINES = (_FIRST_NAME, "subject", "preheader")
_NOTES = ("ref", "notes")
_CALLS = (*LINK_FUNCTIONS, *STRAIGHT_FUNCTIONS, *_NOTES)


class Fragments:
    """Texts and the names of the values between them, alternating; the first and the last are texts."""

    def __init__(self, part: bytes) -> None:
        self._turns = _PLACEHOLDER.split(part)
        names = [name.decode("ascii") for name in self._turns[1::2]]
        # With fewer than two names, itemgetter does not return a tuple.
        self._values = itemgetter(*names) if len(names) > 1 else lambda values: [values[name] for name in names]

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """The part as it goes into the mail, with values in the form `written` gives."""
        if len(self._turns) == 1:
            return self._turns[0]
        turns = self._turns.copy()
        turns[1::2] = self._values(values)
        return b"".join(turns)


class TextFragments:
    """The text part. Lines that mix a reader's own words with others are wrapped for her."""

    def __init__(self, part: bytes) -> None:
        text, self._lines = cut_out(read_back(part), OWN_LINES) if MARK in part else ("", {})
        self._fragments = Fragments(written_text(text) if text else part)

    def fill(self, values: dict[str, bytes], own: Mapping[str, str]) -> bytes:
        """As `Fragments.fill`. `own` has the reader's own words, not encoded.

        The lines wrapped for her are added to the values.
        """
        for name, line in self._lines.items():
            values[name] = _line(line, *[own[each] for each in OWN_LINES]).fill(values)
        return self._fragments.fill(values)


@lru_cache(maxsize=4096)
def _line(line: str, *own: str) -> Fragments:
    """A line with one reader's own words. Cached, because many readers share a name."""
    return Fragments(written_text(filled(line, dict(zip(OWN_LINES, own, strict=True)))).removesuffix(SOFT.encode()))


_MOST = 512
_KEPT: dict[Hashable, tuple[TextFragments, Fragments]] = {}


def kept(key: Hashable) -> tuple[TextFragments, Fragments] | None:
    """The fragments of both parts kept under this key, which holds everything they depend on."""
    return _KEPT.get(key)


def keep(key: Hashable, text: bytes, html: bytes) -> tuple[TextFragments, Fragments]:
    """Keeps and returns the fragments of two parts filled with placeholders. At most some hundred are kept."""
    if len(_KEPT) >= _MOST:
        _KEPT.clear()
    _KEPT[key] = TextFragments(text), Fragments(html)
    return _KEPT[key]


@lru_cache(maxsize=512)
def shared_facts(*sources: str) -> tuple[str, ...] | None:
    """The variables, besides a reader's own, that these texts depend on, sorted. None where a text cannot be cut.

    A text can be cut if a reader's own values are only printed unchanged, or tested for being there.
    """
    found = [use for source in sources for use in _uses(TEXT.parse(source), as_it_is=True)]
    if any(_OWN.fullmatch(name) and not as_it_is for name, as_it_is in found):
        return None
    return tuple(sorted({name for name, _ in found if not _OWN.fullmatch(name)}))


def _uses(node: nodes.Node, *, as_it_is: bool) -> Iterator[tuple[str, bool]]:
    """Every variable below this node, and whether its value is printed unchanged or only tested for being there.

    A practice's own layout may use Jinja that a lesson may not: then any of the reader's values may be anywhere.
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
