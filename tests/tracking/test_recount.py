"""The figures are proved from the rows, the rows from the events; and mended where they differ."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from funnel.cli import cli
from funnel.insight.agreement import agreement
from funnel.models import CohortCount, Delivery, Event, FunnelCount, FunnelStage, LessonCount
from funnel.people.tally import count_on_pages
from funnel.tracking.recount import disagreements, recount
from funnel.tracking.tracking import store
from funnel.wiring import Service
from tests.conftest import SECRET
from tests.tracking.steps import burst, hit


@pytest.fixture
def busy(service: Service, lesson: Delivery) -> Delivery:
    """A lesson that was opened and clicked, and an offer somebody looked at."""
    store(
        service, [hit(service, lesson), *burst(service, lesson, after=60), hit(service, lesson, "click", 1, after=99)]
    )
    with service.db.write() as session:
        count_on_pages(session, "course", FunnelStage.VISITS, service.clock.now().date(), 7)
    return lesson


Figures = tuple[list[tuple[object, ...]], ...]


def figures(service: Service) -> Figures:
    with service.db.read() as session:
        lessons = session.scalars(select(LessonCount).where(LessonCount.n != 0))
        stages = session.scalars(select(CohortCount).where(CohortCount.n != 0))
        views = session.scalars(select(FunnelCount))
        return (
            sorted((row.sequence, row.lesson_id, row.measure, row.day, row.n) for row in lessons),
            sorted((row.offer, row.dimension, row.value, row.stage, row.day, row.n) for row in stages),
            sorted((row.offer, row.stage, row.day, row.n) for row in views),
        )


def test_where_everything_agrees_a_recount_changes_nothing(service: Service, busy: Delivery) -> None:
    before = figures(service)
    done = recount(service)
    assert (done.wrong, done.mails) == ((), 0)
    assert figures(service) == before
    assert (done.lesson_counts, done.cohort_counts) == (len(before[0]), len(before[1]))


def test_counters_that_went_wrong_are_said_and_written_anew(service: Service, busy: Delivery) -> None:
    before = figures(service)
    with service.db.write() as session:
        session.execute(update(LessonCount).values(n=LessonCount.n + 3))
        session.execute(update(CohortCount).values(n=99))
        session.add(LessonCount(sequence="nothing", lesson_id="ever", measure="opened", day=date(2027, 1, 1), n=2))
    done = recount(service)
    assert any("anxious-attachment" in sentence for sentence in done.wrong)
    assert figures(service) == before


def test_lost_counters_come_back_but_for_views(service: Service, busy: Delivery) -> None:
    before = figures(service)
    with service.db.write() as session:
        session.execute(delete(LessonCount))
        session.execute(delete(CohortCount))
    recount(service)
    assert figures(service) == before


def test_firsts_that_differ_from_the_events_are_told_and_reread(service: Service, busy: Delivery) -> None:
    before = figures(service)
    with service.db.write() as session:
        row = session.get_one(Delivery, busy.id)
        right = row.opened_at, row.clicked_at, row.machine_opened_at
        assert row.clicked_at is not None
        row.opened_at, row.clicked_at, row.machine_opened_at = None, row.clicked_at + timedelta(1), row.clicked_at
    with service.db.read() as session:
        wrong = disagreements(session)
    assert "1 mails say another opened_at than the raw events" in wrong
    assert recount(service).mails == 1
    with service.db.read() as session:
        assert disagreements(session) == []
        row = session.get_one(Delivery, busy.id)
        assert (row.opened_at, row.clicked_at, row.machine_opened_at) == right
    assert figures(service) == before


def test_what_the_row_says_stands_where_no_event_is_left(service: Service, busy: Delivery) -> None:
    before = figures(service)
    with service.db.write() as session:
        session.execute(delete(Event))
    assert recount(service).wrong == ()
    assert figures(service) == before


def test_held_and_unknown_mail_is_counted_again(service: Service, busy: Delivery) -> None:
    with service.db.write() as session:
        row = session.get_one(Delivery, busy.id)
        row.state, row.ended_at = "held", None
    recount(service)
    with service.db.read() as session:
        assert agreement(session) == []


def test_the_commands_say_what_they_did(service: Service, busy: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNNEL_DATABASE_URL", service.settings.database_url)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(service.settings.data_dir))
    monkeypatch.setenv("FUNNEL_SECRET_KEY", SECRET)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, arguments)
        return done.exit_code, done.output

    assert run("recount", "--check")[0] == 0
    with service.db.write() as session:
        session.execute(update(LessonCount).values(n=5))
    code, said = run("recount", "--check")
    assert code == 1
    assert "the counter says 5" in said
    assert '"agrees": false' in run("recount", "--json")[1]
    assert run("recount", "--check", "--json") == (0, '{"agrees": true, "differences": []}\n')
    code, said = run("classify", "--since", "2027-01-01", "--dry-run", "--json")
    assert code == 0
    assert '"actors": {"human": 2, "machine": 3, "unknown": 0}' in said
    assert "Who it was stays the same" in run("classify", "--since", "2027-01-01")[1]
    assert run("classify", "--since", "yesterday")[0] == 2
