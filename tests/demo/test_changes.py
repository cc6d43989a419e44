"""Languages and addresses that were changed are held against what came, where, and in which language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funnel.demo.changes import NEW_ADDRESS, OLD_ADDRESS
from funnel.demo.deeds import AddressMove, LanguageChoice, Press
from funnel.demo.evidence import Evidence, Fault, SeenRow
from funnel.demo.reconcile import reconcile
from tests.demo.cast import ADA, ALARM, COURSE, WELCOME, at, mail, peaceful, row, with_mail, with_row

NEW = "ada.new@example.org"
YES, NO = Press(at(4), at(4.1)), Press(at(6), at(6.1))


def moved(back: Press | None = None) -> Evidence:
    """Ada has had another address since the fifth day, or until `back`; the lesson of day 8 came where it should."""
    evidence = peaceful()
    told = replace(row(31, ADA, None, 4.2), kind=OLD_ADDRESS)
    evidence = with_row(with_row(evidence, replace(row(30, ADA, None, 3), kind=NEW_ADDRESS)), told)
    people = {**evidence.people, ADA: replace(evidence.people[ADA], move=AddressMove(NEW, YES, back))}
    deeds = replace(evidence.deeds, addresses_asked={ADA: NEW})
    figures = replace(evidence.figures, addresses={ADA: ADA if back else NEW})
    evidence = with_mail(
        replace(evidence, people=people, deeds=deeds, figures=figures),
        replace(mail(30, ADA, 3), address=NEW),
        mail(31, ADA, 4.2),
    )
    return evidence if back else at_address(at_address(evidence, 7, NEW), 9, NEW)


def at_address(evidence: Evidence, number: int, address: str, days: float | None = None) -> Evidence:
    """The same with one of Ada's mails in the mailbox of this address."""
    caught = tuple(
        replace(each, address=address, at=each.at if days is None else at(days).machine)
        if each.message_id == f"<{number}@example.org>"
        else each
        for each in evidence.caught
    )
    return replace(evidence, caught=caught)


def said(evidence: Evidence) -> list[tuple[Fault, str]]:
    return [(found.kind, found.sentence) for found in reconcile(evidence)]


@pytest.mark.parametrize("back", [None, NO])
def test_mail_at_the_address_that_counted_then_is_right(back: Press | None) -> None:
    assert said(moved(back)) == []


@pytest.mark.parametrize(("back", "number", "address"), [(None, 7, ADA), (NO, 7, NEW), (None, 5, NEW)])
def test_mail_at_an_address_that_did_not_count_then_is_found(back: Press | None, number: int, address: str) -> None:
    ((kind, sentence),) = said(at_address(moved(back), number, address))
    assert kind == Fault.ADDRESS
    assert sentence.endswith(f"came to {address}, which was not the address then")


def test_mail_that_was_under_way_may_still_come_to_the_old_address_but_not_for_long() -> None:
    waiting = replace(row(5, ADA, WELCOME, 3.9), ended_at=at(20).story)
    evidence = with_row(moved(), waiting)
    assert said(at_address(evidence, 5, ADA, 13)) == []
    ((kind, _),) = said(at_address(evidence, 5, ADA, 15))
    assert kind == Fault.ADDRESS


def test_a_change_nobody_confirmed_changes_nothing() -> None:
    evidence = moved()
    people = {**evidence.people, ADA: replace(evidence.people[ADA], move=None)}
    found = said(replace(evidence, people=people))
    assert {kind for kind, _ in found} == {Fault.ADDRESS}
    assert f"{ADA} is written to at {NEW}, and chose {ADA}" in [sentence for _, sentence in found]
    assert any("1 mails of the kind old_address" in sentence for _, sentence in found)


def test_the_question_goes_to_the_new_address_and_the_notice_to_the_old_one() -> None:
    for number, wrong in ((30, ADA), (31, NEW)):
        ((kind, _),) = said(at_address(moved(), number, wrong))
        assert kind == Fault.ADDRESS


@pytest.mark.parametrize(("number", "kind"), [(30, NEW_ADDRESS), (31, OLD_ADDRESS)])
def test_a_mail_about_a_change_that_was_not_made_is_found(number: int, kind: str) -> None:
    evidence = moved()
    rows = tuple(each for each in evidence.rows if each.id != number)
    caught = tuple(each for each in evidence.caught if each.message_id != f"<{number}@example.org>")
    assert said(replace(evidence, rows=rows, caught=caught)) == [
        (Fault.ADDRESS, f"0 mails of the kind {kind} were made for {ADA}, and there should be 1")
    ]


def in_german(said_in: dict[int, str], kept: str = "de", lessons: frozenset[str] = frozenset({"en", "de"})) -> Evidence:
    """Ada chose German on the fifth day; `said_in` are the languages of her mails, where they are not in English."""
    evidence = peaceful()
    people = {**evidence.people, ADA: replace(evidence.people[ADA], choices=(LanguageChoice("de", YES),))}
    caught = tuple(
        replace(each, language=said_in.get(int(each.message_id[1:].split("@")[0]), "en")) for each in evidence.caught
    )
    return replace(
        evidence,
        people=people,
        caught=caught,
        figures=replace(evidence.figures, languages={ADA: kept}),
        written_in=("en", "de"),
        lessons_in={(COURSE, WELCOME): lessons, (COURSE, ALARM): lessons},
    )


def test_mail_in_the_language_that_was_chosen_is_right() -> None:
    assert said(in_german({7: "de", 9: "de"})) == []


@pytest.mark.parametrize(("languages", "number"), [({9: "de"}, 7), ({7: "de"}, 9), ({5: "de", 7: "de", 9: "de"}, 5)])
def test_mail_in_another_language_is_found(languages: dict[int, str], number: int) -> None:
    ((kind, sentence),) = said(in_german(languages))
    assert kind == Fault.LANGUAGE
    assert name(number) in sentence


def name(number: int) -> str:
    rows: dict[int, SeenRow] = {each.id: each for each in peaceful().rows}
    return rows[number].name


def test_a_lesson_that_is_written_in_the_own_language_alone_comes_in_it() -> None:
    alone = frozenset({"en"})
    assert said(in_german({9: "de"}, lessons=alone)) == []
    ((kind, _),) = said(in_german({7: "de", 9: "de"}, lessons=alone))
    assert kind == Fault.LANGUAGE


def test_a_choice_that_was_not_kept_is_found() -> None:
    ((kind, sentence),) = said(in_german({7: "de", 9: "de"}, kept="en"))
    assert kind == Fault.LANGUAGE
    assert sentence == f"{ADA} chose de, and en is recorded"
