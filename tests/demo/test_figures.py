"""The dashboard's figures are compared with the rows and with what the audience did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnel.demo.deeds import Deeds
from funnel.demo.evidence import Evidence, Fault, Figures
from funnel.demo.reconcile import reconcile
from tests.demo.cast import ADA, ALARM, BEN, CLEO, COURSE, PRACTICE, WELCOME, peaceful


def only_figure(evidence: Evidence) -> str:
    found = reconcile(evidence)
    assert [each.kind for each in found] == [Fault.FIGURE], found
    return found[0].sentence


def with_figures(**changed: Any) -> Evidence:
    evidence = peaceful()
    figures: Figures = replace(evidence.figures, **changed)
    return replace(evidence, figures=figures)


def with_deeds(**changed: Any) -> Evidence:
    evidence = peaceful()
    deeds: Deeds = replace(evidence.deeds, **changed)
    return replace(evidence, deeds=deeds)


@pytest.mark.parametrize("stage", ["visits", "begun", "answered", "signups", "confirmed", "booked"])
def test_a_stage_that_is_not_what_the_audience_did_is_found(stage: str) -> None:
    found = [str(each) for each in reconcile(with_deeds(**{stage: {"course": 7}}))]
    assert any(f"{stage} for course, the audience made 7" in sentence for sentence in found)


def test_an_offer_only_the_dashboard_knows_is_found() -> None:
    funnel = {**peaceful().figures.funnel, "quiz": {"visits": 1}}
    assert "shows 1 visits for quiz" in only_figure(with_figures(funnel=funnel))


@pytest.mark.parametrize("measure", ["accepted", "failed", "skipped"])
def test_a_lesson_counter_that_differs_from_the_rows_is_found(measure: str) -> None:
    lessons = {**peaceful().figures.lessons}
    lessons[COURSE, ALARM] = {"accepted": 1, "clicked": 1, measure: 5}
    assert f"shows 5 {measure} for {COURSE}/{ALARM}" in only_figure(with_figures(lessons=lessons))


def test_an_open_that_was_made_and_not_recorded_is_found() -> None:
    assert "3 opens were made, 2 are recorded" in only_figure(with_deeds(opens={"<5@example.org>": 3}))


def test_a_click_that_was_recorded_and_not_made_is_found() -> None:
    assert "0 clicks were made, 1 are recorded" in only_figure(with_deeds(clicks={}))


@pytest.mark.parametrize("measure", ["opened", "machine_opened"])
def test_an_open_counter_that_differs_from_the_events_is_found(measure: str) -> None:
    lessons = {**peaceful().figures.lessons}
    lessons[COURSE, WELCOME] = {**lessons[COURSE, WELCOME], measure: 2}
    assert f"shows 2 {measure} for {COURSE}/{WELCOME}" in only_figure(with_figures(lessons=lessons))


def test_people_from_a_source_that_the_dashboard_does_not_know_are_found() -> None:
    came = {("script", "journal"): 2, ("page", ""): 2}
    evidence = with_deeds(came_by=came, confirmed_by={("script", "journal"): 1})
    assert "shows 0 sign-ups from journal, 0 of them confirmed; the audience made 2, 1" in only_figure(evidence)
    known = replace(evidence, figures=replace(evidence.figures, sources={"journal": (2, 1)}))
    assert reconcile(known) == []


@pytest.mark.parametrize("shown", [{"journal": (2, 2)}, {"journal": (3, 1)}, {"journal": (2, 1), "blog": (1, 0)}])
def test_a_source_whose_people_are_others_is_found(shown: dict[str, tuple[int, int]]) -> None:
    evidence = with_deeds(came_by={("script", "journal"): 2}, confirmed_by={("script", "journal"): 1})
    assert "sign-ups from" in only_figure(replace(evidence, figures=replace(evidence.figures, sources=shown)))


def test_a_download_that_was_not_counted_is_found() -> None:
    assert "downloaded 2 times" in only_figure(with_deeds(downloads=2))


def test_a_booking_the_practice_was_not_told_of_is_found() -> None:
    evidence = peaceful()
    rows = tuple(each for each in evidence.rows if each.kind != "notice")
    caught = tuple(each for each in evidence.caught if each.recipient != PRACTICE)
    assert "was told of 0" in only_figure(replace(evidence, rows=rows, caught=caught))


@pytest.mark.parametrize("deed", ["cancelled", "asked_again"])
def test_a_change_of_mind_the_practice_was_not_told_of_is_found(deed: str) -> None:
    found = [str(each) for each in reconcile(with_deeds(**{deed: 1}))]
    assert any("the practice was told of 1" in sentence for sentence in found)


def test_a_booking_whose_link_was_not_mailed_is_found() -> None:
    evidence = peaceful()
    rows = tuple(each for each in evidence.rows if each.kind != "booking")
    caught = tuple(each for each in evidence.caught if not each.file.startswith("0000000009"))
    assert "0 were mailed the link" in only_figure(replace(evidence, rows=rows, caught=caught))


def test_what_the_service_says_of_its_own_counters_is_passed_on() -> None:
    assert (
        only_figure(with_figures(disagreements=("the counter says 2, the rows 3",))) == "the counter says 2, the rows 3"
    )


@pytest.mark.parametrize(
    ("agreed", "kept", "fault"),
    [
        ({ADA: "anxious"}, {}, Fault.MISSING),
        ({}, {ADA: "anxious"}, Fault.UNASKED),
        ({ADA: "anxious"}, {ADA: "mixed"}, Fault.FIGURE),
        ({CLEO: "mixed"}, {CLEO: "mixed"}, Fault.UNASKED),  # she has left
        ({BEN: "mixed"}, {BEN: "mixed"}, Fault.UNASKED),  # he never confirmed
    ],
)
def test_a_result_that_is_kept_otherwise_than_was_agreed_is_found(
    agreed: dict[str, str], kept: dict[str, str], fault: Fault
) -> None:
    evidence = with_deeds(keeping=agreed)
    found = reconcile(replace(evidence, figures=replace(evidence.figures, results=kept)))
    assert [each.kind for each in found] == [fault]


def test_a_result_of_who_agreed_confirmed_and_stayed_is_right() -> None:
    evidence = with_deeds(keeping={ADA: "anxious", BEN: "mixed", CLEO: "secure"})
    assert reconcile(replace(evidence, figures=replace(evidence.figures, results={ADA: "anxious"}))) == []
