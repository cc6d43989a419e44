"""Which links of a mail are never tracked, whatever the settings: nobody is watched while looking for help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from funnel.curriculum.model import Helpline, Page
from funnel.curriculum.names import PAGES


class Untracked:
    """The reader's own pages, the practice's `untracked` ones, and every helpline."""

    def __init__(self, pages: Mapping[str, Page], helplines: Iterable[Helpline]) -> None:
        self._pages = frozenset((*PAGES, *(slug for slug, page in pages.items() if page.untracked)))
        self._hosts = frozenset(_host(line.url) for line in helplines if line.url)

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
