"""Postmark: one event a request, Basic auth (postmarkapp.com/developer/webhooks/webhooks-overview)."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.adapters.http.json_path import get_path, get_text
from funnel.replies import BounceKind, ListedFor
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import Unreadable, WebhookProvider
from funnel.webhooks.reading import delivery_in, from_iso, parse_json
from funnel.webhooks.verify import basic_auth

_RECORDS = {
    "Delivery": (ProviderKind.DELIVERED, "DeliveredAt"),
    "Bounce": (ProviderKind.BOUNCED, "BouncedAt"),
    "SpamComplaint": (ProviderKind.COMPLAINED, "BouncedAt"),
    "Open": (ProviderKind.OPENED, "ReceivedAt"),
    "Click": (ProviderKind.CLICKED, "ReceivedAt"),
    "SubscriptionChange": (ProviderKind.UNSUBSCRIBED, "ChangedAt"),
}
# postmarkapp.com/developer/api/bounce-api, "Bounce types". What stands nowhere here is no bounce: answers, challenges.
_BOUNCES = {
    "HardBounce": BounceKind.HARD,
    "BadEmailAddress": BounceKind.HARD,
    "SoftBounce": BounceKind.SOFT,
    "DnsError": BounceKind.SOFT,
    "SpamNotification": BounceKind.BLOCK,
    "Blocked": BounceKind.BLOCK,
    "DMARCPolicy": BounceKind.POLICY,
    "VirusNotification": BounceKind.POLICY,
    "SMTPApiError": BounceKind.POLICY,
    "ManuallyDeactivated": BounceKind.LISTED,  # by whoever owns the account, not by the mailbox
    "Unknown": BounceKind.UNKNOWN,
}
_OTHERS = {
    "Transient": ProviderKind.DEFERRED,
    "SpamComplaint": ProviderKind.COMPLAINED,
    "Unsubscribe": ProviderKind.UNSUBSCRIBED,
}


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    event = parse_json(body)
    if not isinstance(event, dict) or not get_text(event, "RecordType"):
        raise Unreadable("there is no RecordType")
    kind, time = _RECORDS.get(get_text(event, "RecordType"), (None, ""))
    bounce, why = BounceKind.UNKNOWN, None
    said = get_text(event, "Details") or get_text(event, "Description")
    type_ = get_text(event, "Type")
    if kind == ProviderKind.BOUNCED:
        kind = ProviderKind.BOUNCED if type_ in _BOUNCES else _OTHERS.get(type_)
        bounce = reread(_BOUNCES.get(type_, BounceKind.UNKNOWN), "", said)
        why = ListedFor.UNSAID if type_ == "ManuallyDeactivated" else None
    elif kind == ProviderKind.UNSUBSCRIBED:
        kind, why = _changed(event)
    if kind is None:
        return []
    recipient = get_text(event, "Email", longest=320) or get_text(event, "Recipient", longest=320)
    told = ProviderEvent(
        kind=kind,
        event_key=_key(event, recipient),
        at=from_iso(event.get(time)),
        delivery_key=delivery_in(event.get("Metadata")),
        provider_id=get_text(event, "MessageID", longest=200),
        recipient=recipient,
        bounce_kind=bounce,
        reason=said or get_text(event, "SuppressionReason"),
        status=type_,
    )
    return [heeding_lists(told, why)]


def _changed(event: object) -> tuple[ProviderKind | None, ListedFor | None]:
    """A stream stops or goes on mailing an address: (what the reader did herself, why it is on the stream's list)."""
    if get_path(event, "SuppressSending") is not True:
        return None, None
    match get_text(event, "SuppressionReason"):
        case "SpamComplaint":
            return ProviderKind.COMPLAINED, None
        case "ManualSuppression" if get_text(event, "Origin") == "Recipient":
            return ProviderKind.UNSUBSCRIBED, None
    return ProviderKind.REJECTED, ListedFor.UNSAID


def _key(event: dict[str, object], recipient: str) -> str:
    """Bounces have a number of their own; for all else it is made of what the event says."""
    number = get_text(event, "ID", longest=40)
    if number:
        return f"bounce:{number}"
    told = ("RecordType", "MessageID", "DeliveredAt", "ReceivedAt", "ChangedAt", "OriginalLink", "SuppressionReason")
    return own_key(recipient, *(get_text(event, name) for name in told))


POSTMARK = WebhookProvider(basic_auth, parse)
