"""SparkPost: batches of events, Basic auth (developers.sparkpost.com/api/webhooks, support.sparkpost.com)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from funnel.adapters.http.json_path import get_text
from funnel.models import Actor
from funnel.replies import BounceKind
from funnel.webhooks.bounce_kinds import reread
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.listed import heeding_lists
from funnel.webhooks.provider import WebhookProvider
from funnel.webhooks.reading import delivery_in, from_epoch, from_iso, items, parse_json
from funnel.webhooks.verify import basic_auth

_KINDS = {
    "injection": ProviderKind.SENT,
    "delivery": ProviderKind.DELIVERED,
    "delay": ProviderKind.DEFERRED,
    "bounce": ProviderKind.BOUNCED,
    "out_of_band": ProviderKind.BOUNCED,
    "policy_rejection": ProviderKind.REJECTED,
    "generation_failure": ProviderKind.REJECTED,
    "generation_rejection": ProviderKind.REJECTED,
    "spam_complaint": ProviderKind.COMPLAINED,
    "open": ProviderKind.OPENED,
    "initial_open": ProviderKind.OPENED,
    "amp_open": ProviderKind.OPENED,
    "amp_initial_open": ProviderKind.OPENED,
    "click": ProviderKind.CLICKED,
    "amp_click": ProviderKind.CLICKED,
    "list_unsubscribe": ProviderKind.UNSUBSCRIBED,
    "link_unsubscribe": ProviderKind.UNSUBSCRIBED,
}
# `bounce_class`, support.sparkpost.com, "Bounce Classification Codes".
_CLASSES = {
    "1": BounceKind.UNKNOWN,
    "10": BounceKind.HARD,
    "20": BounceKind.SOFT,
    "21": BounceKind.SOFT,
    "22": BounceKind.SOFT,
    "23": BounceKind.POLICY,
    "24": BounceKind.SOFT,
    "25": BounceKind.POLICY,
    "26": BounceKind.POLICY,
    "30": BounceKind.HARD,
    "40": BounceKind.SOFT,
    "50": BounceKind.BLOCK,
    "51": BounceKind.BLOCK,
    "52": BounceKind.BLOCK,
    "53": BounceKind.POLICY,
    "54": BounceKind.BLOCK,
    "70": BounceKind.SOFT,
}
_UNSUBSCRIBE = "90"
_NO_BOUNCE = ("60", "80", "100")  # an automatic answer, a subscription, a challenge


def parse(body: bytes, kept: Mapping[str, str]) -> list[ProviderEvent]:
    found: list[ProviderEvent] = []
    for entry in items(parse_json(body)):
        msys = entry.get("msys")
        for event in msys.values() if isinstance(msys, dict) else ():
            if isinstance(event, dict):  # a ping has none
                found.extend(_event(event))
    return found


def _event(event: dict[str, object]) -> Iterator[ProviderEvent]:
    name, number = get_text(event, "type"), get_text(event, "bounce_class", longest=10)
    kind, bounce = _KINDS.get(name), BounceKind.UNKNOWN
    said = get_text(event, "raw_reason") or get_text(event, "reason")
    if kind == ProviderKind.BOUNCED:
        if number in _NO_BOUNCE:
            return
        kind = ProviderKind.UNSUBSCRIBED if number == _UNSUBSCRIBE else kind
        bounce = reread(_CLASSES.get(number, BounceKind.UNKNOWN), "", said)
    elif kind == ProviderKind.REJECTED:
        bounce = BounceKind.POLICY
    if kind is None:
        return
    recipient = get_text(event, "raw_rcpt_to", longest=320) or get_text(event, "rcpt_to", longest=320)
    told = (
        name,
        get_text(event, "timestamp"),
        get_text(event, "message_id"),
        recipient,
        get_text(event, "target_link_url"),
    )
    prefetched = event.get("is_prefetched")
    told_of = ProviderEvent(
        kind=kind,
        event_key=get_text(event, "event_id", longest=120) or own_key(*told),
        at=from_epoch(event.get("timestamp")) or from_iso(event.get("timestamp")),
        delivery_key=delivery_in(event.get("rcpt_meta")),
        provider_id=get_text(event, "transmission_id", longest=200),
        recipient=recipient,
        bounce_kind=bounce,
        actor=_ACTORS.get(prefetched, Actor.UNKNOWN) if isinstance(prefetched, bool) else Actor.UNKNOWN,
        reason=said,
        status=number,
    )
    yield heeding_lists(told_of)  # since 2018 a bounce of class 25, before that a rejection: the words are the same


_ACTORS = {True: Actor.MACHINE, False: Actor.HUMAN}

SPARKPOST = WebhookProvider(basic_auth, parse)
