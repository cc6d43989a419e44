"""Between stored events and the rules: an event as the rules see it, and a verdict as it is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from funnel.context import Context
from funnel.models import Delivery, DeliveryState, Event, EventKind
from funnel.tracking.actors import Seen
from funnel.tracking.hit import Hit
from funnel.tracking.rule import Rule
from funnel.tracking.rules import RULES_VERSION

_NEEDED = (
    Delivery.nonce,
    Delivery.kind,
    Delivery.lead_id,
    Delivery.sequence,
    Delivery.lesson_id,
    Delivery.edition_lesson_id,
    Delivery.state,
    Delivery.filled,  # which of several subjects it went out with
    Delivery.ended_at,
    Delivery.opened_at,
    Delivery.clicked_at,
    Delivery.machine_opened_at,
    Delivery.machine_clicked_at,
)
SWEPT = "swept"  # in `Event.raw`: its user agent and network are not kept any more
_TELLING = ("network", "user_agent", "headers")
EVENT_KIND_OF = {"open": EventKind.OPENED, "click": EventKind.CLICKED}
_NAMES = {kind.value: name for name, kind in EVENT_KIND_OF.items()}


def raw_of(hit: Hit) -> dict[str, Any]:
    """What is kept of a hit besides when and what, so that it can be judged again."""
    return {"method": hit.method, "network": hit.network, "user_agent": hit.user_agent, "headers": hit.headers}


def seen_hit(hit: Hit) -> Seen:
    return Seen(hit.kind, hit.at, hit.link, hit.method, hit.user_agent.strip(), hit.network, hit.headers)


def program_of(raw: dict[str, Any]) -> tuple[str, str]:
    """Who asked, as far as it tells one program from another: its network and its name."""
    return raw.get("network", ""), raw.get("user_agent", "").strip()


def seen_event(event: Event, shared: bool = False) -> Seen:
    network, agent = program_of(event.raw)
    return Seen(
        _NAMES[event.kind],
        event.at,
        event.link,
        event.raw.get("method", "GET"),
        agent,
        network,
        event.raw.get("headers", {}),
        shared,
    )


def can_be_judged(event: Event) -> bool:
    """Whether it is still known which program asked; an event whose time for that is over keeps its verdict."""
    return SWEPT not in event.raw


def without_program(raw: dict[str, Any]) -> dict[str, Any]:
    """The raw part of an event without what tells the program and the place, and with a word that it is so."""
    return {name: value for name, value in raw.items() if name not in _TELLING} | {SWEPT: True}


def stamp(raw: dict[str, Any], rule: Rule) -> dict[str, Any]:
    """The raw part of an event with the rule that judged it, and the version of the rules."""
    return raw | {"rule": rule.name, "rules": RULES_VERSION}


def pass_verdict(event: Event, rule: Rule) -> bool:
    """Writes the verdict on the event. False where it was judged so before: then nothing is written."""
    raw = stamp(event.raw, rule)
    if (event.actor, event.reasons, event.raw) == (rule.actor.value, [rule.reason], raw):
        return False
    event.actor, event.reasons, event.raw = rule.actor, [rule.reason], raw
    return True


def handed_over(delivery: Delivery) -> datetime | None:
    """When the mailbox took the mail, story time; None where it has not, or nobody knows."""
    return delivery.ended_at if delivery.state == DeliveryState.ACCEPTED else None


def links_in(session: Session, context: Context, delivery: Delivery) -> int | None:
    """How many links the lesson of this mail has; None for other mail."""
    if delivery.edition_lesson_id is None:
        return None
    compiled = context.editions.compiled(session, delivery.edition_lesson_id)
    return None if compiled is None else len(compiled.links)


def lock_deliveries(session: Session, ids: set[int]) -> dict[int, Delivery]:
    """These mails, locked in the order of their numbers so that nobody waits in a circle."""
    query = select(Delivery).where(Delivery.id.in_(ids)).options(load_only(*_NEEDED, raiseload=True))
    query = query.order_by(Delivery.id).with_for_update()
    return {row.id: row for row in session.scalars(query)}
