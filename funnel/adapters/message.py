"""From a Mail to what may go on a wire: addresses checked and in ASCII where they can be, the content safe to send."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import idna

from funnel.mail import CONTROL, HEAD_LINES, Address, Mail, Outcome, OutcomeKind

LONGEST_LINE = 998  # RFC 5322, 2.1.1: characters in a line, without its CRLF
_PLAIN = bytes(range(0x20, 0x7F))
_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}")
# RFC 5322 dot-atom, opened to UTF-8 as in RFC 6531 3.3. Quoted local parts are refused: rare, and each is a risk.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\ud7ff\ue000-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_BREAK = re.compile(rb"\r\n|\r|\n")


class Unsendable(ValueError):
    """A mail that no server needs to see to be refused; `outcome` says what that means for it."""

    def __init__(self, kind: OutcomeKind, detail: str) -> None:
        super().__init__(detail)
        # What is wrong with a reader's address is not; all else was made by us.
        self.outcome = Outcome(kind, detail[:500], ours=kind is not OutcomeKind.PERMANENT_RECIPIENT)


class Envelope(NamedTuple):
    """One mail as it goes out: two addresses, the content in CRLF lines, and whether SMTPUTF8 is needed for it.

    The content is kept in the pieces it came in, because who sends it puts it together with more.
    """

    sender: str
    recipient: str
    pieces: Sequence[bytes]
    utf8: bool

    @property
    def content(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def size(self) -> int:
        """How many bytes the content has."""
        return sum(map(len, self.pieces))


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
    pieces = _pieces(mail, sender, recipient)
    if isinstance(mail, Signed):
        pieces = (mail.sign(b"".join(pieces)),)
    return Envelope(bounces_to, recipient, pieces, not (bounces_to + sender + recipient).isascii())


def _pieces(mail: Mail, sender: str, recipient: str) -> Sequence[bytes]:
    """The message with the addresses in their wire form; where a local part is UTF-8, the header is too (RFC 6532)."""
    shown = {address: _stand_in(address) for address in (sender, recipient) if not address.isascii()}
    sender_shown, recipient_shown = shown.get(sender, sender), shown.get(recipient, recipient)
    if sender_shown != mail.sender.address or recipient_shown != mail.recipient.address:
        mail = replace(
            mail,
            sender=Address(mail.sender.name, sender_shown),
            recipient=Address(mail.recipient.name, recipient_shown),
        )
    try:
        head, *body = mail.pieces()
    except ValueError as error:
        _check_headers(mail)
        words = f"The message cannot be encoded: {error}"
        raise Unsendable(OutcomeKind.PERMANENT_MESSAGE, words) from error
    # A head of printable ASCII, with as many line ends as there are lines, is seen to be right at a glance.
    if not _are_names(tuple([name for name, _ in mail.headers])) or head.translate(None, _PLAIN) != _line_ends(mail):
        _check_headers(mail)
    for address, used in shown.items():
        head = head.replace(used.encode(), address.encode(), 1)
    if mail.parts is not None:
        # Parts that were written as quoted-printable are known to be right.
        return _in_crlf(head), *body
    return (_in_crlf(b"".join((head, *body))),)


def _line_ends(mail: Mail) -> bytes:
    return b"\r\n" * (len(mail.headers) + HEAD_LINES)


def _check_headers(mail: Mail) -> None:
    """Raises Unsendable where a header's name is none, or its value would break out of its line."""
    own = (("From", mail.sender.name), ("To", mail.recipient.name), ("Subject", mail.subject))
    for name, value in (*own, *mail.headers):
        if not _HEADER_NAME.fullmatch(name):
            raise Unsendable(OutcomeKind.PERMANENT_MESSAGE, f"{name[:40]!r} is not a name a header can have")
        if CONTROL.search(value):
            raise Unsendable(
                OutcomeKind.PERMANENT_MESSAGE, f"The header {name} holds a line break or another control character"
            )


@lru_cache(maxsize=64)
def _are_names(names: tuple[str, ...]) -> bool:
    """Whether each is a name a header can have; all mails of a kind have the same."""
    return all(map(_HEADER_NAME.fullmatch, names))


def _in_crlf(content: bytes) -> bytes:
    """The content with every line end as CRLF. Raises Unsendable where a line is too long."""
    # Bare CR or LF is how mail is smuggled past a server that reads lines differently (RFC 5321, 2.3.8).
    without = content.replace(b"\r\n", b"")
    if b"\r" in without or b"\n" in without:
        content = _BREAK.sub(b"\r\n", content)
    if _has_long_line(content):
        raise Unsendable(OutcomeKind.PERMANENT_MESSAGE, f"A line is longer than {LONGEST_LINE} characters")
    return content


def _has_long_line(content: bytes) -> bool:
    """Hops from line end to line end, as far apart as they may be: looking at every line would cost ten times more."""
    start = 0
    while len(content) - start > LONGEST_LINE:
        end = content.rfind(b"\r\n", start, start + LONGEST_LINE + 2)
        if end < 0:
            return True
        start = end + 2
    return False


def _stand_in(address: str) -> str:
    """An ASCII address to build the headers with."""
    local, _, domain = address.rpartition("@")
    return f"utf8-{zlib.crc32(local.encode()):08x}-{len(local)}@{domain}"


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
