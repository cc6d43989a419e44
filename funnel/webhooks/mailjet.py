"""Mailjet: one event a request, or a batch where events are grouped; Basic auth (dev.mailjet.com, "Event API")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from funnel.adapters.http.json_path import get_text
from funnel.replies import BounceKind, ListedFor
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import WebhookProvider
from funnel.webhooks.reading import delivery_in, from_epoch, iter_events
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


# `error` of an address that Mailjet has on its list, same page.
_LISTED = {
    "preblocked": ListedFor.UNSAID,
    "blacklisted": ListedFor.UNSAID,
    "spam reporter": ListedFor.COMPLAINT,
}
# Of a mail that was blocked, so not even tried: what an earlier one taught Mailjet of this address.
_KNOWN_BEFORE = {"", "user unknown", "mailbox inactive", "invalid domain", "no mail host", "typofix"}


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    return list(_events(body))


def _events(body: bytes) -> Iterator[ProviderEvent]:
    for event, name, kind in iter_events(body, _KINDS):
        related, error = get_text(event, "error_related_to"), get_text(event, "error")
        comment = get_text(event, "comment")
        bounce = BounceKind.UNKNOWN
        if kind == ProviderKind.BOUNCED:
            claimed = BounceKind.HARD if event.get("hard_bounce") is True else BounceKind.SOFT
            bounce = reread(_ABOUT_US.get(related, claimed), "", comment)
        elif kind == ProviderKind.REJECTED:
            bounce = _ABOUT_US.get(related, BounceKind.UNKNOWN)
        number, recipient = get_text(event, "MessageID", longest=200), get_text(event, "email", longest=320)
        told = ProviderEvent(
            kind=kind,
            event_key=own_key(number, name, get_text(event, "time"), recipient, get_text(event, "url"), error),
            at=from_epoch(event.get("time")),
            delivery_key=get_text(event, "CustomID", longest=100) or delivery_in(event.get("Payload")),
            provider_id=number,
            recipient=recipient,
            bounce_kind=bounce,
            reason=" ".join(part for part in (error, comment) if part)[:500],
            status=related,
        )
        yield heeding_lists(told, _listed(kind, related, error))


def _listed(kind: ProviderKind, related: str, error: str) -> ListedFor | None:
    if kind not in (ProviderKind.BOUNCED, ProviderKind.REJECTED):
        return None
    if kind == ProviderKind.REJECTED and error.lower() in _KNOWN_BEFORE and related not in _ABOUT_US:
        return ListedFor.UNSAID
    return _LISTED.get(error.lower())


MAILJET = WebhookProvider(basic_auth, parse)
