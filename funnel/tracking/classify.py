"""Judges stored opens and clicks again, by the current rules and everything known by now.

Intake judges each hit as it arrives. A later human signal, a client that turns out to be shared, or new rules can
change that verdict. The same events always get the same verdicts, so a second run changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.models import Delivery, Event, EventKind
from funnel.tracking.actors import judge_mail
from funnel.tracking.first_events import HITS, FirstEventCounts, recount_first_events
from funnel.tracking.rule import Rule
from funnel.tracking.rules import FROM_A_PAGE, HUMAN_SIGNALS, RULES_VERSION, SHARED_CLIENT_SPAN
from funnel.tracking.shared_clients import SharedClientFinder
from funnel.tracking.verdicts import (
    SWEPT,
    can_be_judged,
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
_MOST_REMEMBERED = 500_000  # mails; a longer run queries the database for each batch, which is slower


@dataclass
class Classified:
    """What a run did. `actors` counts the hits it examined by actor, `turned` those whose actor has changed."""

    since: datetime
    hits: int = 0
    changed: int = 0  # hits whose actor, reason or rules version has changed
    actors: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)  # by the name of the rule
    turned: Counter[tuple[str, str]] = field(default_factory=Counter)  # (before, now)
    version: int = RULES_VERSION

    def add(self, part: Classified) -> None:
        self.hits += part.hits
        self.changed += part.changed
        self.actors += part.actors
        self.rules += part.rules
        self.turned += part.turned


def classify(context: Context, since: datetime, *, dry_run: bool = False) -> Classified:
    """Judges every open and click since then (aware; by the time of the hit). With `dry_run` nothing is written."""
    judging = Judging(context, since, dry_run=dry_run)
    while judging.step():
        pass
    return judging.done


class Judging:
    """One run, a step at a time. Between steps nothing is open and nothing is locked.

    1. One pass in order of time finds the shared clients.
    2. Mails are judged in batches. Only a batch in which something changes gets a writing transaction; in it the
       events, the first events of each mail and the counters change together.
    """

    def __init__(
        self, context: Context, since: datetime, *, dry_run: bool = False, mails: int = 0, hits: int = 0
    ) -> None:
        self.done = Classified(since)
        self._context, self._dry_run = context, dry_run
        self._mails, self._hits = mails or _MAILS_AT_ONCE, hits or _HITS_AT_ONCE
        self._finder = SharedClientFinder(context.clock.rate)
        self._shared_clients_found = False
        self._from, self._after = (since - SHARED_CLIENT_SPAN * context.clock.rate, 0), 0
        # The mails to judge and their hits, from the pass over time; None where there are too many to remember.
        self._found: Counter[int] | None = Counter()
        self._waiting: deque[tuple[int, int]] | None = None

    def step(self) -> bool:
        """Does a little more; False when all is done."""
        if not self._shared_clients_found:
            self._find_shared_clients()
            return True
        with self._context.db.read() as session:
            ids = self._next_mails(session)
            if not ids:
                return False
            part = self._judge(session, ids, dry_run=True)
        if part.changed and not self._dry_run:
            with self._context.db.write() as session:
                part = self._judge(session, ids, dry_run=False)
        self.done.add(part)
        self._after = ids[-1]
        return True

    def _judge(self, session: Session, ids: list[int], *, dry_run: bool) -> Classified:
        """Judges all hits of these mails."""
        done, shared_clients = Classified(self.done.since), self._finder.shared_clients
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
            found = events[delivery.id]
            rules = judge_mail(
                [seen_event(event, shared_clients.hold(program_of(event.raw), event.at)) for event in found],
                handed_over(delivery),
                links=links_in(session, self._context, delivery),
                signs=signs[delivery.id],
                lapse=self._context.clock.rate,
            )
            for event, rule in zip(found, rules, strict=True):
                if event.at >= done.since and can_be_judged(event):
                    _take(event, rule, done, dry_run)
        if not dry_run:
            tally = FirstEventCounts()
            session.flush()
            recount_first_events(session, deliveries.values(), tally, self._context.events_kept_since)
            session.flush()
            tally.write(session)
        return done

    def _find_shared_clients(self) -> None:
        at, number = self._from
        query = (
            select(Event.id, Event.at, Event.lead_id, Event.delivery_id, Event.raw)
            .where(Event.kind.in_(HITS), Event.at >= at, (Event.at > at) | (Event.id > number))
            .order_by(Event.at, Event.id)
            .limit(self._hits)
        )
        with self._context.db.read() as session:
            rows = session.execute(query).all()
        for row in rows:
            if row.lead_id is not None and SWEPT not in row.raw:
                self._finder.take(row.at, row.lead_id, program_of(row.raw))
            if self._found is not None and row.delivery_id is not None and row.at >= self.done.since:
                self._found[row.delivery_id] += 1
        if rows:
            self._from = rows[-1].at, rows[-1].id
        if self._found is not None and len(self._found) > _MOST_REMEMBERED:
            self._found = None
        self._shared_clients_found = len(rows) < self._hits
        if self._shared_clients_found and self._found is not None:
            self._waiting = deque(sorted(self._found.items()))

    def _next_mails(self, session: Session) -> list[int]:
        """The next mails by number, so many that their hits fit into memory; one mail at least."""
        if self._waiting is None:
            return _fitting(_read_mails(session, self.done.since, self._after, self._mails), self._hits)
        ids = _fitting(list(islice(self._waiting, self._mails)), self._hits)
        for _ in ids:
            self._waiting.popleft()
        return ids


def _read_mails(session: Session, since: datetime, after: int, most: int) -> list[tuple[int, int]]:
    """The next mails with hits since then, by number, and how many."""
    query = (
        select(Event.delivery_id, func.count())
        .where(Event.kind.in_(HITS), Event.at >= since, Event.delivery_id > after)
        .group_by(Event.delivery_id)
        .order_by(Event.delivery_id)
        .limit(most)
    )
    return [(delivery_id or 0, n) for delivery_id, n in session.execute(query)]


def _fitting(mails: list[tuple[int, int]], most_hits: int) -> list[int]:
    """The first of these (mail, hits) that have no more hits than this together; the first in any case."""
    totals = accumulate(n for _, n in mails)
    return [mail for (mail, _), total in zip(mails, totals, strict=True) if total <= most_hits] or [
        mail for mail, _ in mails[:1]
    ]


def _signs(session: Session, deliveries: dict[int, Delivery]) -> dict[int, list[datetime]]:
    """When the reader of each mail surely was a person at a page of ours: by this mail, or by none in particular."""
    readers: dict[int, list[int]] = defaultdict(list)
    for delivery in deliveries.values():
        if delivery.lead_id is not None:
            readers[delivery.lead_id].append(delivery.id)
    query = select(Event).where(Event.lead_id.in_(readers), Event.kind.in_(HUMAN_SIGNALS))
    found: dict[int, list[datetime]] = defaultdict(list)
    for event in session.scalars(query.order_by(Event.at)):
        if event.kind == EventKind.UNSUBSCRIBED and FROM_A_PAGE not in event.reasons:
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
