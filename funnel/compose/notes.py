"""The numbered addresses below a paragraph of the text part, for paragraphs where conditions decide which there are."""

from __future__ import annotations

from funnel.compose.encoding.quoted_printable import one_after_another


class Notes:
    """The addresses that follow a paragraph of the text part, numbered in order."""

    def __init__(self) -> None:
        self._addresses: list[str] = []
        self._shown = 0

    def number(self, address: str) -> int:
        self._addresses.append(address)
        return len(self._addresses)

    def lines(self, placeholder: str, indent: str) -> str:
        """The addresses not shown yet, each on a line of its own."""
        new = list(enumerate(self._addresses[self._shown :], self._shown + 1))
        self._shown = len(self._addresses)
        parts = [part for n, address in new for part in (f"\n{indent}[{n}] ", address)]
        return one_after_another([placeholder, *parts]) if parts else ""
