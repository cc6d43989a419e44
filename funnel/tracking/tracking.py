"""Takes hits into the database: each once, judged, and counted once on its delivery."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import insert, select
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.measuring import measured
from funnel.models import Actor, Delivery, Event, Lead, LeadState
from funnel.tracking.actors import Seen, judge_alone, judge_mail
from funnel.tracking.first_events import HITS, FirstEventCounts, note, recount_first_events
from funnel.tracking.hit import Hit
from funnel.tracking.link_cache import remember_links
from funnel.tracking.rule import Rule
from funnel.tracking.rules import BURST, BY_LOOKING_BACK
from funnel.tracking.spool import HitSpool
from funnel.tracking.spool_reader import line_batches, remove
from funnel.tracking.verdicts import (
    EVENT_KIND_OF,
    can_be_judged,
    handed_over,
    links_in,
    lock_deliveries,
    pass_verdict,
    raw_of,
    seen_event,
    seen_hit,
    stamp,
)

_AT_ONCE = 500
_EVERY_SECONDS = 0.5
_REST = 1.0
_SWITCH_SECONDS = 0.0005
_NICE = 10

log = structlog.get_logger(__name__)


def take_in(context: Context, spool: HitSpool, rest: float = 0.0, *, files: int | None = None) -> int:
    """Stores every hit that waits, and gives back how many were new. A line that is no hit is set aside, not lost.

    At most so many `files` are taken in; None for all. `rest` is how long to pause after a batch during which this
    process has answered readers, as a multiple of what the batch took: they come first.

    1. Files are handed out locked, so that no two processes work on one.
    2. Each batch of lines is one transaction. Whoever dies in the middle leaves the file to the next.
    3. A file is removed when all of it is in the database; a line that was in there before changes nothing.
    """
    stored = 0
    context.in_force.refresh()
    with closing(spool.files_to_take_in()) as files_to_take_in:
        for path in islice(files_to_take_in, files):
            for lines in line_batches(path, _AT_ONCE):
                begun, before = time.monotonic(), spool.written
                stored += _take_lines(context, path, lines)
                if rest and spool.written != before:
                    time.sleep(rest * (time.monotonic() - begun))
            remove(path)
    return stored


def store(context: Context, hits: Sequence[Hit]) -> int:
    """One transaction: events, the first human and machine sign on each delivery, and the counters.

    Gives back how many were stored: not those stored before, those of a mail nobody knows, and those of a reader who
    chose not to be measured or was erased.
    """
    with context.db.write() as session:
        deliveries = lock_deliveries(session, {hit.delivery_id for hit in hits})
        # Asked only now: whoever stores the same hits at the same time has locked the same deliveries.
        seen = set(session.scalars(select(Event.key).where(Event.key.in_([hit.id for hit in hits]))))
        known = {(number, delivery.nonce) for number, delivery in deliveries.items()}
        fresh = {hit.id: hit for hit in hits if hit.id not in seen and (hit.delivery_id, hit.nonce) in known}
        wanted = _wanted(session, context, fresh.values(), deliveries)
        if wanted:
            _store_all(session, context, wanted, deliveries)
    return len(wanted)


def start_intake(context: Context, spool: HitSpool, *, keeps_lock: bool = False) -> threading.Thread:
    """A thread of this process that takes hits in about twice a second; while the database is away they wait.

    With `keeps_lock` it does so for the whole machine for as long as it lives, once it has the lock.
    """
    # A request gives up its turn when it writes its hit; by default it would get it back 5 ms later.
    sys.setswitchinterval(_SWITCH_SECONDS)
    thread = threading.Thread(target=_run, args=(context, spool, keeps_lock), name="hits", daemon=True)
    thread.start()
    return thread


def _run(context: Context, spool: HitSpool, keeps_lock: bool) -> None:
    if keeps_lock and sys.platform == "linux":
        # Of this thread alone: on a machine with its hands full readers are answered first, and hits wait. Where a
        # container does not allow it they are taken in all the same.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    pause = threading.Event()
    failing = remembered = False
    while True:
        pause.wait(_EVERY_SECONDS)
        try:
            remembered = remembered or bool(remember_links(context))
            with spool.intake_lock() as ours:
                if not ours:
                    spool.hand_over()
                while ours:
                    # One file at a time, for where a clock comes it shall have the lock.
                    take_in(context, spool, _REST, files=None if keeps_lock else 1)
                    failing = False
                    ours = keeps_lock and not pause.wait(_EVERY_SECONDS)
            failing = False
        except (SQLAlchemyError, OSError) as error:
            if not failing:
                log.warning("hits wait in their files", error=type(error).__name__)
            failing = True
        except Exception:  # a mistake of ours is said once; hits wait, and the thread lives on
            if not failing:
                log.exception("hits wait in their files")
            failing = True


def _take_lines(context: Context, path: Path, lines: Sequence[bytes]) -> int:
    hits, broken = _read(lines)
    try:
        stored = store(context, hits)
    except (DataError, IntegrityError):  # every other error is the database's, and everything waits
        stored, refused = _store_singly(context, hits)
        broken += refused
    if broken:
        with path.with_suffix(".broken").open("ab") as aside:
            aside.writelines(broken)
    return stored


def _store_singly(context: Context, hits: Sequence[Hit]) -> tuple[int, list[bytes]]:
    """One hit that the database refuses must not keep all others waiting."""
    stored, refused = 0, []
    for hit in hits:
        try:
            stored += store(context, [hit])
        except (DataError, IntegrityError) as error:
            log.warning("a hit was set aside", error=type(error).__name__)
            refused.append(hit.to_line())
    return stored, refused


def _read(lines: Iterable[bytes]) -> tuple[list[Hit], list[bytes]]:
    hits: list[Hit] = []
    broken: list[bytes] = []
    for line in lines:
        try:
            hits.append(Hit.from_line(line))
        except ValueError:
            broken.append(line)
    return hits, broken


def _wanted(session: Session, context: Context, hits: Iterable[Hit], deliveries: dict[int, Delivery]) -> list[Hit]:
    """The hits that may be kept. A choice holds at once, also for pixels and links of mail sent before it."""
    readers = {row.lead_id for row in deliveries.values() if row.lead_id is not None}
    query = select(Lead.id, Lead.tracking).where(Lead.id.in_(readers), Lead.state != LeadState.ERASED)
    default = context.library.practice.tracking
    choices = {lead_id: measured(tracking, default) for lead_id, tracking in session.execute(query)}
    kept = {"none": (), "clicks": ("click",), "full": ("click", "open")}

    def may(hit: Hit) -> bool:
        reader = deliveries[hit.delivery_id].lead_id
        return reader is None or hit.kind in kept[choices.get(reader, "none")]

    return sorted(filter(may, hits), key=lambda hit: hit.at)


def _store_all(session: Session, context: Context, hits: Sequence[Hit], deliveries: dict[int, Delivery]) -> None:
    lapse, tally = context.clock.rate, FirstEventCounts()
    around = _around(session, context, hits)
    by_mail: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_mail[hit.delivery_id].append(hit)
    rows: list[dict[str, Any]] = []
    changed: list[Delivery] = []
    for delivery_id, new in by_mail.items():
        delivery, old = deliveries[delivery_id], around.get(delivery_id, [])
        seen = [seen_hit(hit) for hit in new]
        if len(new) == 1 and not old:
            verdicts = [judge_alone(seen[0], handed_over(delivery), lapse)]
        else:
            links = links_in(session, context, delivery) if _clicks(seen) else None
            known = [seen_event(event) for event in old]
            verdicts = judge_mail(seen + known, handed_over(delivery), links=links, lapse=lapse)
            if _correct(old, verdicts[len(new) :]):
                changed.append(delivery)
        for hit, rule in zip(new, verdicts, strict=False):
            rows.append(_row(hit, delivery, rule))
            note(delivery, EVENT_KIND_OF[hit.kind], rule.actor, hit.at, tally)
    session.execute(insert(Event), rows)
    session.flush()
    recount_first_events(session, changed, tally, context.events_kept_since)
    session.flush()
    tally.write(session)


def _around(session: Session, context: Context, hits: Sequence[Hit]) -> dict[int, list[Event]]:
    """Stored hits of the same mails, so near in time that they may belong to one burst. `hits` are ordered by time.

    Twice the span of a burst: what the new hits change may itself be part of a burst that began before.
    """
    span = 2 * BURST * context.clock.rate
    first, last = hits[0].at - span, hits[-1].at + span
    found: dict[int, list[Event]] = defaultdict(list)
    # An open changes no earlier one, so for mails that were only opened the clicks suffice.
    clicked = {hit.delivery_id for hit in hits if hit.kind == "click"}
    opened = {hit.delivery_id for hit in hits}.difference(clicked)
    for ids, kinds in ((clicked, HITS), (opened, (EVENT_KIND_OF["click"],))):
        if ids:
            query = select(Event).where(
                Event.delivery_id.in_(ids), Event.kind.in_(kinds), Event.at.between(first, last)
            )
            for event in session.scalars(query.order_by(Event.id)):
                found[event.delivery_id or 0].append(event)
    return found


def _clicks(seen: Sequence[Seen]) -> bool:
    return any(one.kind == "click" for one in seen)


def _correct(events: Sequence[Event], rules: Sequence[Rule]) -> bool:
    """Turns stored hits into a machine's, where the new ones show it. True where any was turned.

    Never the other way: seen from here the burst they were part of may have begun too early to be seen whole.
    """
    turned = False
    for event, rule in zip(events, rules, strict=True):
        stands = not can_be_judged(event) or event.actor == Actor.MACHINE or event.raw.get("rule") in BY_LOOKING_BACK
        if not stands and rule.actor == Actor.MACHINE:
            turned |= pass_verdict(event, rule)
    return turned


def _row(hit: Hit, delivery: Delivery, rule: Rule) -> dict[str, Any]:
    return {
        "key": hit.id,
        "kind": EVENT_KIND_OF[hit.kind],
        "at": hit.at,
        "delivery_id": delivery.id,
        "lead_id": delivery.lead_id,
        "link": hit.link,
        "actor": rule.actor,
        "reasons": [rule.reason],
        "raw": stamp(raw_of(hit), rule),
    }
