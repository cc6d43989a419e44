"""A tag is put on a reader or taken off: it starts sequences, for who agreed to them, and ends others kindly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.sold import BOUGHT
from funnel.curriculum.tag_names import TAG_RULE, is_tag, tag_trigger
from funnel.enrolment.enrolment import start_triggered
from funnel.enrolment.stopping import stop_enrolments
from funnel.models import ConsentKind, DeliveryKind, DeliveryState, Enrolment, Lead, LeadState, Signup
from funnel.people.agreements import agreed_to
from funnel.people.consent import record_consent
from funnel.people.leads import find_lead
from funnel.people.permission import refusal, suppressions
from funnel.people.tags import put_tag, take_tag
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.anew import first_mails

CLIENT = "client"
LONGEST_AGREEMENT = 500  # characters of what the practice says of how she agreed


@dataclass(frozen=True, slots=True)
class TagWish:
    """What is to be put on and taken off, by whom of the practice. `agreed`: how and when she agreed to what starts."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    by: str = ""
    agreed: str = ""


@dataclass(frozen=True, slots=True)
class TagChange:
    """What became of it: her tags now, sorted, and the slugs of what began and ended by it.

    `not_begun` says of each other sequence that these tags start why it did not begin.
    """

    tags: tuple[str, ...]
    began: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    not_begun: tuple[tuple[str, str], ...] = ()


def set_tags(context: Context, who: str | int, wish: TagWish, now: datetime) -> TagChange:
    """One transaction: the tags of the reader of this address, or number, and what they start and end.

    What begins sends its first lesson at once. A tag that she has already starts and ends nothing. Raises LookupError
    with a sentence if nobody is found, or a tag cannot be called so.
    """
    for name in wish.add:
        if not is_tag(name):
            raise LookupError(f"{name!r} is no tag. {TAG_RULE}")
    for name in (*wish.add, *wish.remove):
        if name.startswith(BOUGHT):
            does = "bought" if name in wish.add else "refunded"
            raise LookupError(f"{name} is the tag of a purchase: funnel reader {does} notes it")
    with context.db.write() as session:
        lead = find_lead(session, who) if isinstance(who, str) else session.get(Lead, who)
        if lead is None or lead.state == LeadState.ERASED:
            raise LookupError(f"nobody signed up as {who}")
        session.refresh(lead, with_for_update=True)
        for name in wish.remove:
            take_tag(session, lead, name, now, wish.by)
        put = [name for name in dict.fromkeys(wish.add) if put_tag(session, lead, name, now, wish.by)]
        ended = [slug for name in put for slug in end_by_tag(session, context, lead, name, now)]
        began, not_begun = _begin(session, context, lead, put, wish, now)
        made = first_mails(session, context, began, now)
        session.flush()
        ids = [each.id for each in made if each.state == DeliveryState.WAITING]
        change = TagChange(tuple(lead.tags), tuple(each.sequence for each in began), tuple(ended), tuple(not_begun))
    enqueue_now(context, ids)
    return change


def end_by_tag(session: Session, context: Context, lead: Lead, name: str, now: datetime) -> list[str]:
    """Ends what says `stop_when` of this tag, kindly; the slugs of what she was on."""
    goal = tag_trigger(name)
    # What ends for a client says so by a word of its own; whoever puts that tag on her means the same.
    goals, reason = ({goal, CLIENT}, CLIENT) if name == CLIENT else ({goal}, goal)
    current = context.editions.all_current(session)
    ends = [each.sequence.slug for each in current if goals.intersection(each.sequence.stop_when)]
    return [slug for slug in ends if stop_enrolments(session, lead.id, reason, now, only=[slug])]


def _begin(
    session: Session, context: Context, lead: Lead, put: Iterable[str], wish: TagWish, now: datetime
) -> tuple[list[Enrolment], list[tuple[str, str]]]:
    """What these tags start now, and of the rest why not."""
    began: list[Enrolment] = []
    not_begun: list[tuple[str, str]] = []
    for name in put:
        slugs = started_by_tag(session, context, name)
        if not slugs:
            continue
        why = refusal(lead, DeliveryKind.LESSON, suppressions(session, context.links, [lead]))
        if why is not None:
            not_begun += [(slug, f"she is not written to: {why}") for slug in slugs]
            continue
        if wish.agreed.strip():
            text = wish.agreed.strip()[:LONGEST_AGREEMENT]
            record_consent(session, lead.id, ConsentKind.CONFIRMED, now, text=text, sequences=slugs, via=wish.by)
            session.flush()
        agreed = agreed_to(session, lead.id)
        newest = select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id.desc()).limit(1)
        started = start_triggered(session, context, lead, session.scalar(newest), tag_trigger(name), now)
        began += started
        not_begun += [
            (slug, "she has had it before" if slug in agreed else "she has not agreed to it")
            for slug in slugs
            if slug not in {each.sequence for each in started}
        ]
    return began, not_begun


def started_by_tag(session: Session, context: Context, name: str) -> list[str]:
    """The slugs of what this tag starts, as published."""
    trigger = tag_trigger(name)
    return [each.sequence.slug for each in context.editions.all_current(session) if trigger in each.sequence.start_on]


def begin_by_tags(
    session: Session, context: Context, lead: Lead, signup: Signup | None, now: datetime
) -> list[Enrolment]:
    """What the tags that she has already start, now that she has agreed to it. A purchase's tag has a way of its own.

    What a tag of hers started before does not start again.
    """
    session.flush()
    names = [name for name in lead.tags if not name.startswith(BOUGHT)]
    return [
        begun for name in names for begun in start_triggered(session, context, lead, signup, tag_trigger(name), now)
    ]
