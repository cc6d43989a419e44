"""The course that begins together has its days in the story; who waits, for which of them, and what they are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from funnel.curriculum import Library, Sequence
from funnel.demo.audience import make_audience
from funnel.demo.calendar import expected_lessons
from funnel.demo.deeds import Moment, Recalled
from funnel.demo.evidence import Evidence, Fault, SeenEnrolment
from funnel.demo.languages import with_a_second_language
from funnel.demo.reconcile import reconcile
from funnel.demo.rounds import TOGETHER, WHEN_IT_BEGINS, chosen_by_confirming, with_rounds_ahead
from funnel.settings import load_settings
from funnel.wiring import read_library
from tests.demo.cast import ADA, mail, peaceful, row, with_row

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
FIRST, SECOND = date(2027, 1, 16), date(2027, 1, 30)
SLUG = "evenings-together"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    settings = with_a_second_language(load_settings({}, data_dir=tmp_path))
    return with_rounds_ahead(read_library(settings), NOW, timedelta(weeks=8))


def ada(pressed: datetime) -> Recalled:
    return Recalled(ADA, "Europe/Dublin", TOGETHER, Moment(pressed, pressed), Moment(pressed, pressed))


def test_its_days_lie_ahead_in_the_story(library: Library) -> None:
    assert library.sequences[SLUG].rounds == (FIRST, SECOND)
    assert list(chosen_by_confirming(library)) == [SLUG]


def test_six_take_it_and_two_of_them_come_too_late_for_the_first(library: Library) -> None:
    people = [each for each in make_audience(60, list(library.offers.values()), 8, 5).people if each.offer == TOGETHER]
    assert [each.arrives.days for each in people] == [0, 0, 0, 0, 14, 14]


@pytest.mark.parametrize(
    ("day", "hour", "begins"), [(5, 9, datetime(2027, 1, 16, 8, tzinfo=UTC)), (17, 21, None), (20, 9, SECOND)]
)
def test_the_first_letter_is_owed_with_the_round(
    library: Library, day: int, hour: int, begins: datetime | date | None
) -> None:
    pressed = NOW.replace(day=day, hour=hour)
    first = next(iter(expected_lessons(library, [ada(pressed)], 1.0)))
    if begins is None:  # it has begun, and one can still join
        assert first.earliest == pressed
    else:
        assert first.earliest.isoformat()[:13] == f"{begins:%Y-%m-%dT}08"


def waiting(library: Library, began_on: date | None, told: int, state: str = "active") -> Evidence:
    """Ada pressed the button on the fifth, and waits."""
    evidence = peaceful()
    for number in range(30, 30 + told):
        evidence = with_row(evidence, replace(row(number, ADA, None, 4), kind=WHEN_IT_BEGINS))
        evidence = replace(evidence, caught=(*evidence.caught, mail(number, ADA, 4)))
    known: dict[str, Sequence] = chosen_by_confirming(library)
    enrolment = SeenEnrolment(ADA, SLUG, state, datetime(2027, 1, 16, 8, tzinfo=UTC), began_on=began_on)
    people = {**evidence.people, ADA: replace(evidence.people[ADA], confirming=_at(5), confirmed=_at(5))}
    return replace(evidence, together=known, enrolments=(*evidence.enrolments, enrolment), people=people)


def _at(day: int) -> Moment:
    return Moment(peaceful().ends - timedelta(days=28), NOW.replace(day=day))


@pytest.mark.parametrize(
    ("began_on", "told", "sentences"),
    [
        (FIRST, 1, []),
        (SECOND, 1, ["joined the round of 2027-01-30"]),
        (FIRST, 0, ["was told 0 times"]),
        (FIRST, 2, ["was told 2 times"]),
    ],
)
def test_another_round_or_a_mail_too_few_is_found(
    library: Library, began_on: date, told: int, sentences: list[str]
) -> None:
    found = [each.sentence for each in reconcile(waiting(library, began_on, told)) if each.kind is Fault.ROUND]
    assert len(found) == len(sentences)
    assert all(words in sentence for words, sentence in zip(sentences, found, strict=True))
