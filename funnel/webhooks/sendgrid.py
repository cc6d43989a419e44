"""SendGrid: batches of events, signed with ECDSA (twilio.com/docs/sendgrid, "Event Webhook Security Features")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from funnel.adapters.http.fields import DELIVERY
from funnel.adapters.http.json_path import get_text
from funnel.models import Actor
from funnel.replies import BounceKind, ListedFor
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import HookRequest, NotConfigured, Refused, Verified, WebhookProvider
from funnel.webhooks.reading import from_epoch, iter_events
from funnel.webhooks.verify import check_age, ecdsa_sha256

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# Sent again for a day where we did not answer, perhaps with the first signature.
OLDEST = timedelta(hours=25)

_KINDS = {
    "processed": ProviderKind.SENT,
    "deferred": ProviderKind.DEFERRED,
    "delivered": ProviderKind.DELIVERED,
    "bounce": ProviderKind.BOUNCED,
    "dropped": ProviderKind.REJECTED,
    "open": ProviderKind.OPENED,
    "click": ProviderKind.CLICKED,
    "spamreport": ProviderKind.COMPLAINED,
    "unsubscribe": ProviderKind.UNSUBSCRIBED,
    "group_unsubscribe": ProviderKind.UNSUBSCRIBED,
}
# `reason` of a drop: SendGrid knows the address from an earlier mail. All other reasons are about the mail or the plan.
_LISTED = {
    "bounced address": ListedFor.UNSAID,
    "invalid": ListedFor.UNSAID,
    "spam reporting address": ListedFor.COMPLAINT,
    "unsubscribed address": ListedFor.UNSUBSCRIBE,
}
# `bounce_classification`, twilio.com/docs/sendgrid, "Bounce and Block Classifications".
_CLASSES = {
    "invalid address": BounceKind.HARD,
    "mailbox unavailable": BounceKind.SOFT,
    "technical": BounceKind.SOFT,
    "technical failure": BounceKind.SOFT,
    "content": BounceKind.BLOCK,
    "reputation": BounceKind.BLOCK,
    "frequency or volume too high": BounceKind.BLOCK,
}


def verify(request: HookRequest) -> Verified:
    key = request.settings.hook_sendgrid_key
    if not key:
        raise NotConfigured("FUNNEL_HOOK_SENDGRID_KEY")
    stamp = request.headers.get(_TIMESTAMP, "")
    content = stamp.encode("utf-8", "replace") + request.body
    if not ecdsa_sha256(key, content, request.headers.get(_SIGNATURE, "")):
        raise Refused("wrong signature")
    check_age(stamp, request.now, OLDEST)
    return Verified()


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    return list(_events(body))


def _events(body: bytes) -> Iterator[ProviderEvent]:
    for event, name, kind in iter_events(body, _KINDS):
        said, status = get_text(event, "reason") or get_text(event, "response"), get_text(event, "status", longest=40)
        bounce, why = BounceKind.UNKNOWN, None
        if kind == ProviderKind.REJECTED:
            bounce, why = BounceKind.POLICY, _LISTED.get(said.strip().lower())
        elif kind == ProviderKind.BOUNCED:
            bounce = _bounce_kind(event, status, said)
        smtp_id, message_id = get_text(event, "smtp-id"), get_text(event, "sg_message_id")
        recipient = get_text(event, "email", longest=320)
        facts = (name, get_text(event, "timestamp"), message_id, recipient, get_text(event, "url"))
        told = ProviderEvent(
            kind=kind,
            event_key=get_text(event, "sg_event_id", longest=120) or own_key(*facts),
            at=from_epoch(event.get("timestamp")),
            delivery_key=get_text(event, DELIVERY, longest=100),
            message_id=smtp_id,
            # `sg_message_id` is the X-Message-Id that we were answered with, and what became of it inside.
            provider_id=message_id.partition(".")[0][:200],
            recipient=recipient,
            bounce_kind=bounce,
            actor=_actor(event),
            reason=said,
            status=status,
        )
        yield heeding_lists(told, why)


def _bounce_kind(event: object, status: str, said: str) -> BounceKind:
    if get_text(event, "type") == "blocked":
        return BounceKind.BLOCK
    claimed = _CLASSES.get(get_text(event, "bounce_classification").lower(), BounceKind.HARD)
    return reread(claimed, status, said)


def _actor(event: dict[str, object]) -> Actor:
    machine = event.get("sg_machine_open")
    if not isinstance(machine, bool):
        return Actor.UNKNOWN
    return Actor.MACHINE if machine else Actor.HUMAN


SENDGRID = WebhookProvider(verify, parse)
