"""How many mails come over how many days is counted once, for every page that says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from funnel.curriculum import Library, Sequence
from funnel.curriculum.agreeing import agreed_sequences, consent_boxes
from funnel.curriculum.schedule_summary import count_mails, length_in_words, promised, way
from funnel.settings import load_settings
from funnel.wiring import read_library


@pytest.fixture(scope="module")
def starter() -> Library:
    return read_library(load_settings({}, secret_key="a-secret-only-for-tests-0123456789abcdef"))


COURSE = "anxious-attachment"


def said(library: Library, offer: str) -> list[str]:
    return promised(library.sequences.values(), offer)


def on_days(sequence: Sequence, *days: int) -> Sequence:
    lessons = [replace(sequence.lessons[0], id=f"l{day}", day=day, after=None) for day in days]
    return replace(sequence, lessons=tuple(lessons))


def test_an_offer_promises_its_own_mails_and_what_was_agreed_to(starter: Library) -> None:
    course = "After that, “Six weeks with anxious attachment”: eight mails over seven weeks."
    assert said(starter, "ebook") == ["Three mails over five days, the first one at once."]
    assert said(starter, "training") == ["Four mails over eight days, the first one at once."]
    for offer in ("ebook", "training"):
        assert promised(starter.sequences.values(), offer, agreed={COURSE}) == [*said(starter, offer), course]
    assert said(starter, "course") == ["Eight mails over seven weeks, the first one at once."]
    assert said(starter, "no-such-offer") == []


@pytest.mark.parametrize("offer", ["ebook", "training", "course", "quiz"])
def test_what_the_starter_has_readers_agree_to_is_what_comes(starter: Library, offer: str) -> None:
    boxes = consent_boxes(starter.offers[offer], starter.sequences)
    first, *later = (sequence for step in way(starter.sequences.values(), offer) for sequence in step)
    assert f"{count_mails(len(first.lessons))} over {length_in_words(first)}" in boxes.own.lower()
    assert bool(later) == bool(boxes.follows)
    for sequence in later:
        assert f"“{sequence.title}”: {count_mails(len(sequence.lessons))} over {length_in_words(sequence)}" in (
            boxes.follows
        )
    assert agreed_sequences(starter.offers[offer], starter.sequences) == (first.slug,)
    assert agreed_sequences(starter.offers[offer], starter.sequences, ticked=True) == (
        first.slug,
        *(sequence.slug for sequence in later),
    )


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((0,), ""),
        ((0, 1), "two days"),
        ((0, 2, 4), "five days"),
        ((0, 7), "eight days"),
        ((0, 12), "13 days"),
        ((0, 14), "two weeks"),
        ((0, 7, 14, 21, 28, 35, 42, 49), "seven weeks"),
    ],
)
def test_the_first_and_the_last_day_count(starter: Library, days: tuple[int, ...], words: str) -> None:
    assert length_in_words(on_days(starter.sequences["ebook-welcome"], *days)) == words


def test_a_gap_after_the_lesson_before_counts_as_its_days(starter: Library) -> None:
    first = on_days(starter.sequences["ebook-welcome"], 0)
    later = replace(first.lessons[0], id="later", day=None, after=timedelta(days=3))
    assert length_in_words(replace(first, lessons=(*first.lessons, later))) == "four days"


def test_what_somebody_has_had_is_not_promised_again(starter: Library) -> None:
    firsts = {"ebook-welcome": "on Tuesday 5 January 2027"}
    assert promised(starter.sequences.values(), "ebook", firsts, {COURSE}, agreed={COURSE}) == [
        "Three mails over five days, the first one on Tuesday 5 January 2027."
    ]
    assert promised(starter.sequences.values(), "ebook", {}, {COURSE}, agreed={COURSE}) == [
        "Three mails over five days."
    ]


def test_after_that_is_said_only_where_asked_for(starter: Library) -> None:
    sequences, course = starter.sequences.values(), "“Six weeks with anxious attachment”: eight mails over seven weeks"
    assert promised(sequences, "ebook", {}, {"ebook-welcome"}, agreed={COURSE}) == [f"{course}."]
    assert promised(sequences, "ebook", {}, {"ebook-welcome"}, agreed={COURSE}, after=True) == [
        f"After that, {course}."
    ]


def test_sequences_that_lead_to_each_other_are_promised_once(starter: Library) -> None:
    one = replace(starter.sequences["ebook-welcome"], start_on=("confirm", "finished:two"))
    two = replace(starter.sequences["ebook-welcome"], slug="two", start_on=("finished:ebook-welcome",))
    assert len(promised([one, two], "ebook", agreed={"two"})) == 2
