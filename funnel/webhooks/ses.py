"""Amazon SES by way of SNS: one event a message (docs.aws.amazon.com/ses, "Contents of event data")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from funnel.adapters.http.fields import DELIVERY
from funnel.adapters.http.json_path import get_path, get_text
from funnel.replies import BounceKind, ListedFor
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import HookRequest, Unreadable, Verified, WebhookProvider
from funnel.webhooks.reading import from_iso, parse_json
from funnel.webhooks.sns import NOTIFICATION, Certificates, check_message, confirm_subscription

_MOST_RECIPIENTS = 50  # of one mail at SES; ours have one

# Event: (kind, where its details stand, where the recipients stand in them)
_KINDS = {
    "Send": (ProviderKind.SENT, "send", ""),
    "Delivery": (ProviderKind.DELIVERED, "delivery", "recipients"),
    "DeliveryDelay": (ProviderKind.DEFERRED, "deliveryDelay", "delayedRecipients"),
    "Bounce": (ProviderKind.BOUNCED, "bounce", "bouncedRecipients"),
    "Complaint": (ProviderKind.COMPLAINED, "complaint", "complainedRecipients"),
    "Reject": (ProviderKind.REJECTED, "reject", ""),
    "Rendering Failure": (ProviderKind.REJECTED, "failure", ""),
    "Open": (ProviderKind.OPENED, "open", ""),
    "Click": (ProviderKind.CLICKED, "click", ""),
    "Subscription": (ProviderKind.UNSUBSCRIBED, "subscription", ""),
}
_TYPES = {"Permanent": BounceKind.HARD, "Transient": BounceKind.SOFT}
_SUB_TYPES = {
    "ContentRejected": BounceKind.BLOCK,
    "AttachmentRejected": BounceKind.POLICY,
    "MessageTooLarge": BounceKind.POLICY,
}

# `bounceSubType` and `complaintSubType` of mail that SES took and did not send: Suppressed, OnAccountSuppressionList.
_ON_A_LIST = re.compile(r"suppress", re.IGNORECASE)
_LISTED = {ProviderKind.BOUNCED: ListedFor.UNSAID, ProviderKind.COMPLAINED: ListedFor.COMPLAINT}

_certificates = Certificates()


def verify(request: HookRequest) -> Verified:
    return check_message(request, _certificates)


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    envelope = parse_json(body)
    if get_text(envelope, "Type") != NOTIFICATION:
        return []
    text = get_path(envelope, "Message")
    if not isinstance(text, str):
        raise Unreadable("there is no Message")
    if "eventType" not in text and "notificationType" not in text:
        return []  # SES says in a sentence of its own that it was connected to the topic
    event = parse_json(text)
    name = get_text(event, "eventType") or get_text(event, "notificationType")
    kind, where, _ = _KINDS.get(name, (None, "", ""))
    details = get_path(event, where)
    if not get_text(envelope, "MessageId"):
        raise Unreadable("there is no MessageId")
    if kind is None or not _counts(kind, details):
        return []
    return list(_events(envelope, event, name, kind, details))


def _counts(kind: ProviderKind, details: object) -> bool:
    if kind == ProviderKind.COMPLAINED:
        return get_text(details, "complaintFeedbackType") != "not-spam"  # RFC 6430: the reader took it back
    if kind == ProviderKind.UNSUBSCRIBED:
        return get_path(details, "newTopicPreferences", "unsubscribeAll") is True
    return True


def _events(envelope: object, event: object, name: str, kind: ProviderKind, details: object) -> Iterator[ProviderEvent]:
    mail, claimed = get_path(event, "mail"), BounceKind.UNKNOWN
    if kind == ProviderKind.BOUNCED:
        claimed = _TYPES.get(get_text(details, "bounceType"), BounceKind.UNKNOWN)
        if claimed == BounceKind.SOFT:
            claimed = _SUB_TYPES.get(get_text(details, "bounceSubType"), claimed)
    elif kind == ProviderKind.REJECTED:
        claimed = BounceKind.POLICY
    sub_type = get_text(details, "bounceSubType") or get_text(details, "complaintSubType")
    why = _LISTED.get(kind) if _ON_A_LIST.search(sub_type) else None
    if kind == ProviderKind.BOUNCED and sub_type == "UnsubscribedRecipient":
        why = ListedFor.UNSUBSCRIBE
    for each in _recipients(details, _KINDS[name][2], mail):
        recipient = get_text(each, "emailAddress", longest=320) or get_text(each, longest=320)
        said = get_text(each, "diagnosticCode") or get_text(details, "reason") or get_text(details, "errorMessage")
        status = get_text(each, "status", longest=20)
        told = ProviderEvent(
            kind=kind,
            event_key=own_key(get_text(envelope, "MessageId"), recipient),
            at=from_iso(get_path(details, "timestamp")) or from_iso(get_path(envelope, "Timestamp")),
            delivery_key=get_text(mail, "tags", DELIVERY, 0, longest=100),
            message_id=get_text(mail, "commonHeaders", "messageId"),
            provider_id=get_text(mail, "messageId", longest=200),
            recipient=recipient,
            bounce_kind=reread(claimed, status, get_text(each, "diagnosticCode")),
            reason=said or get_text(details, "complaintFeedbackType"),
            status=status or get_text(details, "bounceSubType"),
        )
        yield heeding_lists(told, why)


def _recipients(details: object, where: str, mail: object) -> list[object]:
    """Opens and clicks name nobody: the mail's only recipient it is, because ours never have two."""
    for found in (get_path(details, where) if where else None, get_path(mail, "destination")):
        if isinstance(found, list) and found:
            return found[:_MOST_RECIPIENTS]
    return [""]


SES = WebhookProvider(verify, parse, confirm_subscription)
