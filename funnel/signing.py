"""Short keyed signatures: four for the price of one where they are made together."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class TokenSigner:
    """Signatures of `size` bytes of keyed BLAKE2b (RFC 7693, 2.9), as lower-case hex. The first key signs.

    Each use has a key of its own, derived from the secret and a name that begins with `prefix`. Texts of the up to four
    uses named in `together` are signed with a quarter of one digest each; so are those of the use `fours`, four
    numbered ones at a time.
    """

    def __init__(self, keys: Sequence[str], size: int, prefix: str, together: Sequence[str], fours: str) -> None:
        self._keys, self._prefix, self._size = keys, prefix, size
        self._together, self._fours = together, fours
        self._macs: dict[str, list[blake2b]] = {}
        self._mails = [keyed(key, f"{prefix}every-mail", 4 * size) for key in keys]
        self._links = [keyed(key, f"{prefix}four-links", 4 * size) for key in keys]

    def sign(self, use: str, text: str) -> str:
        if use in self._together or use == self._fours:
            return next(self._signatures(use, text))
        return hexdigest(self._of_its_own(use)[0], text)

    def has_signed(self, use: str, text: str, signature: str) -> bool:
        """Compared in constant time."""
        return any(hmac.compare_digest(each, signature) for each in self._signatures(use, text))

    def of_all_together(self, text: str) -> tuple[str, str, str, str]:
        """The signatures of a text for the uses in `together`, in their order."""
        return self._quarters(self._mails[0], text)

    def of_fours(self, text: str, count: int) -> Iterator[str]:
        """The signatures of at least `count` texts for the use `fours`: of `text` with 0, 1, 2 … behind it."""
        mac = self._links[0]
        return chain.from_iterable(self._quarters(mac, text + four) for four in first_numbers(-(-count // 4)))

    def _signatures(self, use: str, text: str) -> Iterator[str]:
        """What a text may be signed with, by each key."""
        if use in self._together:
            for mac in self._mails:
                yield self._quarters(mac, text)[self._together.index(use)]
        elif use == self._fours:
            front, dash, number = text.rpartition("-")
            four, at = divmod(int(number, 36), 4)
            for mac in self._links:
                yield self._quarters(mac, f"{front}{dash}{base36(four)}")[at]
        # All other uses; and these in mail that left before they were signed together.
        for mac in self._of_its_own(use):
            yield hexdigest(mac, text)

    def _of_its_own(self, use: str) -> list[blake2b]:
        found = self._macs.get(use)
        if found is None:
            found = self._macs[use] = [keyed(key, self._prefix + use, self._size) for key in self._keys]
        return found

    def _quarters(self, mac: blake2b, text: str) -> tuple[str, str, str, str]:
        """None of the four says anything about the others."""
        digest, each = hexdigest(mac, text), 2 * self._size
        return digest[:each], digest[each : 2 * each], digest[2 * each : 3 * each], digest[3 * each :]


def keyed(key: str, use: str, size: int) -> blake2b:
    """A keyed hash that has taken in nothing yet; the key may be of any length, BLAKE2b's own may not."""
    derived = hmac.digest(key.encode(), use.encode(), "sha256")
    return blake2b(key=derived, digest_size=size)


def hexdigest(mac: blake2b, text: str) -> str:
    fresh = mac.copy()
    fresh.update(text.encode())
    return fresh.hexdigest()


@lru_cache(maxsize=64)
def first_numbers(count: int) -> tuple[str, ...]:
    """0 to `count` - 1 in base 36."""
    return tuple(map(base36, range(count)))


@lru_cache(maxsize=1024)
def base36(number: int) -> str:
    """Raises ValueError for a negative number."""
    if number < 0:
        raise ValueError("only numbers from 0 are put into a token")
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits
