"""One request for a pixel or a link, and the line it waits as."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

import msgspec

_MOST = (1 << 63) - 1  # of either database

_Number = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]


def _new_id() -> str:
    # The time first, so that hits of one moment lie side by side in the index of a million.
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


@dataclass(frozen=True, slots=True)
class Hit:
    """As it came in. `at` is story time, UTC; `network` a /24 or /48; `headers` only the few that tell a machine."""

    kind: Literal["open", "click"]
    delivery_id: _Number
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    nonce: str | None = None  # the delivery's
    edition_lesson_id: _Number | None = None
    link: _Number | None = None
    method: str = "GET"
    network: str = ""
    user_agent: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] = field(default_factory=_new_id)

    def to_line(self) -> bytes:
        return _encoder.encode(self) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Hit:
        """Raises ValueError for a line that is not a whole hit."""
        try:
            return _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ValueError("not a hit") from error


_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(Hit)
