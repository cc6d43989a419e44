"""Every address and every token of the service. A token opens one purpose only (promise 8) and names rows by number.

No address says anything about the reader: no e-mail, no name, only numbers and a signature.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

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
    """Makes and opens links for one site. The first key signs, all keys open."""

    site_url: str
    keys: tuple[str, ...]
    _signers: dict[Purpose, Signer] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for purpose in Purpose:
            self._signers[purpose] = _QuickSigner(
                list(reversed(self.keys)),
                salt=f"funnel.{purpose.name}",
                key_derivation="hmac",
                digest_method=hashlib.sha256,
            )

    def token(self, purpose: Purpose, *numbers: int) -> str:
        return self._signers[purpose].sign("-".join(map(_base36, numbers))).decode()

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

    def dated_to(self, purpose: Purpose, number: int, now: datetime) -> str:
        return self.url(f"{purpose.value}/{self.dated_token(purpose, number, now)}")

    def message_id(self, delivery_id: int, domain: str) -> str:
        """A Message-ID that never changes for a delivery and cannot be guessed for another."""
        return f"<{_base36(delivery_id)}.{self._digest('message-id', str(delivery_id))}@{domain}>"

    def address_digest(self, email_key: str) -> str:
        """What stays of an address after it is erased: enough to recognise it, not enough to read it.

        Made with the oldest key, so that adding a new key does not forget who must not be mailed.
        """
        return hmac.new(self.keys[-1].encode(), b"address:" + email_key.encode(), hashlib.sha256).hexdigest()

    def _digest(self, use: str, text: str) -> str:
        return hmac.new(self.keys[-1].encode(), f"{use}:{text}".encode(), hashlib.sha256).hexdigest()[:20]


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError("only numbers from 0 are put into a token")
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits
