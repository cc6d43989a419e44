"""What is sold is bought in the practice's own checkout, comes to buyers alone, and ends where it is given back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import funnel.demo
from funnel.demo.dated import dated_as_begun, dated_counts
from funnel.demo.doors import with_a_site
from funnel.demo.evidence import Evidence, Fault, SeenEnrolment
from funnel.demo.ledger import read_ledger
from funnel.demo.shop import Shop, purchases_as_noted
from funnel.publishing.publish import publish
from funnel.settings import starter
from funnel.wiring import read_library
from tests.demo.cast import ADA, ALARM, COURSE, WELCOME, peaceful
from tests.demo.conftest import Stage
from tests.journey.steps import live
from tests.web.conftest import on_one_database

WALKS = "three-walks"


@pytest.fixture
def selling(stage: Stage, tmp_path: Path) -> Stage:
    """The starter with the course that the demonstration sells."""
    folder = Path(shutil.copytree(starter("sequences"), tmp_path / "letters"))
    shutil.copytree(Path(funnel.demo.__path__[0]) / "sold", folder, dirs_exist_ok=True)
    library = read_library(stage.service.settings.model_copy(update={"sequences_dir": folder}))
    publish(stage.service, with_a_site(library), "tests", stage.service.clock.now())
    stage.service.in_force.refresh(at_once=True)
    return stage


@on_one_database
def test_two_buy_and_one_is_given_it_back(selling: Stage) -> None:
    service, diary = selling.service, selling.player().diary
    begins = service.clock.now()
    arrivals = list(Shop(service, service.settings.site_url, diary).arrivals(begins, timedelta(weeks=8)))
    acts = []
    for at, _, comes in arrivals:
        assert at == begins + timedelta(weeks=1)
        act = comes()
        assert act is not None
        acts.append(act.do())
    (kept, given_back) = acts
    assert kept is None
    live(service, selling.time, 5)
    assert given_back is not None
    given_back.do()
    live(service, selling.time, 10)
    ledger = read_ledger(service)
    assert ledger.figures.purchases == {WALKS: (2, 1)}
    lessons = [row.email for row in ledger.rows if row.sequence == WALKS and row.state == "accepted"]
    assert sorted(lessons) == ["buyer-1@example.org"] * 3 + ["buyer-2@example.org"] * 2
    people = {email: person for email, person in diary.people().items() if person.bought}
    assert [person.left is not None for person in people.values()] == [False, True]


@on_one_database
def test_where_nothing_is_sold_nobody_comes(stage: Stage) -> None:
    shop = Shop(stage.service, stage.service.settings.site_url, stage.player().diary)
    assert list(shop.arrivals(stage.service.clock.now(), timedelta(weeks=8))) == []


def bought() -> Evidence:
    evidence = peaceful()
    people = {**evidence.people, ADA: replace(evidence.people[ADA], bought=True)}
    figures = replace(evidence.figures, purchases={"course": (1, 0)})
    return replace(evidence, people=people, figures=figures, sold=frozenset({COURSE}))


def test_what_is_sold_and_comes_to_somebody_else_is_found() -> None:
    found = list(purchases_as_noted(bought()))
    assert {each.kind for each in found} == {Fault.UNASKED}
    assert all("cleo" in each.sentence for each in found)


def test_a_purchase_that_the_dashboard_does_not_count_is_found() -> None:
    evidence = replace(bought(), sold=frozenset())
    assert list(purchases_as_noted(evidence)) == []
    uncounted = replace(evidence, figures=replace(evidence.figures, purchases={}))
    assert [each.kind for each in purchases_as_noted(uncounted)] == [Fault.FIGURE]


@pytest.mark.parametrize(("began", "faults"), [(date(2026, 3, 2), []), (date(2026, 3, 12), [Fault.DATED])])
def test_a_letter_with_a_date_that_comes_to_who_began_after_it_is_found(began: date, faults: list[Fault]) -> None:
    evidence = replace(
        peaceful(),
        dated={(COURSE, ALARM): date(2026, 3, 10)},
        enrolments=(SeenEnrolment(ADA, COURSE, "active", None, began_on=began),),
    )
    assert [each.kind for each in dated_as_begun(evidence)] == faults
    assert dated_counts(evidence) == (1, 0, 0)


def test_one_that_was_passed_over_though_she_had_begun_is_found() -> None:
    row = next(each for each in peaceful().rows if each.lesson_id == WELCOME and each.email == ADA)
    evidence = replace(
        peaceful(),
        rows=(replace(row, state="skipped", reason="came after 10 March"),),
        dated={(COURSE, WELCOME): date(2026, 3, 10)},
        enrolments=(SeenEnrolment(ADA, COURSE, "active", None, began_on=date(2026, 3, 2)),),
    )
    assert [each.kind for each in dated_as_begun(evidence)] == [Fault.DATED]
