"""Amazon SES by way of SNS: one event a message (docs.aws.amazon.com/ses, "Contents of event data")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from funnel.adapters.http.fields import DELIVERY
from funnel.bounces.model import BounceKind
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.provider import HookRequest, Provider, Unreadable, Verified
from funnel.webhooks.reading import at, from_iso, read_json, words
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

_certificates = Certificates()


def verify(request: HookRequest) -> Verified:
    return check_message(request, _certificates)


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    envelope = read_json(body)
    if words(envelope, "Type") != NOTIFICATION:
        return []
    text = at(envelope, "Message")
    if not isinstance(text, str):
        raise Unreadable("there is no Message")
    if "eventType" not in text and "notificationType" not in text:
        return []  # SES says in a sentence of its own that it was connected to the topic
    event = read_json(text)
    name = words(event, "eventType") or words(event, "notificationType")
    kind, where, _ = _KINDS.get(name, (None, "", ""))
    details = at(event, where)
    if not words(envelope, "MessageId"):
        raise Unreadable("there is no MessageId")
    if kind is None or not _counts(kind, details):
        return []
    return list(_events(envelope, event, name, kind, details))


def _counts(kind: ProviderKind, details: object) -> bool:
    if kind == ProviderKind.COMPLAINED:
        return words(details, "complaintFeedbackType") != "not-spam"  # RFC 6430: the reader took it back
    if kind == ProviderKind.UNSUBSCRIBED:
        return at(details, "newTopicPreferences", "unsubscribeAll") is True
    return True


def _events(envelope: object, event: object, name: str, kind: ProviderKind, details: object) -> Iterator[ProviderEvent]:
    mail, claimed = at(event, "mail"), BounceKind.UNKNOWN
    if kind == ProviderKind.BOUNCED:
        claimed = _TYPES.get(words(details, "bounceType"), BounceKind.UNKNOWN)
        if claimed == BounceKind.SOFT:
            claimed = _SUB_TYPES.get(words(details, "bounceSubType"), claimed)
    elif kind == ProviderKind.REJECTED:
        claimed = BounceKind.POLICY
    for each in _recipients(details, _KINDS[name][2], mail):
        recipient = words(each, "emailAddress", longest=320) or words(each, longest=320)
        said = words(each, "diagnosticCode") or words(details, "reason") or words(details, "errorMessage")
        status = words(each, "status", longest=20)
        yield ProviderEvent(
            kind=kind,
            event_key=own_key(words(envelope, "MessageId"), recipient),
            at=from_iso(at(details, "timestamp")) or from_iso(at(envelope, "Timestamp")),
            delivery_key=words(mail, "tags", DELIVERY, 0, longest=100),
            message_id=words(mail, "commonHeaders", "messageId"),
            provider_id=words(mail, "messageId", longest=200),
            recipient=recipient,
            bounce_kind=reread(claimed, status, words(each, "diagnosticCode")),
            reason=said or words(details, "complaintFeedbackType"),
            status=status or words(details, "bounceSubType"),
        )


def _recipients(details: object, where: str, mail: object) -> list[object]:
    """Opens and clicks name nobody: the mail's only recipient it is, because ours never have two."""
    for found in (at(details, where) if where else None, at(mail, "destination")):
        if isinstance(found, list) and found:
            return found[:_MOST_RECIPIENTS]
    return [""]


SES = Provider(verify, parse, confirm_subscription)
