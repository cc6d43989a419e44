"""Who plays is decided by the seed and the cast, before anything runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from funnel.curriculum import Offer
from funnel.curriculum.quiz import read_answers, score
from funnel.demo.audience import FEWEST, Person, make_audience
from funnel.demo.doors import Door
from funnel.demo.ways import StopsAt
from tests.curriculum.quizzes import the_quiz


def offer(slug: str, kind: str, is_open: bool = True) -> Offer:
    return Offer(slug, slug, kind, is_open, "", "", "", "", None, "")


KINDS = [offer("ebook", "ebook"), offer("training", "training"), offer("course", "course")]
QUIZ = the_quiz()
OFFERS = [*KINDS, replace(offer("quiz", "quiz"), quiz=QUIZ)]


def audience(count: int = 60, seed: int = 7, weeks: int = 8) -> list[Person]:
    return list(make_audience(count, OFFERS, weeks, seed).people)


def named(name: str) -> Person:
    return next(person for person in audience() if person.email == f"{name}@example.org")


def test_the_same_seed_gives_the_same_audience() -> None:
    assert audience(seed=7) == audience(seed=7)
    assert audience(seed=7) != audience(seed=8)


def test_the_cast_comes_first_and_then_numbered_people() -> None:
    emails = [person.email for person in audience()]
    assert emails[:6] == [f"{name}@example.org" for name in ("ada", "ben", "cleo", "dan", "eve", "fay")]
    assert emails[16] == "person-17@example.org"
    assert len(set(emails)) == 60


def test_each_of_the_cast_has_one_part() -> None:
    assert not named("ben").confirms
    assert named("cleo").leaves_after == 2
    assert named("dan").refuses
    assert named("eve").scanned
    assert named("fay").zone == "Australia/Sydney"
    assert named("fay").signs_up_twice


def test_two_who_book_begin_early_enough_for_the_last_letter() -> None:
    booking = [person for person in audience(FEWEST) if person.books]
    assert [(person.offer, person.arrives) for person in booking] == [("course", timedelta(0))] * 2


def test_one_of_the_two_cancels_and_asks_again() -> None:
    assert [person.books for person in audience(FEWEST) if person.changes_mind] == [True]


def test_all_open_offers_are_taken_up() -> None:
    assert {person.offer for person in audience()} == {"ebook", "training", "course", "quiz"}


def test_who_takes_the_quiz_keeps_the_result_or_does_not_or_goes_away() -> None:
    assert [each.quiz is not None for each in audience()] == [each.offer == "quiz" for each in audience()]
    ways = [each.quiz for each in audience() if each.quiz is not None]
    assert {each.stops_at for each in ways} == set(StopsAt)
    assert {each.keeps for each in ways} == {True, False}
    assert not any(each.door is Door.PROGRAM for each in audience() if each.quiz)
    for each in ways:
        assert (
            score(QUIZ, read_answers(QUIZ, {name.removeprefix("s-"): said for name, said in each.answers})).region
            == each.leans
        )
    at_least = [each.quiz for each in audience(FEWEST) if each.quiz is not None]
    assert any(each.keeps and not each.stops_at for each in at_least)


def test_a_quiz_without_statements_and_a_closed_one_are_taken_by_nobody() -> None:
    closed = replace(offer("quiz", "quiz", is_open=False), quiz=QUIZ)
    for quiz in (closed, offer("quiz", "quiz")):
        people = make_audience(60, [*KINDS, quiz], 8, 7).people
        assert {person.offer for person in people} == {"ebook", "training", "course"}
        assert not any(person.quiz for person in people)


def test_people_come_by_every_door_and_some_leave_out_their_name() -> None:
    people = audience()
    assert {person.door for person in people} == set(Door)
    assert {person.door for person in audience(FEWEST)} >= {Door.PAGE, Door.PROGRAM, Door.FORM, Door.FRAME, Door.SCRIPT}
    assert {person.may_be_measured for person in people} == {True, False}
    assert any(person.first_name == "" for person in people)


def test_some_take_a_break_read_again_or_begin_again() -> None:
    people = audience()
    breaks = [each.pauses for each in people if each.pauses is not None]
    assert {each.weeks for each in breaks} == {1, 2, 4}
    assert {each.by_hand for each in breaks} == {True, False}
    assert sum(each.reads_after is not None for each in people) > 2
    assert sum(each.begins_again for each in people) == 1
    fifteen = audience(15)
    assert [each.pauses.by_hand for each in fifteen if each.pauses is not None] == [False, True]
    assert [each.offer for each in fifteen if each.reads_after is not None] == ["course", "course"]


def test_some_change_their_language_and_some_their_address() -> None:
    people = audience()
    languages = [each.language for each in people if each.language is not None]
    assert {each.back_after is None for each in languages} == {True, False}
    moves = [each for each in people if each.moves is not None]
    assert {each.moves.undoes for each in moves if each.moves} == {True, False}
    assert any(each.language for each in moves)
    known_by = make_audience(60, OFFERS, 8, 7).known_by
    assert len(known_by) == 60 + len(moves)
    assert all(known_by[each.moves.to] == known_by[each.email] == each.email for each in moves if each.moves)
    assert not any(each.language or each.moves for each in audience(15))


@pytest.mark.parametrize("weeks", [1, 8])
def test_everybody_comes_in_the_first_days(weeks: int) -> None:
    assert all(person.arrives <= timedelta(weeks=weeks) / 8 for person in audience(weeks=weeks))


def test_too_few_people_are_refused_with_the_number_needed() -> None:
    with pytest.raises(ValueError, match=f"at least {FEWEST} people"):
        audience(FEWEST - 1)


def test_a_practice_without_an_open_offer_is_refused() -> None:
    with pytest.raises(ValueError, match="open for sign-up"):
        make_audience(FEWEST, [offer("ebook", "ebook", is_open=False), offer("quiz", "quiz")], 8, 1)


def test_without_a_course_those_who_book_come_by_another_offer() -> None:
    people = make_audience(FEWEST, [offer("ebook", "ebook")], 8, 1).people
    assert {person.offer for person in people} == {"ebook"}
