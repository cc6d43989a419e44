"""One request for a pixel or a link, and the line it waits as."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

HIT_KINDS = ("open", "click")
_TOO_BIG = 1 << 63  # for either database
_LONGEST_ID = 80


def _new_id() -> str:
    # The time first, so that hits of one moment lie side by side in the index of a million.
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


@dataclass(frozen=True, slots=True)
class Hit:
    """As it came in. `at` is story time, UTC; `network` a /24 or /48; `headers` only the few that tell a machine."""

    kind: str  # open, click
    delivery_id: int
    at: datetime
    nonce: str | None = None  # the delivery's
    edition_lesson_id: int | None = None
    link: int | None = None
    method: str = "GET"
    network: str = ""
    user_agent: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=_new_id)

    def to_line(self) -> bytes:
        data = {
            "kind": self.kind,
            "delivery_id": self.delivery_id,
            "nonce": self.nonce,
            "at": self.at.isoformat(),
            "edition_lesson_id": self.edition_lesson_id,
            "link": self.link,
            "method": self.method,
            "network": self.network,
            "user_agent": self.user_agent,
            "headers": self.headers,
            "id": self.id,
        }
        return _encode(data).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Hit:
        """Raises ValueError for a line that is not a whole hit."""
        try:
            data: dict[str, Any] = json.loads(line)
            hit = cls(**(data | {"at": datetime.fromisoformat(data["at"])}))
        except (KeyError, TypeError) as error:
            raise ValueError("not a hit") from error
        numbers = (hit.delivery_id, hit.edition_lesson_id or 0, hit.link or 0)
        whole = all(isinstance(number, int) and 0 <= number < _TOO_BIG for number in numbers)
        whole = (
            whole
            and isinstance(hit.headers, dict)
            and isinstance(hit.nonce, str | None)
            and 0 < len(hit.id) <= _LONGEST_ID
        )
        if not whole or hit.kind not in HIT_KINDS or hit.at.tzinfo is None:
            raise ValueError("not a hit")
        return hit


_encode = json.JSONEncoder(separators=(",", ":")).encode
