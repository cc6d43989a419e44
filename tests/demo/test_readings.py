"""What rooms list is held against what was sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funnel.demo.deeds import ListedLetter, Press, RoomReading
from funnel.demo.evidence import Evidence, Fault
from funnel.demo.reconcile import reconcile
from tests.demo.cast import ADA, ALARM, at, mail, peaceful, row, with_mail, with_row

WELCOME, SECOND = ListedLetter(5, "Welcome"), ListedLetter(7, "The alarm")


def read(day: float, *letters: ListedLetter, asked: int = 1) -> Evidence:
    """Ada asked for a link, got one, and saw this in her room on that day."""
    evidence = peaceful()
    deeds = replace(
        evidence.deeds, readings=(RoomReading(ADA, Press(at(day), at(day)), letters),), links_asked={ADA: asked}
    )
    evidence = with_row(evidence, replace(row(30, ADA, None, 10), kind="own_data"))
    named = {5: "Welcome", 7: "The alarm"}
    caught = tuple(
        replace(each, subject=named.get(int(each.message_id.strip("<>").split("@")[0]), "")) for each in evidence.caught
    )
    return with_mail(replace(evidence, deeds=deeds, caught=caught), mail(30, ADA, 10))


def said(evidence: Evidence) -> list[tuple[Fault, str]]:
    return [(found.kind, found.sentence) for found in reconcile(evidence)]


def test_a_room_that_lists_what_was_sent_is_right() -> None:
    assert said(read(10, WELCOME, SECOND)) == []


def test_a_room_that_lists_what_is_still_to_come_is_found() -> None:
    ((kind, sentence),) = said(read(7, WELCOME, SECOND))
    assert kind == Fault.FIGURE
    assert "which was not sent by then" in sentence


def test_a_room_that_lists_a_letter_of_nobody_or_not_accepted_is_found() -> None:
    waiting = with_row(read(10, WELCOME, SECOND, ListedLetter(9, "The link")), row(99, ADA, ALARM, 27, "waiting"))
    assert any("'The link', which was not sent" in sentence for _, sentence in said(waiting))


def test_a_room_that_leaves_a_letter_out_is_found_once_it_was_surely_recorded() -> None:
    ((kind, sentence),) = said(read(10, WELCOME))
    assert kind == Fault.MISSING
    assert f"did not list six-weeks/{ALARM}" in sentence
    assert said(read(8.00001, WELCOME)) == []


def test_a_room_that_gives_a_letter_another_subject_is_found() -> None:
    ((kind, sentence),) = said(read(10, WELCOME, ListedLetter(7, "Something else")))
    assert kind == Fault.FIGURE
    assert "its mail says 'The alarm'" in sentence


@pytest.mark.parametrize("asked", [0, 2])
def test_links_that_are_not_mailed_as_they_were_asked_for_are_found(asked: int) -> None:
    ((kind, sentence),) = said(read(10, WELCOME, SECOND, asked=asked))
    assert kind == Fault.FIGURE
    assert f"asked {asked} times" in sentence
