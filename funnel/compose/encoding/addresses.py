"""The addresses in one mail: each has a start that all readers share and an end of its own.

Only the ends are encoded for each reader. They are tokens of characters that need no encoding anywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from funnel.compose.addresses import direct
from funnel.compose.encoding.quoted_printable import EncodedText, encoded, placeholder, written
from funnel.compose.lesson import CompiledLesson
from funnel.compose.reader import Reader
from funnel.compose.untracked import STRAIGHT
from funnel.curriculum.addresses import email_key
from funnel.links import IN_EVERY_MAIL, Links, Purpose, links_mark

_PAGES = {
    Purpose.OPEN: "pixel",
    Purpose.UNSUBSCRIBE: "page_unsubscribe",
    Purpose.PREFERENCES: "page_preferences",
    Purpose.WEB_COPY: "page_web",
}
T = TypeVar("T", bound=str)
_PAUSE = ("page_pause", "page_preferences")  # one page under two names


class Addresses:
    """The addresses by their names in templates: `link_0` and so on, `page_web` and the others, and `pixel` if wanted.

    If a reader's clicks are not recorded, hers lead straight to their targets; some links do for everybody.
    """

    def __init__(
        self, compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime, *, pixel: bool
    ) -> None:
        self._links, self._tracked, self._pixel = links, reader.tracking != "none", pixel
        self._ends = links.in_every_mail(reader.delivery, email_key(reader.email))
        self.unsubscribe = links.start(Purpose.UNSUBSCRIBE) + self._ends[IN_EVERY_MAIL.index(Purpose.UNSUBSCRIBE)]
        self._direct: dict[str, str] = {}
        count = len(compiled.links)
        if self._tracked:
            self._ends += links.clicks(reader.delivery, reader.edition_lesson_id, links_mark(compiled.links), count)
        for n, entry in enumerate(compiled.links):
            if not self._tracked or entry.startswith(STRAIGHT):
                self._direct[f"link_{n}"] = direct(entry, reader.delivery, links, sent_at, compiled.name)
        self._names = _names(count if self._tracked else 0)

    @property
    def kind(self) -> Hashable:
        """What the placeholders depend on, besides the lesson."""
        return self._links.site_url, type(self._links), self._tracked, self._pixel

    def plain(self) -> dict[str, str]:
        """The addresses, not encoded."""
        whole = {name: self._start(name) + end for name, end in zip(self._names, self._ends, strict=True)}
        return self._all({**whole, **self._direct})

    def encoded(self) -> dict[str, EncodedText]:
        """The addresses, ready for an encoded template."""
        ends = dict(zip(self._names, self._ends, strict=True))
        return self._all({**self._after_their_starts(encoded(ends)), **encoded(self._direct)})

    def placeholders(self) -> dict[str, EncodedText]:
        """The addresses, with placeholders for what is the reader's own."""
        ends = {name: placeholder(name) for name in self._names}
        return self._all({**self._after_their_starts(ends), **{name: placeholder(name) for name in self._direct}})

    def written(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """The values for the placeholders of the text part, and of the HTML part."""
        lines = "\n".join(self._ends).encode("ascii").split(b"\n")
        ends = dict(zip(self._names, lines, strict=True))
        if not self._direct:
            return ends, ends.copy()
        text, html = written(self._direct)
        return ends | text, ends | html

    def _start(self, name: str) -> str:
        return self._links.start(_PURPOSES.get(name, Purpose.CLICK))

    def _after_their_starts(self, ends: Mapping[str, EncodedText]) -> dict[str, EncodedText]:
        return {name: encoded({name: self._start(name)})[name].followed_by(end) for name, end in ends.items()}

    def _all(self, addresses: dict[str, T]) -> dict[str, T]:
        alias, name = _PAUSE
        addresses[alias] = addresses[name]
        if not self._pixel:
            del addresses["pixel"]
        return addresses


_PURPOSES = {name: purpose for purpose, name in _PAGES.items()}


@lru_cache(maxsize=64)
def _names(links: int) -> tuple[str, ...]:
    """The names of the addresses that end with a token, in the order of `in_every_mail` and `clicks`."""
    return (*[_PAGES[purpose] for purpose in IN_EVERY_MAIL], *[f"link_{n}" for n in range(links)])
