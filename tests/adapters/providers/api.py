"""What the stand-ins for providers' APIs share."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.adapters.providers.server import Answer, Heard

KEY = "Secret.Key-42_aB"
MAILJET_KEYS = ("Public0123abcdef", "Secret4567cdefAB")


@dataclass(frozen=True)
class Taken:
    """One mail that the API accepted: its delivery's mark, its reader, and the fields or the raw message."""

    delivery: str
    to: str
    fields: Mapping[str, Any]
    raw: bytes = b""


class Api:
    """Takes every mail, but for readers named in `refused`; `next` holds answers that come first, one a call."""

    scheme = ""
    url = ""
    batch = 1
    secrets: tuple[str, ...] = (KEY,)

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.refused: dict[str, Any] = {}
        self.next: deque[Answer] = deque()
        self.sizes: list[int] = []

    def __call__(self, heard: Heard) -> Answer:
        if self.next:
            return self.next.popleft()
        return self.answer(heard)

    def answer(self, heard: Heard) -> Answer:
        raise NotImplementedError

    def count(self) -> Counter[str]:
        return Counter(mail.delivery for mail in self.taken)

    def take(self, delivery: str, to: str, fields: Mapping[str, Any], raw: bytes = b"") -> None:
        self.taken.append(Taken(delivery, to, fields, raw))
