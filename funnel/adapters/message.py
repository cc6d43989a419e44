"""From a Mail to what may go on a wire: addresses checked and in ASCII where they can be, the content safe to send."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import idna

from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.mime import CannotEncode, encode

# RFC 5322 dot-atom, opened to UTF-8 as in RFC 6531 3.3. Quoted local parts are refused: rare, and each is a risk.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\ud7ff\ue000-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")


class Unsendable(ValueError):
    """A mail that no server needs to see to be refused; `outcome` says what that means for it."""

    def __init__(self, kind: OutcomeKind, detail: str) -> None:
        super().__init__(detail)
        # What is wrong with a reader's address is not; all else was made by us.
        self.outcome = Outcome(kind, detail[:500], ours=kind is not OutcomeKind.PERMANENT_RECIPIENT)


class Envelope(NamedTuple):
    """One mail as it goes out: two addresses, the content in CRLF lines, and whether SMTPUTF8 is needed for it.

    `fragments` are the content before it is joined; `dots` says whether a line of it may begin with a dot.
    """

    sender: str
    recipient: str
    fragments: Sequence[bytes]
    dots: bool
    utf8: bool

    @property
    def content(self) -> bytes:
        return b"".join(self.fragments)

    @property
    def size(self) -> int:
        """How many bytes the content has."""
        return sum(map(len, self.fragments))


@dataclass(frozen=True, slots=True)
class Signed(Mail):
    """A mail whose content is signed when it is finished: `sign` is given it and gives back what is to be sent."""

    sign: Callable[[bytes], bytes] = field(kw_only=True)


def prepare_envelope(mail: Mail, *, utf8: bool) -> Envelope:
    """What goes on the wire for `mail`; `utf8` says whether the next hop takes addresses that are not ASCII (RFC 6531).

    Raises Unsendable: the reader's address is none, or a header would break out of its line, or the sender is not one.
    """
    sender = _own_address(mail.sender.address, utf8, "The sender's address")
    # An empty return path is a right one: nobody is told when such a mail bounces (RFC 5321, 4.5.5).
    bounces_to = mail.envelope_from and _own_address(mail.envelope_from, utf8, "The return address")
    recipient = _wire_address(mail.recipient.address, utf8, "The reader's address", OutcomeKind.PERMANENT_RECIPIENT)
    try:
        fragments, dots = encode(mail, sender, recipient)
    except CannotEncode as error:
        raise Unsendable(OutcomeKind.PERMANENT_MESSAGE, str(error)) from error
    if isinstance(mail, Signed):
        fragments = (mail.sign(b"".join(fragments)),)
    return Envelope(bounces_to, recipient, fragments, dots, not (bounces_to + sender + recipient).isascii())


@lru_cache(maxsize=256)
def _own_address(address: str, utf8: bool, whose: str) -> str:
    """One of ours in its wire form; a wrong one is a matter of the settings."""
    return _wire_address(address, utf8, whose, OutcomeKind.AUTH_CONFIG)


def _wire_address(address: str, utf8: bool, whose: str, kind: OutcomeKind) -> str:
    """The address with its domain in A-labels (RFC 5890). Raises Unsendable of `kind`, never repeating the address."""
    local, _, domain = address.rpartition("@")
    if not _LOCAL.fullmatch(local) or len(local.encode()) > 64:
        raise Unsendable(kind, f"{whose} is not an e-mail address")
    domain = _wire_domain(domain)
    if not domain:
        raise Unsendable(kind, f"{whose} has a domain that cannot exist")
    if not local.isascii() and not utf8:
        # The reader can be reached through another server: the mail waits until there is one.
        kind = OutcomeKind.PERMANENT_MESSAGE if kind is OutcomeKind.PERMANENT_RECIPIENT else kind
        raise Unsendable(kind, f"{whose} has letters before the @ that this mail server does not take (no SMTPUTF8)")
    return f"{local}@{domain}"


@lru_cache(maxsize=1024)
def _wire_domain(domain: str) -> str:
    """The domain in A-labels; "" where it cannot exist."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    return domain if _DOMAIN.fullmatch(domain) and len(domain) <= 253 else ""
