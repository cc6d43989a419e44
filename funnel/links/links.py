"""Makes and opens the addresses and tokens of one site."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Literal
from urllib.parse import quote

from funnel.links.names import number_of, token_name
from funnel.links.purposes import EXPIRES, IN_EVERY_MAIL, ClickToken, ConfirmToken, Purpose, RowRef
from funnel.signing import TokenSigner, base36, first_numbers, hexdigest, keyed

_NUMBER = "(?:0|[1-9a-z][0-9a-z]*)"
# Bytes of a signature: of tokens that hold a nonce, and of those from before there were any. BLAKE2b gives four of
# either for the price of one, and nobody can try out more than a few thousand a second.
_SIZE, _OLD_SIZE = 12, 16
_NONCE = "[0-9a-f]{8}"
_ADDRESS_SIZE = 6  # bytes of an address's digest in a token
# Mail programs make links of what only looks like one, and take what stands behind it along: a full stop, a bracket, a
# space, as they are or encoded (`%20`, `&gt;`). A signature has a fixed length, so whatever begins behind it with
# neither a letter nor a digit was never ours.
_BEHIND = "(?:[^0-9A-Za-z].*)?"
_TOKEN = re.compile(
    rf"({_NUMBER}-{_NONCE}(?:-(?:{_NUMBER}|[0-9a-f]{{{2 * _ADDRESS_SIZE}}}))*)\.([0-9a-f]{{{2 * _SIZE}}}){_BEHIND}",
    re.DOTALL,
)
_OLD_TOKEN = re.compile(rf"({_NUMBER}(?:-{_NUMBER})*)\.([0-9a-f]{{{2 * _OLD_SIZE}}}){_BEHIND}", re.DOTALL)
# The nonce is as hard to guess as what it makes shorter; an address has 64 characters before its `@` (RFC 5321).
_MESSAGE_ID = re.compile(rf"({_NUMBER})(?:\.[0-9a-f]{{20}}|-({_NONCE})\.[0-9a-f]{{12}})")
_LONGEST_TOKEN = 200
_OLD_TOGETHER = tuple(purpose.name for purpose in IN_EVERY_MAIL)
_TOGETHER = tuple("" if purpose is Purpose.UNSUBSCRIBE else purpose.name for purpose in IN_EVERY_MAIL)
_FOURS = Purpose.CLICK.name


@dataclass(frozen=True)
class Links:
    """Makes and opens links for one site. The first key signs, all keys open.

    A signature is 12 bytes of keyed BLAKE2b (RFC 7693, 2.9). A mail holds a dozen tokens, and to sign each by itself
    would cost as much as filling the mail: what every mail holds is signed together, a quarter of one digest for each,
    and so are each four links of a lesson.
    """

    site_url: str
    keys: tuple[str, ...]
    bounce_address: str = ""  # where mail that comes back is to go; empty: to the sender's own address
    stops_by: Literal["", "bounces", "answers"] = (
        ""  # which mailbox of ours is read, so that a mail there can stop mail
    )
    _new: TokenSigner = field(init=False, repr=False, compare=False)
    _old: TokenSigner = field(init=False, repr=False, compare=False)
    _paths: dict[Purpose, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _message_ids: blake2b = field(init=False, repr=False, compare=False)
    _addresses: blake2b = field(init=False, repr=False, compare=False)
    _digests: hmac.HMAC = field(init=False, repr=False, compare=False)  # that have taken in `address:`

    def __post_init__(self) -> None:
        for purpose in Purpose:
            self._paths[purpose] = self.url(f"{purpose.value}/")
        object.__setattr__(self, "_new", TokenSigner(self.keys, _SIZE, "funnel.nonce.", _TOGETHER, _FOURS))
        object.__setattr__(self, "_old", TokenSigner(self.keys, _OLD_SIZE, "funnel.", _OLD_TOGETHER, _FOURS))
        object.__setattr__(self, "_message_ids", keyed(self.keys[-1], "message-id", 10))
        object.__setattr__(self, "_addresses", keyed(self.keys[-1], "address", _ADDRESS_SIZE))
        object.__setattr__(self, "_digests", hmac.new(self.keys[-1].encode(), b"address:", "sha256"))

    def token(self, purpose: Purpose, row: RowRef, *numbers: int) -> str:
        text = "-".join([token_name(row), *map(base36, numbers)])
        return f"{text}.{self._signer(row).sign(purpose.name, text)}"

    def open(self, purpose: Purpose, token: str, more: int = 0) -> tuple[RowRef, Sequence[int]] | None:
        """The row that a token of this purpose was made for, and its `more` further numbers; else None.

        Compared in constant time. What a mail program has taken along behind it is passed over.
        """
        row, parts = self._parts(purpose, token)
        return (row, [int(part, 36) for part in parts]) if row is not None and len(parts) == more else None

    def dated_token(self, purpose: Purpose, row: RowRef, now: datetime) -> str:
        return self.token(purpose, row, int(now.timestamp()))

    def open_dated(self, purpose: Purpose, token: str, now: datetime) -> tuple[RowRef | None, bool]:
        """(the row, still valid). (None, False) where the token is not ours; a past one still says its row."""
        opened = self.open(purpose, token, 1)
        if opened is None:
            return None, False
        row, (issued,) = opened
        return row, now - datetime.fromtimestamp(issued, UTC) <= EXPIRES[purpose]

    def named_to(self, purpose: Purpose, delivery: RowRef, name: str, now: datetime) -> str:
        """The address of what a lesson names, for the reader of this delivery; it grows old as dated ones do."""
        return self.to(purpose, delivery, int(now.timestamp()), number_of(name))

    def open_named(self, purpose: Purpose, token: str, now: datetime) -> tuple[RowRef, int, bool] | None:
        """(the delivery, the name's number, still valid); None where the token is not ours."""
        opened = self.open(purpose, token, 2)
        if opened is None:
            return None
        delivery, (issued, number) = opened
        return delivery, number, now - datetime.fromtimestamp(issued, UTC) <= EXPIRES[purpose]

    def open_booking(self, token: str) -> tuple[RowRef, int | None] | None:
        """(the delivery, the name's number); None where the token is not ours.

        Old tokens named the lead before the delivery, and the oldest no conversation: there was one.
        """
        row, parts = self._parts(Purpose.BOOK, token)
        numbers = [int(part, 36) for part in parts]
        if row is not None and row.nonce is None and len(numbers) in (1, 2):
            return RowRef(numbers[0]), numbers[1] if len(numbers) == 2 else None
        return (row, numbers[0]) if row is not None and row.nonce is not None and len(numbers) == 1 else None

    def open_click(self, token: str) -> ClickToken | None:
        """What a tracked link names; None where the token is not ours."""
        row, parts = self._parts(Purpose.CLICK, token)
        if row is None or len(parts) != (2 if row.nonce is None else 3):
            return None
        lesson, *mark, link = [int(part, 36) for part in parts]
        return ClickToken(row, lesson, mark[0] if mark else None, link)

    def unsubscribe_token(self, delivery: RowRef, email_key: str) -> str:
        """Also names the address it is sent to, so that it can stop mail when its row is gone."""
        if delivery.nonce is None:
            return self.token(Purpose.UNSUBSCRIBE, delivery)
        text = f"{token_name(delivery)}-{self.short_digest(email_key)}"
        return f"{text}.{self._new.sign(Purpose.UNSUBSCRIBE.name, text)}"

    def open_unsubscribe(self, token: str) -> tuple[RowRef, str | None] | None:
        """(the delivery, `short_digest` of whom it was sent to); None where the token is not ours."""
        row, parts = self._parts(Purpose.UNSUBSCRIBE, token)
        if row is None or len(parts) != (row.nonce is not None):
            return None
        return row, parts[0] if parts else None

    def again_token(self, signup: RowRef, email_key: str) -> str:
        """Also names the address it was given to: whoever reads a mailbox that she has left is not her any more."""
        if signup.nonce is None:
            return self.token(Purpose.AGAIN, signup)
        text = f"{token_name(signup)}-{self.short_digest(email_key)}"
        return f"{text}.{self._new.sign(Purpose.AGAIN.name, text)}"

    def open_again(self, token: str) -> tuple[RowRef, str | None] | None:
        """(the sign-up, `short_digest` of whom it was given to); None where the token is not ours.

        Old tokens name no address, and neither do those on pages that cannot know it.
        """
        row, parts = self._parts(Purpose.AGAIN, token)
        return (row, parts[0] if parts else None) if row is not None and len(parts) <= 1 else None

    def url(self, path: str) -> str:
        return f"{self.site_url}/{path.lstrip('/')}"

    def start(self, purpose: Purpose) -> str:
        """What every address of this purpose begins with; its token follows."""
        return self._paths[purpose]

    def to(self, purpose: Purpose, row: RowRef, *numbers: int) -> str:
        return f"{self.start(purpose)}{self.token(purpose, row, *numbers)}{_suffix(purpose)}"

    def in_every_mail(self, delivery: RowRef, email_key: str) -> list[str]:
        """How the addresses that every mail of a course holds end, its pixel and its pages: of `IN_EVERY_MAIL`."""
        name = token_name(delivery)
        pixel, unsubscribe, *pages = [
            f"{name}.{signature}" for signature in self._signer(delivery).of_all_together(name)
        ]
        if delivery.nonce is not None:
            unsubscribe = self.unsubscribe_token(delivery, email_key)
        return [pixel + _suffix(Purpose.OPEN), unsubscribe, *pages]

    def clicks(self, delivery: RowRef, edition_lesson_id: int, mark: int, count: int) -> list[str]:
        """How the tracked addresses of a lesson's links 0 to `count` - 1 end; `mark` is `links_mark` all its links."""
        lesson = f"{token_name(delivery)}-{base36(edition_lesson_id)}-"
        if delivery.nonce is not None:
            lesson += f"{base36(mark)}-"
        signatures = self._signer(delivery).of_fours(lesson, count)
        return [f"{lesson}{n}.{signature}" for n, signature in zip(first_numbers(count), signatures, strict=False)]

    def dated_to(self, purpose: Purpose, row: RowRef, now: datetime) -> str:
        return self.start(purpose) + self.dated_token(purpose, row, now)

    def to_confirm(self, signup: RowRef, now: datetime, asking: int | None) -> str:
        """The address of the page that confirms; `asking` is what the mail with it was made for."""
        return self.to(Purpose.CONFIRM, signup, int(now.timestamp()), *(() if asking is None else (asking,)))

    def open_confirm(self, token: str, now: datetime) -> ConfirmToken | None:
        """What the link to confirm names; None where the token is not ours. Old ones name no asking."""
        signup, parts = self._parts(Purpose.CONFIRM, token)
        if signup is None or len(parts) not in (1, 2):
            return None
        issued, *asking = [int(part, 36) for part in parts]
        at = datetime.fromtimestamp(issued, UTC)
        return ConfirmToken(signup, at, asking[0] if asking else None, now - at <= EXPIRES[Purpose.CONFIRM])

    def message_id(self, delivery: RowRef, domain: str) -> str:
        """A Message-ID that never changes for a delivery and cannot be guessed for another."""
        name = token_name(delivery)
        signature = hexdigest(self._message_ids, name)
        return f"<{name}.{signature if delivery.nonce is None else signature[:12]}@{domain}>"

    def open_message_id(self, local: str) -> RowRef | None:
        """The delivery of a Message-ID of ours, given what stands before its `@`, in any case of letters.

        Some servers lower the case of an address on its way back, so a token in one must not depend on it.
        """
        found = _MESSAGE_ID.fullmatch(local.lower()) if len(local) <= _LONGEST_TOKEN else None
        if found is None:
            return None
        delivery = RowRef(int(found[1], 36), found[2])
        ours = self.message_id(delivery, "x").strip("<>").partition("@")[0]
        return delivery if hmac.compare_digest(ours, found[0]) else None

    def return_path(self, message_id: str) -> str | None:
        """The envelope sender (VERP) of the mail with this Message-ID of ours, at most 64 characters before the `@`.

        The token is the Message-ID's own: both say which delivery this was and nothing else, whoever sees one sees the
        other, and it costs no second signature. None where there is no bounce address.
        """
        if not self.bounce_address:
            return None
        local, _, domain = self.bounce_address.partition("@")
        return f"{local}+{message_id[1:].partition('@')[0]}@{domain}"

    def list_unsubscribe(self, url: str, reply_to: str) -> str:
        """The List-Unsubscribe header (RFC 2369) of a mail with this unsubscribe link; https first (RFC 8058).

        Beside it `mailto:` with the same token, but only where a mail to that address is read.
        """
        if not self.stops_by:
            return f"<{url}>"
        address = self.bounce_address if self.stops_by == "bounces" else reply_to
        return f"<{url}>, <mailto:{quote(address, safe='@')}?subject=unsubscribe%20{url.rpartition('/')[2]}>"

    def address_digest(self, email_key: str) -> str:
        """What stays of an address after it is erased: enough to recognise it, not enough to read it.

        Made with the oldest key, so that adding a new key does not forget who must not be mailed.
        """
        fresh = self._digests.copy()
        fresh.update(email_key.encode())
        return fresh.hexdigest()

    def short_digest(self, email_key: str) -> str:
        """What stands for an address in a token: 48 bits, made with the oldest key."""
        return hexdigest(self._addresses, email_key)

    def _signer(self, row: RowRef) -> TokenSigner:
        return self._old if row.nonce is None else self._new

    def _parts(self, purpose: Purpose, token: str) -> tuple[RowRef | None, list[str]]:
        """The row of a token made for this purpose, and what stands behind it; (None, []) for any other."""
        if len(token) > _LONGEST_TOKEN:
            return None, []
        for form, signer in ((_TOKEN, self._new), (_OLD_TOKEN, self._old)):
            found = form.fullmatch(token)
            if found is not None and signer.has_signed(purpose.name, found[1], found[2]):
                number, *parts = found[1].split("-")
                nonce = parts.pop(0) if signer is self._new else None
                return RowRef(int(number, 36), nonce), parts
        return None, []


def _suffix(purpose: Purpose) -> str:
    return ".gif" if purpose is Purpose.OPEN else ""
