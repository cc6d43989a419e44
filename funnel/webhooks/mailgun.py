"""Mailgun: one event a request, signed inside the body (documentation.mailgun.com, "Securing Webhooks").

The signature covers a timestamp and a token but not the event, so a token counts once and a signature grows old.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from funnel.adapters.http.json_path import get_path, get_text
from funnel.models import Actor
from funnel.replies import BounceKind, ListedFor
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import HookRequest, NotConfigured, Refused, Unreadable, Verified, WebhookProvider
from funnel.webhooks.reading import delivery_in, from_epoch, parse_json
from funnel.webhooks.verify import check_age, hmac_hex

# A request that we could not take is sent again for seven and a half hours, perhaps with its first signature.
OLDEST = timedelta(hours=9)

_KINDS = {
    "accepted": ProviderKind.SENT,
    "rejected": ProviderKind.REJECTED,
    "delivered": ProviderKind.DELIVERED,
    "failed": ProviderKind.BOUNCED,
    "opened": ProviderKind.OPENED,
    "clicked": ProviderKind.CLICKED,
    "unsubscribed": ProviderKind.UNSUBSCRIBED,
    "complained": ProviderKind.COMPLAINED,
}
# `reason` of a failure that Mailgun decided by itself, from its own lists.
_LISTED = {"suppress-complaint": ListedFor.COMPLAINT, "suppress-unsubscribe": ListedFor.UNSUBSCRIBE}
_GIVEN_UP = "602"  # "too old": tried for hours, so the mailbox may well live


def verify(request: HookRequest) -> Verified:
    key = request.settings.hook_mailgun_key.get_secret_value()
    if not key:
        raise NotConfigured("FUNNEL_HOOK_MAILGUN_KEY")
    try:
        signature = get_path(parse_json(request.body), "signature")
    except Unreadable as error:
        raise Refused(str(error)) from error
    stamp, token = get_text(signature, "timestamp", longest=20), get_text(signature, "token", longest=200)
    if not token or not hmac_hex(key, stamp + token, get_text(signature, "signature", longest=200)):
        raise Refused("wrong signature")
    check_age(stamp, request.now, OLDEST)
    return Verified(once=token)


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    data = parse_json(body)
    token, event = get_text(data, "signature", "token", longest=200), get_path(data, "event-data")
    kind = _KINDS.get(get_text(event, "event"))
    if not token or not isinstance(event, dict):
        raise Unreadable("there is no event-data")
    if kind is None:
        return []
    status = get_path(event, "delivery-status")
    said = get_text(status, "message") or get_text(status, "description") or get_text(event, "reject", "reason")
    reason, code = get_text(event, "reason"), get_text(status, "code", longest=10)
    bounce, why = BounceKind.UNKNOWN, None
    if kind == ProviderKind.BOUNCED:
        if get_text(event, "severity") == "temporary":
            kind = ProviderKind.DEFERRED
        elif reason.startswith("suppress-"):
            why = _LISTED.get(reason, ListedFor.UNSAID)
        else:
            bounce = _bounce_kind(reason, code, get_text(status, "enhanced-code"), said)
    elif kind == ProviderKind.REJECTED:
        bounce = BounceKind.POLICY
    told = ProviderEvent(
        kind=kind,
        event_key=token,
        at=from_epoch(event.get("timestamp")),
        delivery_key=delivery_in(event.get("user-variables")),
        message_id=get_text(event, "message", "headers", "message-id"),
        provider_id=get_text(event, "message", "headers", "message-id", longest=200),
        recipient=get_text(event, "recipient", longest=320),
        bounce_kind=bounce,
        actor=_actor(event),
        reason=said or reason,
        status=get_text(status, "enhanced-code") or code,
    )
    return [heeding_lists(told, why)]


def _bounce_kind(reason: str, code: str, enhanced: str, said: str) -> BounceKind:
    if reason == "old" or code == _GIVEN_UP:
        return BounceKind.SOFT
    if reason == "espblock":
        return BounceKind.BLOCK
    return reread(BounceKind.HARD, enhanced, f"{code} {said}" if code.isdigit() and len(code) == 3 else said)


def _actor(event: object) -> Actor:
    """`client-info.bot` names a machine, and is empty for a person."""
    bot = get_path(event, "client-info", "bot")
    if not isinstance(bot, str):
        return Actor.UNKNOWN
    return Actor.MACHINE if bot else Actor.HUMAN


MAILGUN = WebhookProvider(verify, parse)
