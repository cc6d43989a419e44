"""Mailjet: one event a request, or a batch where events are grouped; Basic auth (dev.mailjet.com, "Event API")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from funnel.bounces.model import BounceKind
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.provider import Provider
from funnel.webhooks.reading import delivery_in, from_epoch, told, words
from funnel.webhooks.verify import basic_auth

_KINDS = {
    "sent": ProviderKind.DELIVERED,  # the word says it, the documentation means delivered
    "open": ProviderKind.OPENED,
    "click": ProviderKind.CLICKED,
    "bounce": ProviderKind.BOUNCED,
    "blocked": ProviderKind.REJECTED,
    "spam": ProviderKind.COMPLAINED,
    "unsub": ProviderKind.UNSUBSCRIBED,
}
# `error_related_to` that speaks of us or of the mail: dev.mailjet.com, "Possible values for errors".
_ABOUT_US = {
    "spam": BounceKind.BLOCK,
    "content": BounceKind.BLOCK,
    "policy": BounceKind.POLICY,
    "system": BounceKind.POLICY,
    "mailjet": BounceKind.POLICY,
}


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    return list(_events(body))


def _events(body: bytes) -> Iterator[ProviderEvent]:
    for event, name, kind in told(body, _KINDS):
        related, error = words(event, "error_related_to"), words(event, "error")
        comment = words(event, "comment")
        bounce = BounceKind.UNKNOWN
        if kind == ProviderKind.BOUNCED:
            claimed = BounceKind.HARD if event.get("hard_bounce") is True else BounceKind.SOFT
            bounce = reread(_ABOUT_US.get(related, claimed), "", comment)
        elif kind == ProviderKind.REJECTED:
            bounce = _ABOUT_US.get(related, BounceKind.BLOCK)
        number, recipient = words(event, "MessageID", longest=200), words(event, "email", longest=320)
        yield ProviderEvent(
            kind=kind,
            event_key=own_key(number, name, words(event, "time"), recipient, words(event, "url"), error),
            at=from_epoch(event.get("time")),
            delivery_key=words(event, "CustomID", longest=100) or delivery_in(event.get("Payload")),
            provider_id=number,
            recipient=recipient,
            bounce_kind=bounce,
            reason=" ".join(part for part in (error, comment) if part)[:500],
            status=related,
        )


MAILJET = Provider(basic_auth, parse)
