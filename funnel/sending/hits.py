"""The refusals that call an address dead, whatever came of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session

from funnel.channel.provider_rest import EVERYWHERE
from funnel.context import Context
from funnel.db import among
from funnel.models import Actor, BrakeScope, Delivery, DeliveryState, Event, EventKind, Lead, LeadState, ProviderRest
from funnel.people.providers import providers_of
from funnel.replies import BounceKind, Certainty

# Written out, not bound: a partial index serves only a query that repeats its condition.
BOUNCED = text(f"event.kind = '{EventKind.BOUNCED.value}'")
# In `Event.raw`: this refusal was reason enough to give the address up, and its mail was not failed but tried again.
GIVES_UP, TRIED_AGAIN = "gives_up", "tried_again"
_DEAD = (Certainty.CERTAIN, Certainty.LIKELY)
# The mailbox lives: it said that a mail was delivered, or a person opened one.
LIVES = (Event.kind == EventKind.DELIVERED) | (
    Event.kind.in_((EventKind.OPENED, EventKind.CLICKED)) & (Event.actor == Actor.HUMAN)
)
_MOST = 20_000


def calls_dead(raw: Mapping[str, Any], state: str = "") -> bool:
    """Whether what is written of a refusal calls its address dead; not if its mail, now in `state`, went after all."""
    if went_after_all(raw, state):
        return False
    return bool(raw.get(GIVES_UP)) or raw.get("certainty", _before(raw)) in _DEAD


def went_after_all(raw: Mapping[str, Any], state: str) -> bool:
    """Whether the mail, now in `state`, was not failed by this refusal but tried again, and taken."""
    return bool(raw.get(TRIED_AGAIN)) and state == DeliveryState.ACCEPTED


def _before(raw: Mapping[str, Any]) -> Certainty:
    """Of refusals from when nothing was said of certainty."""
    return Certainty.LIKELY if raw.get("kind") == BounceKind.HARD else Certainty.NONE


def mark_refusal(session: Session, delivery: Delivery, what: str) -> None:
    """Writes GIVES_UP or TRIED_AGAIN on the newest refusal of this mail."""
    query = select(Event).where(Event.delivery_id == delivery.id, BOUNCED).order_by(Event.id.desc()).limit(1)
    event = session.scalar(query)
    if event is not None:
        event.raw = {**event.raw, what: True}
        session.flush()


def in_scope(scope: str) -> ColumnElement[bool]:
    """Whether a lead's mail counts there: who has confirmed, or who never has."""
    return Lead.confirmed_at.is_not(None) if scope == BrakeScope.READERS else Lead.confirmed_at.is_(None)


def scope_of(lead: Lead) -> BrakeScope:
    return BrakeScope.STRANGERS if lead.confirmed_at is None else BrakeScope.READERS


@dataclass(frozen=True, slots=True)
class DeadHit:
    """One refusal that called a reader's address dead: whose, of which mail, when (story time), and what was said."""

    lead_id: int
    email: str
    delivery_id: int
    at: datetime
    words: str


def hits_of(session: Session, context: Context, rest: ProviderRest) -> list[DeadHit]:
    """The newest of each reader for whom this provider rests, newest first: of mails sent since the wave began."""
    query = (
        select(Event.lead_id, Event.delivery_id, Event.at, Event.raw, Event.reasons, Lead.email, Delivery.state)
        .join(Lead, Lead.id == Event.lead_id)
        .join(Delivery, Delivery.id == Event.delivery_id)
        .where(BOUNCED, Event.at >= rest.begins, in_scope(rest.scope), Lead.state != LeadState.ERASED)
        .where(or_(Delivery.ended_at.is_(None), Delivery.ended_at >= rest.begins))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(_MOST)
    )
    rows = [row for row in session.execute(query) if calls_dead(row.raw, row.state)]
    providers = providers_of(session, context.links, {row.email for row in rows})
    found: dict[int, DeadHit] = {}
    for row in rows:
        there = rest.provider == EVERYWHERE or rest.provider in providers[row.email].all
        if there and row.lead_id not in found:
            found[row.lead_id] = DeadHit(
                row.lead_id, row.email, row.delivery_id, row.at, words_said(row.raw, row.reasons)
            )
    return list(found.values())


def words_said(raw: Mapping[str, Any], reasons: list[str]) -> str:
    """What the server said, as far as it was kept; else our own word for it and the code."""
    words = str(raw.get("words") or "")
    code = str(raw.get("status") or raw.get("reply") or "")
    return words or " ".join(part for part in (code, *reasons[:1]) if part)


def last_signs(session: Session, leads: Collection[int]) -> dict[int, datetime]:
    """By reader, when her mailbox last showed that it lives: a mail was delivered, or a person opened one."""
    query = select(Event.lead_id, func.max(Event.at)).where(among(Event.lead_id, leads), LIVES).group_by(Event.lead_id)
    return {number: at for number, at in session.execute(query) if number is not None and at is not None}
