"""How the clock and publishing bear many readers. `python -m benchmarks.scale [--quick] [--json FILE]`."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, insert, select, text, update

from benchmarks.report import Ratio, Result, main, median_seconds
from benchmarks.servers import ServerMissing
from benchmarks.service import analyze, service_on
from funnel.curriculum import Library
from funnel.db import Base
from funnel.enrolment.due import load_batch, step
from funnel.models import Delivery, Enrolment, Lead
from funnel.publishing.options import PublishOptions
from funnel.publishing.publish import plan, publish
from funnel.sending.scheduler import claim_enrolments, tick
from funnel.wiring import Service

COURSE = "anxious-attachment"
NOW = datetime(2027, 1, 12, 12, 0, tzinfo=UTC)
_CHUNK = 10_000
_WRITTEN = 100_000  # more readers than these are copies of them
_IDLE_MS, _CLAIM_MS, _PUBLISH_SECONDS = 2.0, 100.0, 10.0


def measure(*, quick: bool) -> Result:
    """Idle ticks and a claim at growing sizes, then plan and publish; on SQLite and on PostgreSQL."""
    result = Result("scale")
    for kind in ("sqlite", "postgres"):
        try:
            with service_on(kind) as service:
                _measure_on(result, kind, service, quick=quick)
        except ServerMissing as error:
            result.missing.append(str(error))
    return result


def _measure_on(result: Result, kind: str, service: Service, *, quick: bool) -> None:
    sizes = (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000)
    filled = 0
    for size in sizes:
        _fill(service, filled, size)
        filled = size
        analyze(service)
        idle = median_seconds(lambda: tick(service, NOW), 50) * 1_000
        result.ratios.append(Ratio(f"{kind}: idle tick at {size:,}, of 2 ms", idle / _IDLE_MS, 1, most=True))
        result.figures.append((f"{kind}: idle tick at {size:,} walks", f"{idle:.2f} ms"))
        if size == 100_000:
            _publish(result, kind, service)
    ids, rows = _claim_thousand(service)
    result.ratios.append(Ratio(f"{kind}: claiming 1,000 of {filled:,}, of 100 ms", ids / _CLAIM_MS, 1, most=True))
    result.figures.append((f"{kind}: claiming 1,000 due of {filled:,}", f"{ids:.0f} ms"))
    result.figures.append((f"{kind}: the same with their rows and next due times", f"{rows:.0f} ms"))


def _claim_thousand(service: Service) -> tuple[float, float]:
    """Milliseconds to find and lock 1,000 due enrolments, and to do so and write all that follows."""
    with service.db.write() as session:
        began = NOW - timedelta(days=16)
        due = {"due_at": NOW - timedelta(minutes=5), "started_on": began.date(), "started_at": began}
        session.execute(update(Enrolment), [{"id": number, **due} for number in range(1, 1_001)])
    only_found = median_seconds(lambda: _claimed(service), 9)
    with service.db.write() as session:
        started = time.perf_counter()
        enrolments = claim_enrolments(session, NOW, 1_000)
        batch = load_batch(session, service, enrolments, NOW)
        made = sum(len(step(session, service, enrolment, batch, NOW)) for enrolment in enrolments)
    everything = time.perf_counter() - started
    assert made, "nothing was due"
    return only_found * 1_000, everything * 1_000


def _claimed(service: Service) -> None:
    with service.db.write() as session:
        assert len(claim_enrolments(session, NOW, 1_000)) == 1_000


def _publish(result: Result, kind: str, service: Service) -> None:
    """Plans and publishes one retimed lesson over everybody there is."""
    library, before = _retimed(service.library), _peak_mb()
    started = time.perf_counter()
    drafts = plan(service, library, NOW)
    planned = time.perf_counter() - started
    publish(service, library, "bench", NOW, PublishOptions(planned=drafts))
    both = time.perf_counter() - started
    after = _peak_mb()
    result.ratios.append(
        Ratio(f"{kind}: plan and publish over 100,000, of 10 s", both / _PUBLISH_SECONDS, 1, most=True)
    )
    result.figures.append(
        (f"{kind}: plan and publish of a retimed lesson", f"{both:.1f} s, of which planning {planned:.1f} s")
    )
    result.figures.append((f"{kind}: peak memory before and after", f"{before:.0f} and {after:.0f} MB"))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _retimed(library: Library) -> Library:
    course = library.sequences[COURSE]
    lessons = tuple(
        replace(lesson, day=16) if lesson.id == "where-it-was-learned" else lesson for lesson in course.lessons
    )
    return replace(library, sequences={**library.sequences, COURSE: replace(course, lessons=lessons)})


def _fill(service: Service, have: int, want: int) -> None:
    """Readers who have had two lessons and wait for the third, days from now."""
    if want > _WRITTEN:
        for offset in range(have, want, _WRITTEN):
            _copy(service, offset)
        return
    with service.db.read() as session:
        published = service.editions.current(session, COURSE)
    assert published is not None
    lessons = [lesson.id for lesson in published.sequence.lessons[:2]]
    for start in range(have + 1, want + 1, _CHUNK):
        numbers = range(start, min(start + _CHUNK, want + 1))
        with service.db.write() as session:
            session.execute(insert(Lead), [_lead(number) for number in numbers])
            session.execute(insert(Enrolment), [_enrolment(number) for number in numbers])
            rows = [
                _delivery(number, place, lesson, published.lesson_rows[lesson])
                for number in numbers
                for place, lesson in enumerate(lessons)
            ]
            session.execute(insert(Delivery), rows)


def _copy(service: Service, offset: int) -> None:
    """The first hundred thousand readers once more, under numbers of their own, by the database itself."""
    address = "reader-" + cast(Lead.id + offset, Text) + "@example.org"
    another: tuple[tuple[type[Base], dict[str, ColumnElement[Any]]], ...] = (
        (Lead, {"id": Lead.id + offset, "email": address, "email_key": address}),
        (Enrolment, {"id": Enrolment.id + offset, "lead_id": Enrolment.lead_id + offset}),
        (Delivery, {"lead_id": Delivery.lead_id + offset, "enrolment_id": Delivery.enrolment_id + offset}),
    )
    for model, changed in another:
        first = model.__table__.c["enrolment_id" if model is Delivery else "id"] <= _WRITTEN
        stored = [each for each in model.__table__.c if each.computed is None]
        columns = [each for each in stored if each.name != "id" or "id" in changed]
        values = select(*(changed.get(each.name, each) for each in columns)).where(first)
        with service.db.write() as session:
            if not service.db.is_sqlite:  # copies of rows that were checked need not be checked against each other
                session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(insert(model).from_select([each.name for each in columns], values))


def _lead(number: int) -> dict[str, object]:
    address = f"reader-{number}@example.org"
    return {
        "id": number,
        "email": address,
        "email_key": address,
        "state": "confirmed",
        "zone": ("Europe/Dublin", "Australia/Sydney", "America/New_York")[number % 3],
        "created_at": NOW,
    }


def _enrolment(number: int) -> dict[str, object]:
    started = NOW - timedelta(days=8, seconds=number % 3_600)
    return {
        "id": number,
        "lead_id": number,
        "sequence": COURSE,
        "state": "active",
        "trigger": "confirm",
        "started_on": started.date(),
        "started_at": started,
        "due_at": NOW + timedelta(days=6, minutes=number % 600),
    }


def _delivery(number: int, place: int, lesson: str, row: int) -> dict[str, object]:
    at = NOW - timedelta(days=8 - 7 * place)
    return {
        "kind": "lesson",
        "lead_id": number,
        "enrolment_id": number,
        "sequence": COURSE,
        "lesson_id": lesson,
        "edition_lesson_id": row,
        "state": "accepted",
        "created_at": at,
        "not_before": at,
        "local_date": at.date(),
        "ended_at": at,
    }


if __name__ == "__main__":
    main(__doc__, measure)
