"""Judges stored opens and clicks again, by the rules as they are now and by everything that is known by now.

Intake judges what comes in at once; a later sign of a person, a crowd, or a new version of the rules needs a look back.
The same events always get the same verdicts, so that a second run changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.journey.context import Context
from funnel.models import Delivery, Event
from funnel.response.actors import judge_mail
from funnel.response.crowds import Crowds, find_crowds
from funnel.response.firsts import HITS, Tally, settle
from funnel.response.rule import Rule
from funnel.response.rules import CROWD, NOT_FROM_A_PAGE, RULES_VERSION, SIGNS
from funnel.response.verdicts import (
    handed_over,
    links_in,
    lock_deliveries,
    pass_verdict,
    program_of,
    seen_event,
    stamp,
)

_MAILS_AT_ONCE = 200
_HITS_AT_ONCE = 5_000


@dataclass
class Classified:
    """What a run did. `actors` counts all hits looked at by who it was; `turned` those whose actor is another now."""

    since: datetime
    hits: int = 0
    changed: int = 0  # hits whose actor, reason or rules version is another now
    actors: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)  # by the name of the rule
    turned: Counter[tuple[str, str]] = field(default_factory=Counter)  # (before, now)
    version: int = RULES_VERSION


def classify(context: Context, since: datetime, *, dry_run: bool = False) -> Classified:
    """Judges every open and click since then (aware; by its own time). With `dry_run` nothing is written.

    1. One pass over time finds the crowds.
    2. Batches of mails, each in one transaction: events, the firsts on each mail, and the counters change together.
    """
    with context.db.read() as session:
        crowds = find_crowds(_in_order(session, since - CROWD * context.clock.rate), context.clock.rate)
    done = Classified(since)
    after = 0
    while True:
        with context.db.read() as session:
            ids = _next_mails(session, since, after)
        if not ids:
            return done
        with context.db.read() if dry_run else context.db.write() as session:
            _judge_batch(session, context, ids, crowds, done, dry_run)
        after = ids[-1]


def _in_order(session: Session, since: datetime) -> Iterator[tuple[datetime, int, tuple[str, str]]]:
    query = (
        select(Event.at, Event.lead_id, Event.raw)
        .where(Event.kind.in_(HITS), Event.at >= since, Event.lead_id.is_not(None))
        .order_by(Event.at)
        .execution_options(yield_per=1000)
    )
    for at, lead_id, raw in session.execute(query):
        yield at, lead_id or 0, program_of(raw)


def _next_mails(session: Session, since: datetime, after: int) -> list[int]:
    """The next mails by number, so many that their hits fit into memory; one mail at least."""
    query = (
        select(Event.delivery_id, func.count())
        .where(Event.kind.in_(HITS), Event.at >= since, Event.delivery_id > after)
        .group_by(Event.delivery_id)
        .order_by(Event.delivery_id)
        .limit(_MAILS_AT_ONCE)
    )
    found = [(delivery_id or 0, hits) for delivery_id, hits in session.execute(query)]
    total = 0

    def fits(row: tuple[int, int]) -> bool:
        nonlocal total
        total += row[1]
        return total <= _HITS_AT_ONCE

    return [delivery_id for delivery_id, _ in takewhile(fits, found)] or [row[0] for row in found[:1]]


def _judge_batch(
    session: Session, context: Context, ids: list[int], crowds: Crowds, done: Classified, dry_run: bool
) -> None:
    if dry_run:
        deliveries = {row.id: row for row in session.scalars(select(Delivery).where(Delivery.id.in_(ids)))}
    else:
        deliveries = lock_deliveries(session, set(ids))
    events: dict[int, list[Event]] = defaultdict(list)
    query = select(Event).where(Event.delivery_id.in_(ids), Event.kind.in_(HITS)).order_by(Event.at, Event.id)
    for event in session.scalars(query):
        events[event.delivery_id or 0].append(event)
    signs = _signs(session, deliveries)
    for delivery in deliveries.values():
        rules = judge_mail(
            [seen_event(event, crowds.hold(program_of(event.raw), event.at)) for event in events[delivery.id]],
            handed_over(delivery),
            links=links_in(session, context, delivery),
            signs=signs[delivery.id],
            lapse=context.clock.rate,
        )
        for event, rule in zip(events[delivery.id], rules, strict=True):
            if event.at >= done.since:
                _take(event, rule, done, dry_run)
    if not dry_run:
        tally = Tally()
        session.flush()
        settle(session, deliveries.values(), tally)
        session.flush()
        tally.write(session)


def _signs(session: Session, deliveries: dict[int, Delivery]) -> dict[int, list[datetime]]:
    """When the reader of each mail surely was a person at a page of ours: by this mail, or by none in particular."""
    readers: dict[int, list[int]] = defaultdict(list)
    for delivery in deliveries.values():
        if delivery.lead_id is not None:
            readers[delivery.lead_id].append(delivery.id)
    query = select(Event).where(Event.lead_id.in_(readers), Event.kind.in_(SIGNS))
    found: dict[int, list[datetime]] = defaultdict(list)
    for event in session.scalars(query.order_by(Event.at)):
        if NOT_FROM_A_PAGE in event.reasons:
            continue
        mails = readers[event.lead_id or 0] if event.delivery_id is None else [event.delivery_id]
        for delivery_id in mails:
            found[delivery_id].append(event.at)
    return found


def _take(event: Event, rule: Rule, done: Classified, dry_run: bool) -> None:
    done.hits += 1
    done.actors[rule.actor] += 1
    done.rules[rule.name] += 1
    if event.actor != rule.actor:
        done.turned[event.actor, rule.actor.value] += 1
    if dry_run:
        done.changed += (event.actor, event.reasons, event.raw) != (rule.actor, [rule.reason], stamp(event.raw, rule))
    else:
        done.changed += pass_verdict(event, rule)
