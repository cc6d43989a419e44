"""What an e-mail address is: one answer for the form, the check of a folder, imports, settings and whoever sends."""

from __future__ import annotations

import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

ADDRESS_RULE = "Write the address alone, such as letters@example.org."
_ASCII_ONLY = "The letters before the @ must be a to z, digits and . _ + - signs: many mail servers take no others."


class AddressError(ValueError):
    """A text that cannot be an address to write to; the message says why, `fix` what to do."""

    def __init__(self, message: str, fix: str = ADDRESS_RULE) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def email_key(address: str) -> str:
    """How addresses are compared: NFC, case folded. Dots and plus signs count: they are different mailboxes."""
    return unicodedata.normalize("NFC", address).casefold()


def checked_address(text: str) -> str:
    """The address as it goes on the wire: its domain in A-labels (RFC 5890), without spaces around. No network is used.

    Raises AddressError: it is none, its local part has over 64 octets or the whole over 254 (RFC 5321, 4.5.3.1 with
    RFC 3696, erratum 1690), or its local part is not ASCII (RFC 6531), which needs servers all the way that take it.
    """
    text = text.strip()
    local, at, _ = text.rpartition("@")
    if at and not local.isascii():
        raise AddressError("has letters before the @ that many mail servers refuse", _ASCII_ONLY)
    if len(local) > 64:
        raise AddressError("has more than 64 characters before the @", "Look for a slip: no mailbox is called that.")
    try:
        checked = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise AddressError("is not an e-mail address") from error
    found = checked.ascii_email
    if found is None or len(found) > 254:
        raise AddressError("is longer than 254 characters", "Look for a slip: no address is as long as that.")
    return found


def wire_domain(text: str) -> str | None:
    """A host's name in lower case and in A-labels (IDNA 2008, RFC 5890), or None where it cannot be one."""
    try:
        return idna.encode(text, uts46=True).decode("ascii").lower() if text else None
    except idna.IDNAError:
        return None


def read_address(text: str) -> str | None:
    """The same, or None where it cannot be one."""
    try:
        return checked_address(text)
    except AddressError:
        return None
