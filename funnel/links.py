"""Every address and every token of the service. A token opens one purpose only (promise 8) and names rows by number.

No address says anything about the reader: no e-mail, no name, only numbers and a signature.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import want_bytes

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Purpose(StrEnum):
    """What a token opens. The value is the path it stands under and the salt it is signed with."""

    CONFIRM = "confirm"  # signup, issued
    UNSUBSCRIBE = "u"  # delivery
    PREFERENCES = "p"  # delivery
    WEB_COPY = "r"  # delivery
    OPEN = "o"  # delivery
    CLICK = "c"  # delivery, published lesson, link number
    DOWNLOAD = "download"  # signup, issued
    WATCH = "watch"  # signup, issued
    BOOK = "book"  # lead, delivery
    SIGN_IN = "sign-in"  # sign-in row, issued


EXPIRES: dict[Purpose, timedelta] = {
    Purpose.CONFIRM: timedelta(days=30),
    Purpose.DOWNLOAD: timedelta(days=90),
    Purpose.WATCH: timedelta(days=180),
    Purpose.SIGN_IN: timedelta(minutes=30),
}


class _QuickSigner(Signer):
    """Derives its key once: deriving costs more than signing, and a mail holds a dozen tokens."""

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        known: dict[bytes, bytes] = self.__dict__.setdefault("_derived", {})
        wanted = self.secret_keys[-1] if secret_key is None else want_bytes(secret_key)
        if wanted not in known:
            known[wanted] = super().derive_key(wanted)
        return known[wanted]


@dataclass(frozen=True)
class Links:
    """Makes and opens links for one site. The first key signs, all keys open.

    A mail holds a dozen tokens, so a signature begins with a copy of a hash that has taken the key in already: that
    is the signer's own signature at a fifth of its price.
    """

    site_url: str
    keys: tuple[str, ...]
    _signers: dict[Purpose, Signer] = field(default_factory=dict, init=False, repr=False, compare=False)
    _keyed: dict[str, hmac.HMAC] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for purpose in Purpose:
            signer = _QuickSigner(
                list(reversed(self.keys)),
                salt=f"funnel.{purpose.name}",
                key_derivation="hmac",
                digest_method=hashlib.sha256,
            )
            self._signers[purpose] = signer
            self._keyed[purpose] = hmac.new(signer.derive_key(), digestmod=hashlib.sha256)
        self._keyed[""] = hmac.new(self.keys[-1].encode(), digestmod=hashlib.sha256)

    def token(self, purpose: Purpose, *numbers: int) -> str:
        return self._signed(purpose, "-".join(map(_base36, numbers)))

    def open(self, purpose: Purpose, token: str, count: int) -> tuple[int, ...] | None:
        """The numbers of a token made for this purpose, else None. Compared in constant time."""
        if len(token) > 200 or not token.isascii():
            return None
        try:
            text = self._signers[purpose].unsign(token).decode()
            numbers = tuple(int(part, 36) for part in text.split("-"))
        except (BadSignature, ValueError):
            return None
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

    def url(self, path: str) -> str:
        return f"{self.site_url}/{path.lstrip('/')}"

    def to(self, purpose: Purpose, *numbers: int) -> str:
        suffix = ".gif" if purpose is Purpose.OPEN else ""
        return self.url(f"{purpose.value}/{self.token(purpose, *numbers)}{suffix}")

    def clicks(self, delivery_id: int, edition_lesson_id: int, count: int) -> list[str]:
        """The tracked addresses of a lesson's links 0 to `count` - 1."""
        start = f"{_base36(delivery_id)}-{_base36(edition_lesson_id)}-"
        path = self.url(f"{Purpose.CLICK.value}/")
        return [path + self._signed(Purpose.CLICK, start + _base36(n)) for n in range(count)]

    def dated_to(self, purpose: Purpose, number: int, now: datetime) -> str:
        return self.url(f"{purpose.value}/{self.dated_token(purpose, number, now)}")

    def message_id(self, delivery_id: int, domain: str) -> str:
        """A Message-ID that never changes for a delivery and cannot be guessed for another."""
        return f"<{_base36(delivery_id)}.{self._digest('message-id', str(delivery_id))[:20]}@{domain}>"

    def address_digest(self, email_key: str) -> str:
        """What stays of an address after it is erased: enough to recognise it, not enough to read it.

        Made with the oldest key, so that adding a new key does not forget who must not be mailed.
        """
        return self._digest("address", email_key)

    def _signed(self, purpose: Purpose, text: str) -> str:
        mac = self._keyed[purpose].copy()
        mac.update(text.encode())
        return f"{text}.{urlsafe_b64encode(mac.digest()).rstrip(b'=').decode()}"

    def _digest(self, use: str, text: str) -> str:
        mac = self._keyed[""].copy()
        mac.update(f"{use}:{text}".encode())
        return mac.hexdigest()


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
