"""Where a mail that came back may carry our own word for which delivery it was.

The envelope sender of each mail is an address with a signed token (VERP); a bounce is sent to it, so the token stands
in the headers that name the recipient. The Message-ID is signed as well, and comes back in the returned mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from funnel.bounces.addresses import addresses
from funnel.bounces.arf import original_header
from funnel.bounces.message import MailParts
from funnel.bounces.model import OpenToken
from funnel.links import RowRef

_ENVELOPE = (
    "X-Envelope-To",
    "Envelope-To",
    "Delivered-To",
    "X-Original-To",
    "X-Rcpt-To",
    "X-Apparently-To",
    "To",
    "Cc",
)
_THREAD = ("In-Reply-To", "References", "X-Original-Message-Id")
_RETURNED = ("Return-Path", "Message-ID", "X-Env-Sender")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,200})>")
_MOST = 60


def find_token(parts: MailParts, open_token: OpenToken) -> tuple[str, RowRef] | None:
    """The first candidate that opens, with the delivery it opens to. Addresses first, then Message-IDs."""
    seen: set[str] = set()
    for candidate in _candidates(parts):
        if candidate in seen or len(candidate) > 200:
            continue
        seen.add(candidate)
        if len(seen) > _MOST:
            return None
        delivery = open_token(candidate)
        if delivery is not None:
            return candidate, delivery
    return None


def _candidates(parts: MailParts) -> Iterator[str]:
    for name in _ENVELOPE:
        for value in (parts.headers.get_all(name) or [])[:10]:
            for _, address in addresses(str(value)[:4000]):
                yield from _of_address(address)
    for name in _THREAD:
        yield from _of_ids(parts.header(name))
    for name in _RETURNED:
        value = original_header(parts.original, name)
        for _, address in addresses(value):
            yield from _of_address(address)
        yield from _of_ids(value)


def _of_address(address: str) -> Iterator[str]:
    """`bounces+TOKEN@…`: what stands behind the sign that parts them, then the whole local part."""
    local = address.rpartition("@")[0]
    for sign in "+=":
        if sign in local:
            yield local.partition(sign)[2]
    yield local


def _of_ids(value: str) -> Iterator[str]:
    for found in reversed(_MESSAGE_ID.findall(value)[-20:]):  # the newest of a thread stands last
        yield found.partition("@")[0]
