"""Which links of a mail are never tracked, whatever the settings: nobody is watched while looking for help."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from funnel.curriculum.model import Page
from funnel.curriculum.names import FUNCTIONS, PAGES
from funnel.curriculum.practice import Helpline

STRAIGHT = "straight:"
"""Before an entry of the link table that leads straight to its target, whatever a reader chose."""
STRAIGHT_BEGINS = "straight_"
COUNTED_FUNCTIONS = tuple(name for name in FUNCTIONS if name != "page")
STRAIGHT_FUNCTIONS = tuple(STRAIGHT_BEGINS + name for name in COUNTED_FUNCTIONS)
"""What templates call for such an address, in place of `COUNTED_FUNCTIONS`."""
_NAMED = re.compile(rf"\b({'|'.join(COUNTED_FUNCTIONS)})\(")


def straight(source: str) -> str:
    """The Jinja of an address, with functions that give it without a click that is counted."""
    return _NAMED.sub(rf"{STRAIGHT_BEGINS}\1(", source)


class Untracked:
    """The reader's own pages, the practice's `untracked` ones, every helpline, and `others`, web addresses of help.

    `everything`: no link of this mail is tracked, as only readers with some result of a quiz get it.
    """

    def __init__(
        self,
        pages: Mapping[str, Page],
        helplines: Iterable[Helpline],
        *,
        others: Iterable[str] = (),
        everything: bool = False,
    ) -> None:
        self.everything = everything
        self._pages = frozenset((*PAGES, *(slug for slug, page in pages.items() if page.untracked)))
        self._hosts = frozenset(map(_host, (*(line.url for line in helplines if line.url), *others)))

    def page(self, name: str) -> bool:
        """Whether `page(name)` links straight to the page."""
        return name in self._pages

    def address(self, url: str) -> bool:
        """Whether this web address is a helpline's. Its whole site counts: the front page has the number too."""
        return _host(url) in self._hosts


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return url
    return host.rstrip(".").removeprefix("www.")
