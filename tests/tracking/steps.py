"""Hits on a lesson, and the figures they lead to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import func, select

from funnel.models import Delivery, Event, LessonCount
from funnel.tracking.hit import Hit
from funnel.tracking.recount import disagreements
from funnel.wiring import Service
from tests.tracking.hits import FIREFOX


def hit(
    service: Service,
    lesson: Delivery,
    kind: Literal["open", "click"] = "open",
    link: int | None = None,
    agent: str = FIREFOX,
    after: float = 0,
    **more: Any,
) -> Hit:
    """A request so many seconds from now."""
    at = service.clock.now() + timedelta(seconds=after)
    return Hit(kind=kind, delivery_id=lesson.id, nonce=lesson.nonce, at=at, link=link, user_agent=agent, **more)


def burst(service: Service, lesson: Delivery, n: int = 3, after: float = 0) -> list[Hit]:
    """Clicks on n links, one a second."""
    return [hit(service, lesson, "click", link, after=after + link) for link in range(n)]


def counts(service: Service) -> dict[str, int]:
    """The counters by measure; and they agree with the rows, and the rows with the events."""
    with service.db.read() as session:
        found = session.execute(select(LessonCount.measure, func.sum(LessonCount.n)).group_by(LessonCount.measure))
        assert disagreements(session) == []
        return {measure: n for measure, n in found if n}


def actors(service: Service) -> list[str]:
    """Who it was, hit by hit in order of time."""
    with service.db.read() as session:
        return list(session.scalars(select(Event.actor).order_by(Event.at, Event.id)))
