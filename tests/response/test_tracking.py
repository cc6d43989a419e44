"""Hits wait in files, are taken in once, and are counted once."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.insight.agreement import agreement
from funnel.models import Delivery, Event, LessonCount
from funnel.response.spool import Hit, HitSpool
from funnel.response.tracking import store, take_in
from funnel.wiring import Service
from tests.journey.steps import join, rows, work

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def lesson(service: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> Delivery:
    """The first lesson, accepted ten minutes ago."""
    join(service, "ada@example.org")
    work(service)
    time.shift(timedelta(minutes=10))
    return rows(service, "ada@example.org")[-1]


def hit(lesson: Delivery, kind: str, service: Service, link: int | None = None, agent: str = FIREFOX) -> Hit:
    return Hit(kind=kind, delivery_id=lesson.id, at=service.clock.now(), link=link, user_agent=agent)


def counts(service: Service) -> dict[str, int]:
    with service.db.read() as session:
        found = session.execute(select(LessonCount.measure, func.sum(LessonCount.n)).group_by(LessonCount.measure))
        assert agreement(session) == []
        return {measure: n for measure, n in found if n}


def test_what_was_written_is_taken_in_once(service: Service, lesson: Delivery) -> None:
    service.hits.write(hit(lesson, "open", service))
    service.hits.write(hit(lesson, "open", service))
    service.hits.write(hit(lesson, "click", service, link=0))
    assert take_in(service, service.hits) == 3
    assert take_in(service, service.hits) == 0
    assert counts(service) == {"accepted": 1, "opened": 1, "clicked": 1}


def test_a_hit_taken_in_twice_counts_once(service: Service, lesson: Delivery) -> None:
    one = hit(lesson, "open", service)
    assert store(service, [one, one]) == 1
    assert store(service, [one]) == 0
    assert counts(service)["opened"] == 1


def test_hits_of_a_process_that_died_are_taken_in_by_another(service: Service, lesson: Delivery) -> None:
    folder = service.settings.data_dir / "hits"
    line = hit(lesson, "open", service).to_line().decode()
    dies = (
        "import os, sys; from pathlib import Path; from funnel.response.spool import Hit, HitSpool\n"
        "HitSpool(Path(sys.argv[1])).write(Hit.from_line(sys.argv[2].encode())); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", dies, str(folder), line], check=False).returncode == -9
    assert take_in(service, service.hits) == 1


def test_the_file_of_a_process_that_lives_is_left_alone(service: Service, lesson: Delivery) -> None:
    writer = HitSpool(service.settings.data_dir / "hits")
    writer.write(hit(lesson, "open", service))
    assert take_in(service, HitSpool(service.settings.data_dir / "hits")) == 0
    assert take_in(service, writer) == 1


def test_a_line_that_is_no_hit_is_set_aside_and_the_others_are_taken_in(service: Service, lesson: Delivery) -> None:
    folder: Path = service.settings.data_dir / "hits"
    folder.mkdir()
    good = hit(lesson, "open", service).to_line()
    (folder / "1-old.jsonl").write_bytes(b"not json\n" + good + b'{"kind": "open"}\n' + good[:40])
    assert take_in(service, service.hits) == 1
    assert (folder / "1-old.broken").read_bytes().startswith(b"not json\n")


def test_machines_are_counted_apart_from_people(service: Service, lesson: Delivery) -> None:
    store(service, [hit(lesson, "open", service, agent="Mozilla/5.0"), hit(lesson, "open", service)])
    assert counts(service) == {"accepted": 1, "opened": 1, "machine_opened": 1}


def test_a_burst_that_began_innocently_is_judged_whole(service: Service, lesson: Delivery) -> None:
    store(service, [hit(lesson, "click", service, link=0)])
    assert counts(service)["clicked"] == 1
    store(service, [hit(lesson, "click", service, link=1), hit(lesson, "click", service, link=2)])
    assert counts(service) == {"accepted": 1, "machine_clicked": 1}
    with service.db.read() as session:
        assert set(session.scalars(select(Event.actor))) == {"machine"}


def test_hits_for_a_mail_nobody_knows_are_dropped(service: Service, lesson: Delivery) -> None:
    assert store(service, [Hit(kind="open", delivery_id=999_999, at=service.clock.now())]) == 0
    assert counts(service) == {"accepted": 1}
