"""Which of several subjects is opened more often, and when nobody can tell."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.insight import ledger, mails_page, subject_tests
from funnel.insight.intervals import difference, wilson
from funnel.insight.mails import MailFilter
from funnel.insight.subjects import FEWEST, Verdict, compare
from funnel.models import Delivery, Lead, SubjectCount
from funnel.publishing.history import mail_history as mails_of
from funnel.publishing.publish import publish
from funnel.tracking.recount import disagreements, recount
from funnel.tracking.tracking import take_in
from funnel.wiring import Service
from tests.journey.steps import COURSE, join, work
from tests.tracking.steps import hit

SUBJECTS = ("A calm start", "Begin here, Ada")
FIRST = "begin-here"


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), 857: table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    assert list(wilson(hits, n)) == pytest.approx([low, high], abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # The same volume, 873: table II, method 10.
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    assert list(difference(one, other)) == pytest.approx([low, high], abs=5e-5)


@pytest.mark.parametrize(
    ("counted", "verdict"),
    [
        ({}, Verdict.NOTHING),
        ({"a": (FEWEST - 1, 20), "b": (500, 20)}, Verdict.EARLY),
        ({"a": (500, 20)}, Verdict.EARLY),
        ({"a": (60, 30), "b": (60, 25)}, Verdict.EARLY),
        ({"a": (5000, 2500), "b": (5000, 2480)}, Verdict.ALIKE),
        ({"a": (500, 250), "b": (500, 190)}, Verdict.AHEAD),
        ({"a": (200, 0), "b": (200, 0)}, Verdict.ALIKE),
    ],
)
def test_nothing_is_said_that_the_figures_do_not_bear(counted: dict[str, tuple[int, int]], verdict: Verdict) -> None:
    found = compare("x", ["a", "b"], counted)
    assert found.verdict == verdict
    assert (found.ahead is not None) is (verdict == Verdict.AHEAD)


@pytest.mark.parametrize("n", [2, 4])
def test_subjects_that_are_alike_are_seldom_called_different(n: int) -> None:
    chance, names = random.Random(n), [f"subject {number}" for number in range(n)]
    wrong = sum(
        compare("x", names, {name: (400, sum(chance.random() < 0.4 for _ in range(400))) for name in names}).verdict
        == Verdict.AHEAD
        for _ in range(300)
    )
    assert wrong <= 300 * 0.07


def test_an_earlier_editions_subject_stands_below_uncompared() -> None:
    found = compare("x", ["a", "b"], {"a": (100, 40), "b": (100, 45), "old": (1000, 990)})
    assert [(each.subject, each.current) for each in found.subjects] == [("b", True), ("a", True), ("old", False)]
    assert found.verdict != Verdict.AHEAD


@pytest.fixture
def compared(make_service: Callable[..., Service], time: time_machine.Traveller) -> Service:
    """The course's first lesson goes out under two subjects; Cleo wants discreet ones."""
    service = make_service()
    service.channel.use(MemoryAdapter())
    course = service.library.sequences[COURSE]
    lessons = tuple(replace(lesson, subjects=SUBJECTS) if lesson.id == FIRST else lesson for lesson in course.lessons)
    sequences = {**service.library.sequences, COURSE: replace(course, lessons=lessons)}
    publish(service, replace(service.library, sequences=sequences), "ada", service.clock.now())
    for name in ("ada", "ben", "cleo", "dan", "eve", "fay", "gus"):
        join(service, f"{name}@example.org", name=name.title())
    with service.db.write() as session:
        session.execute(update(Lead).where(Lead.email == "cleo@example.org").values(discreet=True))
    work(service)
    return service


def first_lessons(service: Service) -> list[Delivery]:
    with service.db.read() as session:
        return list(session.scalars(select(Delivery).where(Delivery.lesson_id == FIRST).order_by(Delivery.id)))


def sent_subjects(service: Service) -> dict[str, str]:
    """By recipient, as it stood in the mail."""
    adapter = service.channel.channel_for("lesson").adapter
    assert isinstance(adapter, MemoryAdapter)
    known = {str(row.id) for row in first_lessons(service)}
    return {mail.recipient.address: mail.subject for mail in adapter.mails if mail.key in known}


def test_lists_name_the_subject_that_was_sent(compared: Service) -> None:
    sent = sent_subjects(compared)
    assert set(SUBJECTS) < set(sent.values()), "both are in use, and a discreet one"
    with compared.db.read() as session:
        lines, _ = mails_page(session, MailFilter(sequence=COURSE, lesson_id=FIRST))
        people = {row.lead_id: ledger(session, row.lead_id or 0) for row in first_lessons(compared)}
    assert {line.to: line.subject for line in lines} == sent
    for person in people.values():
        assert person is not None
        assert [mail.subject for mail in person.mails if mail.lesson_id == FIRST] == [sent[person.lead.email]]
        told = mails_of(compared, person.lead.email)
        assert [row.subject for row in told if row.lesson_id == FIRST] == [sent[person.lead.email]]


def test_each_subject_is_counted_as_sent_and_opened(compared: Service, time: time_machine.Traveller) -> None:
    sent = sent_subjects(compared)
    opens = [row for row in first_lessons(compared) if row.lead_id in opened_by(compared, "ada", "ben", "cleo")]
    time.shift(timedelta(minutes=10))
    for row in opens:
        compared.hits.write(hit(compared, row))
        compared.hits.write(hit(compared, row, after=60))
    time.shift(timedelta(minutes=10))
    assert take_in(compared, compared.hits) == 6
    expected = {
        subject: (
            sum(each == subject for each in sent.values()),
            sum(sent[f"{name}@example.org"] == subject for name in ("ada", "ben", "cleo")),
        )
        for subject in SUBJECTS
    }
    assert figures(compared) == expected
    assert sum(n for n, _ in expected.values()) == 6
    with compared.db.read() as session:
        assert disagreements(session) == []
    with compared.db.write() as session:
        session.execute(delete(SubjectCount))
    assert len(recount(compared).wrong) > 0
    assert figures(compared) == expected


def opened_by(service: Service, *names: str) -> set[int]:
    with service.db.read() as session:
        return set(session.scalars(select(Lead.id).where(Lead.email.in_([f"{name}@example.org" for name in names]))))


def figures(service: Service) -> dict[str, tuple[int, int]]:
    with service.db.read() as session:
        test = next(each for each in subject_tests(session, COURSE) if each.lesson_id == FIRST)
    return {each.subject: (each.sent, each.opened) for each in test.subjects}
