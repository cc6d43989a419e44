"""The one vocabulary: what a provider says about one mail."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from funnel.models import Actor
from funnel.replies import BounceKind


class ProviderKind(StrEnum):
    """What happened to a mail at the provider. What is none of these is left out by the parser."""

    SENT = "sent"  # the provider has it
    DEFERRED = "deferred"  # the provider has it and goes on trying
    DELIVERED = "delivered"
    BOUNCED = "bounced"  # a mailbox turned it away, and nobody tries again
    REJECTED = "rejected"  # the provider itself will not send it
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One event about one mail to one recipient.

    `event_key` is the same each time the provider tells of it, and is no other event's at this provider. `at` is the
    provider's time, aware UTC; None where it gave none. The mail is found by our own `delivery_key`, by the
    `message_id` that we wrote, or by the `provider_id` that the provider gave it.
    """

    kind: ProviderKind
    event_key: str
    at: datetime | None = None
    delivery_key: str = ""
    message_id: str = ""
    provider_id: str = ""
    recipient: str = ""
    bounce_kind: BounceKind = BounceKind.UNKNOWN
    actor: Actor = Actor.UNKNOWN
    reason: str = ""
    status: str = ""


def own_key(*parts: object) -> str:
    """A key for events of providers that give none: the same facts always make the same one."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]
