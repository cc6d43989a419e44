"""What travels to a provider and what it answers: plain values that every room may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from funnel.replies import ListedFor, Meaning


class OutcomeKind(StrEnum):
    """What became of one mail at the provider, in the order of how much hope is left."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"  # this mail, later
    RATE = "rate"  # the whole channel, slower
    QUOTA = "quota"  # the whole channel, when the quota is renewed
    AUTH_CONFIG = "auth_config"  # the channel stops until somebody mends it
    PERMANENT_RECIPIENT = "permanent_recipient"  # never this address again
    PERMANENT_MESSAGE = "permanent_message"  # never this mail again; the address is fine
    AMBIGUOUS = "ambiguous"  # nobody knows whether it went


class Outcome(NamedTuple):
    """One provider's answer about one mail. `detail` is the provider's own words, at most 500 characters.

    `ours`: no provider has seen it, for what we made cannot be sent. That is nothing to do with the reader. `listed`:
    the provider has the address on a list of its own, and why, if it says so. `meaning` is how a refusal for good was
    understood, where it was said by a mail server.
    """

    kind: OutcomeKind
    detail: str = ""
    provider_id: str | None = None
    retry_after: timedelta | None = None
    ours: bool = False
    listed: ListedFor | None = None
    meaning: Meaning | None = None


class Address(NamedTuple):
    """Whom a mail is from or for; `name` as people read it, "" where there is none."""

    name: str
    address: str


class MailBody(Protocol):
    """A letter twice over, as plain text and as HTML; lines end with LF."""

    @property
    def text(self) -> str: ...

    @property
    def html(self) -> str: ...


class PlainBody(NamedTuple):
    """A body that is simply there. A lesson's is a `funnel.mime.EncodedBody`."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail to one reader, filled and ready. Nothing in it is encoded: `funnel.mime` makes a message of it.

    `key` is stable for a delivery over all attempts: adapters use it as the provider's idempotency key.
    `envelope_from` is where bounces go. `headers` holds every further header in order, names as they are to be sent,
    values without line breaks.
    """

    key: str
    envelope_from: str
    sender: Address
    recipient: Address
    subject: str
    body: MailBody
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        return self.body.text

    @property
    def html(self) -> str:
        return self.body.html


class Adapter(Protocol):
    """What hands mail to a provider. `window` is how many mails it has on the wire at most.

    The mails `send` is given are made as they are taken: taking the next one composes it, commits that it is being
    handed over, and writes down the outcomes yielded so far (`sending.delivery`). So an adapter takes a mail when it
    has room for it and not before, in the thread that called it. The mails end once `window` of them are without an
    outcome; `send` is then called again for the rest.
    """

    name: str

    @property
    def window(self) -> int: ...

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        """One (mail key, outcome) for each mail, in any order; expected failures are outcomes, never exceptions."""
        ...

    def close(self) -> None: ...
