"""How soon the dashboard's pages are there over years of readers. `python -m benchmarks.dashboard [--quick]`."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, Text, cast, insert, select, text

from benchmarks.report import Ratio, Result, main, median_seconds
from benchmarks.servers import ServerMissing
from benchmarks.service import HOST, analyze, service_on
from funnel.db import Base
from funnel.models import Delivery, Enrolment, Event, Lead, Signup
from funnel.people.admins import add_admin, make_sign_in, sign_in_url
from funnel.tracking.recount import recount
from funnel.web.app import create_app
from funnel.wiring import Service

COURSE = "anxious-attachment"
SITE = f"https://{HOST}"
NOW = datetime(2027, 1, 12, 12, 0, tzinfo=UTC)
_DAYS, _LESSONS, _EVENTS = 730, 6, 10
_CHUNK, _WRITTEN = 5_000, 100_000  # more readers than these are copies of them
_PAGE_MS, _SEARCH_MS, _TIMES = 200.0, 100.0, 5
_SOURCES = ("instagram", "podcast", "newsletter", "friend", "shop", "search.example", "blog", "")
_OFFERS = ("course", "ebook", "training", "quiz")
PAGES = {
    "home": "/dashboard",
    "funnel, 90 days": "/dashboard/funnel?days=90",
    "funnel, all, by source": "/dashboard/funnel?days=all&by=source",
    "sequence": f"/dashboard/sequences/{COURSE}?days=all",
    "people": "/dashboard/people",
    "people behind a number": "/dashboard/people?offer=course&stage=booked",
    "one person": "/dashboard/people/77",
    "mails": "/dashboard/deliveries",
    "failed mails": "/dashboard/deliveries?state=failed",
    "bookings": "/dashboard/bookings",
}


def measure(*, quick: bool) -> Result:
    """Every page at growing sizes, on SQLite and on PostgreSQL."""
    result = Result("dashboard")
    for kind in ("sqlite", "postgres"):
        try:
            with service_on(kind) as service:
                _measure_on(result, kind, service, (10_000,) if quick else (10_000, 100_000, 1_000_000))
        except ServerMissing as error:
            result.missing.append(str(error))
    return result


def _measure_on(result: Result, kind: str, service: Service, sizes: tuple[int, ...]) -> None:
    filled, browser = 0, _signed_in(service)
    for size in sizes:
        _fill(service, filled, size)
        filled = size
        started = time.perf_counter()
        done = recount(service)
        result.figures.append((f"{kind}: counting {size:,} readers anew", f"{time.perf_counter() - started:.0f} s"))
        assert done.cohort_counts, "nothing was counted"
        analyze(service)
        before = _peak_mb()
        for name, path in PAGES.items():
            _one(result, f"{kind}: {name} at {size:,}", median_seconds(partial(_get, browser, path), _TIMES))
        found = median_seconds(lambda: _search(browser), _TIMES) * 1_000
        result.ratios.append(Ratio(f"{kind}: people search at {size:,}, of 100 ms", found / _SEARCH_MS, 1, most=True))
        grown = _peak_mb() - before
        result.figures.append((f"{kind}: memory that the pages took at {size:,}", f"{grown:.0f} MB"))


def _one(result: Result, name: str, seconds: float) -> None:
    result.ratios.append(Ratio(f"{name}, of 200 ms", seconds * 1_000 / _PAGE_MS, 1, most=True))


def _get(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path, base_url=SITE)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def _search(browser: FlaskClient) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', _get(browser, "/dashboard/account"))
    assert token
    fields = {"csrf_token": token[1], "search": "reader-7777"}
    answer = browser.post("/dashboard/people", data=fields, base_url=SITE)
    assert "reader-7777@example.org" in answer.get_data(as_text=True)


def _signed_in(service: Service) -> FlaskClient:
    with service.db.write() as session:
        admin = add_admin(session, "owner@example.org", service.clock.now())
        link = sign_in_url(service.links, make_sign_in(session, admin.id, service.clock.machine_now()))
    browser, path = create_app(service).test_client(), link.removeprefix(SITE)
    token = re.search(r'name="csrf_token" value="([^"]+)"', _get(browser, path))
    assert token
    assert browser.post(path, data={"csrf_token": token[1]}, base_url=SITE).status_code == 303
    return browser


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fill(service: Service, have: int, want: int) -> None:
    """Readers of two years: most confirmed, some under way, some left, each with six lessons and ten events."""
    if want > _WRITTEN:
        for offset in range(have, want, _WRITTEN):
            _copy(service, offset)
        return
    with service.db.read() as session:
        published = service.editions.current(session, COURSE)
    assert published is not None
    lessons = [(each.id, published.lesson_rows[each.id]) for each in published.sequence.lessons[:_LESSONS]]
    for start in range(have + 1, want + 1, _CHUNK):
        numbers = range(start, min(start + _CHUNK, want + 1))
        with service.db.write() as session:
            for model, rows in (
                (Lead, [_lead(number) for number in numbers]),
                (Signup, [_signup(number) for number in numbers]),
                (Enrolment, [_enrolment(number) for number in numbers]),
                (Delivery, [each for number in numbers for each in _deliveries(number, lessons)]),
                (Event, [each for number in numbers for each in _events(number)]),
            ):
                session.execute(insert(model), rows)


def _copy(service: Service, offset: int) -> None:
    """The first hundred thousand readers once more, under numbers of their own, by the database itself."""
    address, mails = "reader-" + cast(Lead.id + offset, Text) + "@example.org", offset * _LESSONS
    another: tuple[tuple[type[Base], str, dict[str, ColumnElement[Any]]], ...] = (
        (Lead, "id", {"id": Lead.id + offset, "email": address, "email_key": address}),
        (Signup, "id", {"id": Signup.id + offset, "lead_id": Signup.lead_id + offset}),
        (Enrolment, "id", {"id": Enrolment.id + offset, "lead_id": Enrolment.lead_id + offset}),
        (Delivery, "lead_id", {
            "id": Delivery.id + mails,
            "lead_id": Delivery.lead_id + offset,
            "enrolment_id": Delivery.enrolment_id + offset,
        }),
        (Event, "lead_id", {
            "key": Event.key + f":{offset}",
            "delivery_id": Event.delivery_id + mails,
            "lead_id": Event.lead_id + offset,
        }),
    )  # fmt: skip
    for model, by, changed in another:
        stored = [each for each in model.__table__.c if each.computed is None]
        columns = [each for each in stored if each.name != "id" or "id" in changed]
        values = select(*(changed.get(each.name, each) for each in columns)).where(model.__table__.c[by] <= _WRITTEN)
        with service.db.write() as session:
            if not service.db.is_sqlite:  # copies of rows that were checked need not be checked against each other
                session.execute(text("SET LOCAL session_replication_role = replica"))
            into = model.__table__.insert()  # type: ignore[attr-defined]
            session.execute(into.from_select([each.key for each in columns], values))


def _came(number: int) -> datetime:
    return NOW - timedelta(days=number % _DAYS, minutes=number % 1_440)


def _confirmed(number: int) -> bool:
    return number % 8 != 0


def _lead(number: int) -> dict[str, object]:
    address, at = f"reader-{number}@example.org", _came(number)
    state = "asked" if not _confirmed(number) else "left" if number % 17 == 0 else "confirmed"
    return {
        "id": number, "email": address, "email_key": address, "state": state, "created_at": at,
        "confirmed_at": at if _confirmed(number) else None, "booked_at": at if number % 40 == 1 else None,
    }  # fmt: skip


def _signup(number: int) -> dict[str, object]:
    at = _came(number)
    reached = at + timedelta(days=1) if _confirmed(number) else None
    return {
        "id": number, "lead_id": number, "offer": _OFFERS[number % len(_OFFERS)], "utm": {}, "day": at.date(),
        "source": _SOURCES[number % len(_SOURCES)], "language": "en", "place": ("page", "script")[number % 2],
        "created_at": at, "asked_at": at, "confirmed_at": reached, "received_at": reached, "under_way_at": reached,
        "finished_at": reached if number % 3 == 0 else None, "booked_at": reached if number % 40 == 1 else None,
    }  # fmt: skip


def _enrolment(number: int) -> dict[str, object]:
    at, going = _came(number), number % _DAYS < 42
    return {
        "id": number, "lead_id": number, "signup_id": None, "sequence": COURSE, "trigger": "confirm",
        "state": "active" if going else "finished", "started_on": at.date(), "started_at": at,
        "due_at": NOW + timedelta(days=6, minutes=number % 600) if going else None,
    }  # fmt: skip


def _deliveries(number: int, lessons: list[tuple[str, int]]) -> Iterator[dict[str, object]]:
    for place, (lesson, row) in enumerate(lessons):
        at, failed = _came(number) + timedelta(days=7 * place), (number + place) % 500 == 0
        opened = at if (number + place) % 2 == 0 and not failed else None
        yield {
            "id": (number - 1) * _LESSONS + place + 1, "kind": "lesson", "lead_id": number, "enrolment_id": number,
            "sequence": COURSE, "lesson_id": lesson, "edition_lesson_id": row, "created_at": at, "not_before": at,
            "state": "failed" if failed else "accepted", "local_date": at.date(), "ended_at": at,
            "opened_at": opened, "clicked_at": opened if number % 5 == 0 else None,
        }  # fmt: skip


def _events(number: int) -> Iterator[dict[str, object]]:
    """Of machines, which are counted apart: what people did stands on the mails."""
    for place in range(_EVENTS):
        mail = (number - 1) * _LESSONS + place % _LESSONS + 1
        yield {
            "key": f"bench:{number}:{place}", "kind": "bounced", "at": _came(number), "delivery_id": mail,
            "lead_id": number, "actor": "unknown", "raw": {},
        }  # fmt: skip


if __name__ == "__main__":
    main(__doc__, measure)
