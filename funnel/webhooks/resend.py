"""Resend: one event a request, signed as Svix does (docs.svix.com/receiving/verifying-payloads/how-manual)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from funnel.adapters.http.fields import DELIVERY
from funnel.adapters.http.json_path import get_path, get_text
from funnel.replies import BounceKind, ListedFor, listed_for
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import HookRequest, NotConfigured, Refused, Unreadable, Verified, WebhookProvider
from funnel.webhooks.reading import from_iso, parse_json
from funnel.webhooks.verify import check_age, decode_base64, hmac_base64

OLDEST = timedelta(minutes=5)  # each attempt is signed anew
_MOST_SIGNATURES = 20

_KINDS = {
    "email.sent": ProviderKind.SENT,
    "email.delivered": ProviderKind.DELIVERED,
    "email.delivery_delayed": ProviderKind.DEFERRED,
    "email.bounced": ProviderKind.BOUNCED,
    "email.suppressed": ProviderKind.REJECTED,
    "suppression.added": ProviderKind.REJECTED,
    "email.failed": ProviderKind.REJECTED,
    "email.complained": ProviderKind.COMPLAINED,
    "email.opened": ProviderKind.OPENED,
    "email.clicked": ProviderKind.CLICKED,
}
_TYPES = {
    "permanent": BounceKind.HARD,
    "transient": BounceKind.SOFT,
    "temporary": BounceKind.SOFT,
}
# Of a transient bounce: what was refused is the mail, not the mailbox. The names are Amazon's.
_SUB_TYPES = {
    "contentrejected": BounceKind.BLOCK,
    "attachmentrejected": BounceKind.POLICY,
    "messagetoolarge": BounceKind.POLICY,
}


# `origin` of an address that was added to the list; `source_id` is then the mail for which it was.
_ORIGINS = {"complaint": ListedFor.COMPLAINT}


def verify(request: HookRequest) -> Verified:
    secret = request.settings.hook_resend_secret.get_secret_value()
    if not secret:
        raise NotConfigured("FUNNEL_HOOK_RESEND_SECRET")
    key = decode_base64(secret.removeprefix("whsec_"))
    if not key:
        raise Refused("FUNNEL_HOOK_RESEND_SECRET is not base64")
    number, stamp = (request.headers.get(f"svix-{name}", "")[:200] for name in ("id", "timestamp"))
    content = f"{number}.{stamp}.".encode("utf-8", "replace") + request.body
    given = request.headers.get("svix-signature", "").split(" ")[:_MOST_SIGNATURES]
    # Several while a secret is being changed; only version 1 is made with it.
    right = [hmac_base64(key, content, each.removeprefix("v1,")) for each in given if each.startswith("v1,")]
    if not number or not any(right):
        raise Refused("wrong signature")
    check_age(stamp, request.now, OLDEST)
    return Verified({"svix-id": number})


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    event = parse_json(body)
    data, name = get_path(event, "data"), get_text(event, "type")
    if not name or not isinstance(data, dict):
        raise Unreadable("there is no type or no data")
    kind = _KINDS.get(name)
    if kind is None:
        return []
    said, status, bounce, why = "", "", BounceKind.UNKNOWN, None
    if name == "email.bounced":
        said = get_text(data, "bounce", "diagnosticCode", 0) or get_text(data, "bounce", "message")
        status = get_text(data, "bounce", "subType", longest=40)
        bounce = _TYPES.get(get_text(data, "bounce", "type").lower(), BounceKind.UNKNOWN)
        if bounce == BounceKind.SOFT:
            bounce = _SUB_TYPES.get(status.lower(), bounce)
        bounce = reread(bounce, "", said) if get_text(data, "bounce", "diagnosticCode", 0) else bounce
        why = ListedFor.UNSAID if "suppress" in status.lower() else None
    elif name == "email.suppressed":
        said = get_text(data, "suppressed", "message")
        why = listed_for(said) or ListedFor.UNSAID
    elif name == "suppression.added":
        said = get_text(data, "origin", longest=40)
        why = _ORIGINS.get(said, ListedFor.UNSAID)
    elif name == "email.failed":
        said, bounce = get_text(data, "failed", "reason"), BounceKind.POLICY
    told = ProviderEvent(
        kind=kind,
        event_key=kept.get("svix-id", ""),
        at=from_iso(get_path(event, "created_at")),
        delivery_key=_tag(data.get("tags")),
        message_id=get_text(data, "message_id"),
        provider_id=get_text(data, "email_id", longest=200) or get_text(data, "source_id", longest=200),
        recipient=get_text(data, "to", 0, longest=320) or get_text(data, "email", longest=320),
        bounce_kind=bounce,
        reason=said,
        status=status,
    )
    return [heeding_lists(told, why)]


def _tag(tags: object) -> str:
    """Tags are documented as a list of name and value, and have been sent as an object too."""
    if isinstance(tags, dict):
        return get_text(tags, DELIVERY, longest=100)
    found = tags if isinstance(tags, list) else []
    return next((get_text(tag, "value", longest=100) for tag in found if get_text(tag, "name") == DELIVERY), "")


RESEND = WebhookProvider(verify, parse)
