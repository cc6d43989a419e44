"""Every address and every token of the service. A token opens one purpose only (promise 8) and names rows by number.

No address says anything about the reader: no e-mail, no name, only numbers and a signature.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

_NUMBER = "(?:0|[1-9a-z][0-9a-z]*)"
_SIZE = 16  # bytes of a signature; BLAKE2b gives four for the price of one
# Mail programs make links of what only looks like one, and take what stands behind it along: a full stop, a bracket, a
# space, as they are or encoded (`%20`, `&gt;`). A signature has a fixed length, so whatever begins behind it with
# neither a letter nor a digit was never ours.
_TOKEN = re.compile(rf"({_NUMBER}(?:-{_NUMBER})*)\.([0-9a-f]{{{2 * _SIZE}}})(?:[^0-9A-Za-z].*)?", re.DOTALL)
_LONGEST_TOKEN = 200
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Purpose(StrEnum):
    """What a token opens. The value is the path it stands under and the salt it is signed with."""

    CONFIRM = "confirm"  # signup, issued
    UNSUBSCRIBE = "u"  # delivery
    PREFERENCES = "p"  # delivery
    WEB_COPY = "r"  # delivery
    OPEN = "o"  # delivery
    CLICK = "c"  # delivery, published lesson, link number
    DOWNLOAD = "download"  # signup, issued; in a lesson: delivery, issued, number of a name
    WATCH = "watch"  # the same
    BOOK = "book"  # lead, delivery, number of a name; before there were several: lead, delivery
    AGAIN = "again"  # signup
    NOT_ME = "not-me"  # delivery
    SIGN_IN = "sign-in"  # sign-in row, issued


# Every mail holds these. One digest of the delivery signs all four, in this order for ever.
IN_EVERY_MAIL = (Purpose.OPEN, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.WEB_COPY)

EXPIRES: dict[Purpose, timedelta] = {
    Purpose.CONFIRM: timedelta(days=30),
    Purpose.DOWNLOAD: timedelta(days=90),
    Purpose.WATCH: timedelta(days=180),
    Purpose.SIGN_IN: timedelta(minutes=30),
}


@dataclass(frozen=True)
class Links:
    """Makes and opens links for one site. The first key signs, all keys open.

    A signature is 16 bytes of keyed BLAKE2b (RFC 7693, 2.9). A mail holds a dozen tokens, and to sign each by itself
    would cost as much as filling the mail: what every mail holds is signed together, a quarter of one digest for each,
    and so are each four links of a lesson.
    """

    site_url: str
    keys: tuple[str, ...]
    bounce_address: str = ""  # where mail that comes back is to go; empty: to the sender's own address
    _macs: dict[Purpose, list[blake2b]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _mails: list[blake2b] = field(default_factory=list, init=False, repr=False, compare=False)
    _links: list[blake2b] = field(default_factory=list, init=False, repr=False, compare=False)
    _paths: dict[Purpose, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _message_ids: blake2b = field(init=False, repr=False, compare=False)
    _digests: hmac.HMAC = field(init=False, repr=False, compare=False)  # that have taken in `address:`

    def __post_init__(self) -> None:
        for purpose in Purpose:
            self._macs[purpose] = [_mac(key, f"funnel.{purpose.name}", _SIZE) for key in self.keys]
            self._paths[purpose] = self.url(f"{purpose.value}/")
        self._mails.extend(_mac(key, "funnel.every-mail", 4 * _SIZE) for key in self.keys)
        self._links.extend(_mac(key, "funnel.four-links", 4 * _SIZE) for key in self.keys)
        object.__setattr__(self, "_message_ids", _mac(self.keys[-1], "message-id", 10))
        object.__setattr__(self, "_digests", hmac.new(self.keys[-1].encode(), b"address:", "sha256"))

    def token(self, purpose: Purpose, *numbers: int) -> str:
        return self._signed(purpose, "-".join(map(_base36, numbers)))

    def open(self, purpose: Purpose, token: str, count: int) -> tuple[int, ...] | None:
        """The numbers of a token made for this purpose, else None. Compared in constant time.

        What a mail program has taken along behind it is passed over.
        """
        found = _TOKEN.fullmatch(token) if len(token) <= _LONGEST_TOKEN else None
        if found is None:
            return None
        text, signature = found.groups()
        if not any(hmac.compare_digest(each, signature) for each in self._signatures(purpose, text)):
            return None
        numbers = tuple(int(part, 36) for part in text.split("-"))
        return numbers if len(numbers) == count else None

    def dated_token(self, purpose: Purpose, number: int, now: datetime) -> str:
        return self.token(purpose, number, int(now.timestamp()))

    def open_dated(self, purpose: Purpose, token: str, now: datetime) -> tuple[int | None, bool]:
        """(the number, still valid). (None, False) where the token is not ours; a past one still says its number."""
        numbers = self.open(purpose, token, 2)
        if numbers is None:
            return None, False
        issued = datetime.fromtimestamp(numbers[1], UTC)
        return numbers[0], now - issued <= EXPIRES[purpose]

    def named_to(self, purpose: Purpose, delivery_id: int, name: str, now: datetime) -> str:
        """The address of what a lesson names, for the reader of this delivery; it grows old as dated ones do."""
        return self.to(purpose, delivery_id, int(now.timestamp()), number_of(name))

    def open_named(self, purpose: Purpose, token: str, now: datetime) -> tuple[int, int, bool] | None:
        """(the delivery, the name's number, still valid); None where the token is not ours."""
        numbers = self.open(purpose, token, 3)
        if numbers is None:
            return None
        delivery_id, issued, number = numbers
        return delivery_id, number, now - datetime.fromtimestamp(issued, UTC) <= EXPIRES[purpose]

    def url(self, path: str) -> str:
        return f"{self.site_url}/{path.lstrip('/')}"

    def start(self, purpose: Purpose) -> str:
        """What every address of this purpose begins with; its token follows."""
        return self._paths[purpose]

    def to(self, purpose: Purpose, *numbers: int) -> str:
        return f"{self.start(purpose)}{self.token(purpose, *numbers)}{_suffix(purpose)}"

    def in_every_mail(self, delivery_id: int) -> list[str]:
        """How the addresses that every mail of a course holds end, its pixel and its pages: of `IN_EVERY_MAIL`."""
        number = _base36(delivery_id)
        pixel, *pages = [f"{number}.{signature}" for signature in _four(self._mails[0], number)]
        return [pixel + _suffix(Purpose.OPEN), *pages]

    def clicks(self, delivery_id: int, edition_lesson_id: int, count: int) -> list[str]:
        """How the tracked addresses of a lesson's links 0 to `count` - 1 end."""
        lesson, mac = f"{_base36(delivery_id)}-{_base36(edition_lesson_id)}-", self._links[0]
        fours = [_four(mac, lesson + four) for four in _first_numbers(-(-count // 4))]
        signatures = chain.from_iterable(fours)
        return [f"{lesson}{n}.{signature}" for n, signature in zip(_first_numbers(count), signatures, strict=False)]

    def dated_to(self, purpose: Purpose, number: int, now: datetime) -> str:
        return self.start(purpose) + self.dated_token(purpose, number, now)

    def message_id(self, delivery_id: int, domain: str) -> str:
        """A Message-ID that never changes for a delivery and cannot be guessed for another."""
        number = _base36(delivery_id)
        return f"<{number}.{_hex(self._message_ids, number)}@{domain}>"

    def return_path(self, message_id: str) -> str | None:
        """The envelope sender (VERP) of the mail with this Message-ID of ours, at most 64 characters before the `@`.

        The token is the Message-ID's own: both say which delivery this was and nothing else, whoever sees one sees the
        other, and it costs no second signature. None where there is no bounce address.
        """
        if not self.bounce_address:
            return None
        local, _, domain = self.bounce_address.partition("@")
        return f"{local}+{message_id[1:].partition('@')[0]}@{domain}"

    def address_digest(self, email_key: str) -> str:
        """What stays of an address after it is erased: enough to recognise it, not enough to read it.

        Made with the oldest key, so that adding a new key does not forget who must not be mailed.
        """
        fresh = self._digests.copy()
        fresh.update(email_key.encode())
        return fresh.hexdigest()

    def _signed(self, purpose: Purpose, text: str) -> str:
        return f"{text}.{next(self._signatures(purpose, text))}"

    def _signatures(self, purpose: Purpose, text: str) -> Iterator[str]:
        """What a token of this text may be signed with, by each key."""
        if purpose in IN_EVERY_MAIL:
            for mac in self._mails:
                yield _four(mac, text)[IN_EVERY_MAIL.index(purpose)]
        elif purpose is Purpose.CLICK:
            lesson, dash, link = text.rpartition("-")
            four, at = divmod(int(link, 36), 4)
            for mac in self._links:
                yield _four(mac, f"{lesson}{dash}{_base36(four)}")[at]
        # All other tokens; and these two kinds in mail that left before they were signed together.
        for mac in self._macs[purpose]:
            yield _hex(mac, text)


def number_of(name: str) -> int:
    """What stands for a name in a token: 40 bits, so that two names of one practice never share a number."""
    return int.from_bytes(blake2b(name.encode(), digest_size=5).digest(), "big")


def _suffix(purpose: Purpose) -> str:
    return ".gif" if purpose is Purpose.OPEN else ""


def _mac(key: str, use: str, size: int) -> blake2b:
    """A keyed hash that has taken in nothing yet; the key may be of any length, BLAKE2b's own may not."""
    derived = hmac.digest(key.encode(), use.encode(), "sha256")
    return blake2b(key=derived, digest_size=size)


def _four(mac: blake2b, text: str) -> tuple[str, str, str, str]:
    """Four signatures of one text; none of them says anything about the others."""
    digest = _hex(mac, text)
    return digest[:32], digest[32:64], digest[64:96], digest[96:]


def _hex(mac: blake2b, text: str) -> str:
    fresh = mac.copy()
    fresh.update(text.encode())
    return fresh.hexdigest()


@lru_cache(maxsize=64)
def _first_numbers(count: int) -> tuple[str, ...]:
    return tuple(map(_base36, range(count)))


@lru_cache(maxsize=1024)
def _base36(number: int) -> str:
    if number < 0:
        raise ValueError("only numbers from 0 are put into a token")
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits
