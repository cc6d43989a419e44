"""Brevo: one event a request or a batch, Basic auth (developers.brevo.com, "Transactional webhooks")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from funnel.adapters.http.json_path import get_text
from funnel.models import Actor
from funnel.replies import BounceKind, ListedFor
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import WebhookProvider
from funnel.webhooks.reading import delivery_in, from_epoch, iter_events
from funnel.webhooks.verify import basic_auth

_KINDS = {
    "request": ProviderKind.SENT,
    "sent": ProviderKind.SENT,
    "deferred": ProviderKind.DEFERRED,
    "delivered": ProviderKind.DELIVERED,
    "hard_bounce": ProviderKind.BOUNCED,
    "soft_bounce": ProviderKind.BOUNCED,
    "invalid_email": ProviderKind.BOUNCED,
    "blocked": ProviderKind.REJECTED,
    "error": ProviderKind.REJECTED,
    "spam": ProviderKind.COMPLAINED,
    "complaint": ProviderKind.COMPLAINED,
    "opened": ProviderKind.OPENED,
    "unique_opened": ProviderKind.OPENED,
    "proxy_open": ProviderKind.OPENED,
    "unique_proxy_open": ProviderKind.OPENED,
    "click": ProviderKind.CLICKED,
    "unsubscribe": ProviderKind.UNSUBSCRIBED,
    "unsubscribed": ProviderKind.UNSUBSCRIBED,
}
_BOUNCES = {
    "hard_bounce": BounceKind.HARD,
    "invalid_email": BounceKind.HARD,
    "soft_bounce": BounceKind.SOFT,
    "blocked": BounceKind.BLOCK,
    "error": BounceKind.POLICY,
}
# "Blocked" is Brevo's list of contacts ("blocked : due to blacklist user"), unless it says that the sender is.
_ABOUT_US = re.compile(r"\b(?:sender|from|domain|ip|account|credits?|quota|limit|content|spf|dkim|dmarc)\b", re.I)
# Opens by the privacy proxies of mail programs come under names of their own.
_ACTORS = {
    "proxy_open": Actor.MACHINE,
    "unique_proxy_open": Actor.MACHINE,
    "opened": Actor.HUMAN,
    "unique_opened": Actor.HUMAN,
}


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    return list(_events(body))


def _events(body: bytes) -> Iterator[ProviderEvent]:
    for event, name, kind in iter_events(body, _KINDS):
        said, message_id = get_text(event, "reason"), get_text(event, "message-id", longest=200)
        recipient = get_text(event, "email", longest=320)
        facts = (
            message_id,
            name,
            get_text(event, "ts_epoch") or get_text(event, "ts_event"),
            recipient,
            get_text(event, "link"),
        )
        told = ProviderEvent(
            kind=kind,
            event_key=own_key(*facts),
            at=_when(event),
            delivery_key=delivery_in(event.get("X-Mailin-custom")),
            message_id=message_id,
            provider_id=message_id,
            recipient=recipient,
            bounce_kind=reread(_BOUNCES.get(name, BounceKind.UNKNOWN), "", said),
            actor=_ACTORS.get(name, Actor.UNKNOWN),
            reason=said,
            status=name,
        )
        yield heeding_lists(told, ListedFor.UNSAID if name == "blocked" and not _ABOUT_US.search(said) else None)


def _when(event: dict[str, object]) -> datetime | None:
    """`ts_epoch` counts milliseconds, `ts_event` seconds."""
    precise = event.get("ts_epoch")
    if isinstance(precise, int) and not isinstance(precise, bool):
        return from_epoch(precise // 1000)
    return from_epoch(event.get("ts_event"))


BREVO = WebhookProvider(basic_auth, parse)
