"""The sequence's page compares the subjects of a lesson, and says whether the difference means anything."""

from __future__ import annotations

import pytest

from funnel.people.tally import count_subjects
from funnel.wiring import Service
from tests.web.dashboard.conftest import Browser

PAGE = "/dashboard/sequences/anxious-attachment"
LESSON = "name-the-alarm"


def subjects(service: Service) -> tuple[str, ...]:
    lesson = service.library.sequences["anxious-attachment"].lesson(LESSON)
    assert lesson is not None
    return lesson.subjects


def sent(service: Service, *figures: tuple[int, int]) -> None:
    with service.db.write() as session:
        for subject, (n, opened) in zip(subjects(service), figures, strict=True):
            key = ("anxious-attachment", LESSON, subject)
            count_subjects(session, {key: n}, "sent")
            count_subjects(session, {key: opened}, "opened")


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ((), "Nothing has been sent with these subjects yet."),
        (((12, 6), (14, 3)), "Too early to tell"),
        (((412, 183), (398, 132)), "is opened more often: by 5 to 18 more readers of every hundred"),
        (((4000, 1600), (4000, 1590)), "No difference that matters"),
    ],
)
def test_the_page_says_in_plain_words_what_the_figures_bear(
    service: Service, signed_in: Browser, figures: tuple[tuple[int, int], ...], says: str
) -> None:
    if figures:
        sent(service, *figures)
    text = signed_in.get(PAGE).get_data(as_text=True)
    assert says in text
    assert all(subject in text for subject in subjects(service))


def test_each_subject_has_its_share_and_where_that_may_lie(service: Service, signed_in: Browser) -> None:
    sent(service, (412, 183), (398, 132))
    text = signed_in.get(PAGE).get_data(as_text=True)
    assert "40% to 49%" in text
    assert "29% to 38%" in text


def test_a_sequence_without_such_a_lesson_compares_nothing(signed_in: Browser) -> None:
    text = signed_in.get("/dashboard/sequences/training-follow-up").get_data(as_text=True)
    assert "Subjects compared" not in text
