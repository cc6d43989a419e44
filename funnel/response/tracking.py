"""Takes hits into the database: each once, judged, and counted once on its delivery."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from itertools import islice

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from funnel.journey.context import Context
from funnel.journey.outcomes import count_outcome
from funnel.models import Actor, Delivery, Event, EventKind, LessonMeasure
from funnel.response.actors import RULES_VERSION, judge, judge_burst
from funnel.response.spool import Hit, HitSpool

_AT_ONCE = 500
_EVERY_SECONDS = 0.5
_KINDS = {"open": EventKind.OPENED, "click": EventKind.CLICKED}

log = structlog.get_logger(__name__)


def take_in(context: Context, spool: HitSpool) -> int:
    """Stores every hit that waits, and gives back how many were new. A line that is no hit is set aside, not lost."""
    stored = 0
    for path in spool.segments():
        with path.open("rb") as file:
            while lines := list(islice(file, _AT_ONCE)):
                hits, broken = _read(lines)
                if broken:
                    with path.with_suffix(".broken").open("ab") as aside:
                        aside.writelines(broken)
                stored += store(context, hits)
        path.unlink()
    return stored


def store(context: Context, hits: Sequence[Hit]) -> int:
    """One transaction: events, the first human and machine sign on each delivery, and the counters."""
    with context.db.write() as session:
        seen = set(session.scalars(select(Event.key).where(Event.key.in_([hit.id for hit in hits]))))
        fresh = list({hit.id: hit for hit in hits if hit.id not in seen}.values())
        wanted = sorted({hit.delivery_id for hit in fresh})
        rows = session.scalars(select(Delivery).where(Delivery.id.in_(wanted)).order_by(Delivery.id).with_for_update())
        deliveries = {row.id: row for row in rows}
        known = [hit for hit in fresh if hit.delivery_id in deliveries]
        for hit in sorted(known, key=lambda each: each.at):
            _store_one(session, context, hit, deliveries[hit.delivery_id])
        session.flush()
        clicked = {hit.delivery_id for hit in known if hit.kind == "click"}
        for delivery_id in sorted(clicked):
            _judge_whole(session, context, deliveries[delivery_id])
    return len(known)


def start_intake(context: Context, spool: HitSpool) -> threading.Thread:
    """A thread of this process that takes hits in about twice a second; while the database is away they wait."""
    thread = threading.Thread(target=_run, args=(context, spool), name="hits", daemon=True)
    thread.start()
    return thread


def _run(context: Context, spool: HitSpool) -> None:
    pause = threading.Event()
    failing = False
    while True:
        pause.wait(_EVERY_SECONDS)
        try:
            take_in(context, spool)
            failing = False
        except (SQLAlchemyError, OSError) as error:
            if not failing:
                log.warning("hits wait in their files", error=type(error).__name__)
            failing = True


def _read(lines: Iterable[bytes]) -> tuple[list[Hit], list[bytes]]:
    hits: list[Hit] = []
    broken: list[bytes] = []
    for line in lines:
        try:
            hits.append(Hit.from_line(line))
        except ValueError:
            broken.append(line)
    return hits, broken


def _store_one(session: Session, context: Context, hit: Hit, delivery: Delivery) -> None:
    actor, reasons = judge(hit, delivery.ended_at, lapse=context.clock.rate)
    session.add(
        Event(
            key=hit.id,
            kind=_KINDS[hit.kind],
            at=hit.at,
            delivery_id=delivery.id,
            lead_id=delivery.lead_id,
            link=hit.link,
            actor=actor,
            reasons=reasons,
            raw={
                "method": hit.method,
                "network": hit.network,
                "user_agent": hit.user_agent,
                "headers": hit.headers,
                "rules": RULES_VERSION,
            },
        )
    )
    if actor == Actor.UNKNOWN:
        return
    column, measure = _SIGNS[hit.kind, actor]
    if getattr(delivery, column) is None:
        setattr(delivery, column, hit.at)
        count_outcome(session, delivery, measure, hit.at)


_SIGNS = {
    ("open", Actor.HUMAN): ("opened_at", LessonMeasure.OPENED),
    ("open", Actor.MACHINE): ("machine_opened_at", LessonMeasure.MACHINE_OPENED),
    ("click", Actor.HUMAN): ("clicked_at", LessonMeasure.CLICKED),
    ("click", Actor.MACHINE): ("machine_clicked_at", LessonMeasure.MACHINE_CLICKED),
}


def _judge_whole(session: Session, context: Context, delivery: Delivery) -> None:
    """A burst that began innocently is judged whole: its human clicks become machine clicks, and are counted so."""
    events = list(
        session.scalars(
            select(Event).where(Event.delivery_id == delivery.id, Event.kind == EventKind.CLICKED).order_by(Event.at)
        )
    )
    human = [event for event in events if event.actor == Actor.HUMAN]
    if not human or not judge_burst([(event.at, event.link or 0) for event in events], lapse=context.clock.rate):
        return
    for event in human:
        event.actor, event.reasons = Actor.MACHINE, ["several links of one mail within seconds"]
    if delivery.clicked_at is not None:
        first, delivery.clicked_at = delivery.clicked_at, None
        count_outcome(session, delivery, LessonMeasure.CLICKED, first, n=-1)
        if delivery.machine_clicked_at is None:
            delivery.machine_clicked_at = first
            count_outcome(session, delivery, LessonMeasure.MACHINE_CLICKED, first)
