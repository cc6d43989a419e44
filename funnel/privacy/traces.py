"""How one person is recognised in what others wrote: kept bodies, returned and caught mail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesParser
from urllib.parse import quote, unquote_to_bytes

_SHORTEST_ID = 8  # a provider's shorter number may stand in any mail
_END = rb"(?![\w-]|\.[\w-])"  # neither a longer domain nor a further label
_SOFT_BREAK = re.compile(rb"=\r?\n")
_QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
_BASE64 = re.compile(rb"content-transfer-encoding:\s*base64", re.IGNORECASE)
_ESCAPED = re.compile(rb"\\u00([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Traces:
    """Her address, and what names mails to her: our Message-IDs before their `@`, and the provider's ids.

    `mails` are their numbers. Names are not looked for: many people share one.
    """

    addresses: frozenset[str]
    ids: frozenset[str] = frozenset()
    mails: frozenset[int] = frozenset()
    _pattern: re.Pattern[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = {each.strip("<> ") for each in self.ids}
        exact = [re.escape(each.lower().encode()) for each in ids if len(each) >= _SHORTEST_ID]
        # An address is hers only as a whole: ann@example.org stands in joann@example.org too.
        whole = [
            (rb"(?<![\w.+-])" if "@" in text else rb"(?<![\w.-])") + re.escape(text.lower().encode()) + _END
            for address in self.addresses
            if address
            for text in _spellings(address)
        ]
        object.__setattr__(self, "_pattern", re.compile(b"|".join([*exact, *whole]) or rb"(?!)"))

    def named_in(self, data: bytes) -> bool:
        """Whether this names her, in a body of JSON or a form, or a mail: encoded or not, in any case of letters."""
        return any(self._pattern.search(text.lower()) for text in _readings(data))


def _spellings(address: str) -> set[str]:
    """An address as it is, as in a return path (`ada=example.org`), and with its plus sign as in a form."""
    local, _, domain = address.rpartition("@")
    return {address, f"{local}={domain}", quote(address, safe="@"), json.dumps(address)[1:-1]}


def _readings(data: bytes) -> Iterable[bytes]:
    yield data
    if b"\\u00" in data:
        yield _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)
    if b"%" in data:
        yield unquote_to_bytes(data)
    if b"=" in data:
        yield _QUOTED.sub(lambda found: bytes([int(found[1], 16)]), _SOFT_BREAK.sub(b"", data))
    if _BASE64.search(data):
        yield from _decoded(BytesParser(policy=policy.compat32).parsebytes(data))


def _decoded(message: Message) -> Iterable[bytes]:
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content
