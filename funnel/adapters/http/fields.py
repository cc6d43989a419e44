"""A mail's parts for APIs that want fields instead of a whole message, and the marks by which events find it again."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Collection
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parseaddr

import idna

from funnel.mail import Address, Mail

DELIVERY = "delivery"  # the name under which every provider keeps `mail.key` and sends it back with its events

# Set by the provider itself from other fields, or from the clock; given twice they would stand in the mail twice.
OWN_FIELDS = frozenset({"from", "to", "cc", "bcc", "subject", "reply-to", "date", "mime-version", "content-type"})
_SAFE = re.compile(r"[A-Za-z0-9_-]+")
_KEYS = uuid.UUID("6f0a1d9e-3c57-5a52-9b7e-0c6a2f4f1e11")


def headers_of(mail: Mail, without: Collection[str] = OWN_FIELDS) -> dict[str, str]:
    """The mail's further headers by name, values unchanged, but for those `without` names in lower case."""
    found: dict[str, str] = {}
    for name, value in mail.headers:
        if name.lower() not in without:
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def reply_to(mail: Mail) -> Address | None:
    """The address of the Reply-To header, its name decoded (RFC 2047); None where there is none."""
    value = next((value for name, value in mail.headers if name.lower() == "reply-to"), "")
    name, address = parseaddr(value)
    if "@" not in address:
        return None
    try:
        return Address(str(make_header(decode_header(name))), address)
    except (HeaderParseError, LookupError, UnicodeError):
        return Address("", address)


def sender_address(mail: Mail) -> str:
    """The sender's address with its domain in ASCII. Only for mails that `prepare_envelope` has let through."""
    local, _, domain = mail.sender.address.rpartition("@")
    return mail.sender.address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"


def mark(key: str, longest: int = 256) -> str:
    """A mail's key as a tag that holds only letters, digits, _ and -: itself where it does, else a digest of it."""
    if _SAFE.fullmatch(key) and len(key) <= longest:
        return key
    return f"sha256-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def mail_uuid(mail: Mail) -> uuid.UUID:
    """One UUID for a mail on all attempts.

    It is made from the key; the Message-ID, which no other installation can have, and the address keep apart mails of
    two services that share one account with a provider.
    """
    message_id = next((value for name, value in mail.headers if name.lower() == "message-id"), "")
    return uuid.uuid5(_KEYS, "\n".join((mail.key, message_id, mail.recipient.address)))


def to_json(value: object) -> bytes:
    """Compact JSON in ASCII, the same bytes for the same value."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")
