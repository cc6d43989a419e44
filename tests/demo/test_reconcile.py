"""Each way in which the service and the mailboxes can disagree is found, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from funnel.demo.evidence import Evidence, Fault, SeenEnrolment
from funnel.demo.reconcile import belonging, reconcile, slowest
from tests.demo.cast import (
    ADA,
    ALARM,
    BEN,
    CLEO,
    COURSE,
    DAN,
    ENDS,
    PRACTICE,
    WELCOME,
    at,
    mail,
    peaceful,
    row,
    with_mail,
    with_row,
    without_row,
)


def mail_disagreements(evidence: Evidence) -> list[tuple[Fault, str]]:
    """All but the figures, which have a test file of their own."""
    return [(found.kind, found.sentence) for found in reconcile(evidence) if found.kind != Fault.FIGURE]


def only_disagreement(evidence: Evidence) -> tuple[Fault, str]:
    found = mail_disagreements(evidence)
    assert len(found) == 1, found
    return found[0]


def test_a_story_in_which_all_agrees_has_no_disagreement() -> None:
    assert reconcile(peaceful()) == []


def test_a_mail_that_came_twice_is_a_duplicate() -> None:
    kind, sentence = only_disagreement(with_mail(peaceful(), mail(5, ADA, 1.2)))
    assert kind == Fault.DUPLICATE
    assert "2 times" in sentence


def test_a_lesson_that_came_in_two_mails_is_a_duplicate() -> None:
    kind, sentence = only_disagreement(with_mail(with_row(peaceful(), row(20, ADA, ALARM, 9)), mail(20, ADA, 9)))
    assert kind == Fault.DUPLICATE
    assert f"{COURSE}/{ALARM}" in sentence


def test_a_mail_whose_recipient_differs_in_case_is_the_same() -> None:
    kind, _ = only_disagreement(with_mail(peaceful(), mail(5, ADA.upper(), 1.2)))
    assert kind == Fault.DUPLICATE


def test_an_accepted_delivery_that_no_mailbox_has_is_missing() -> None:
    evidence = peaceful()
    lost = replace(evidence, caught=tuple(each for each in evidence.caught if each.message_id != "<7@example.org>"))
    kind, sentence = only_disagreement(lost)
    assert kind == Fault.MISSING
    assert "delivery 7" in sentence


def test_a_mail_to_another_recipient_is_missing_and_unaccounted() -> None:
    evidence = peaceful()
    others = tuple(each for each in evidence.caught if each.message_id != "<7@example.org>")
    kinds = [kind for kind, _ in mail_disagreements(replace(evidence, caught=(*others, mail(7, CLEO, 2))))]
    assert kinds == [Fault.MISSING, Fault.MISSING]


def test_a_caught_mail_without_a_row_is_missing_from_the_rows() -> None:
    kind, sentence = only_disagreement(with_mail(peaceful(), mail(99, ADA, 2)))
    assert kind == Fault.MISSING
    assert "no delivery row" in sentence


@pytest.mark.parametrize("state", ["skipped", "failed", "unknown", "held"])
def test_a_caught_mail_whose_row_is_not_accepted_disagrees(state: str) -> None:
    found = mail_disagreements(with_row(peaceful(), row(7, ADA, ALARM, 8, state, "why")))
    assert any(kind == Fault.MISSING and f"is {state}" in sentence for kind, sentence in found)


def test_an_owed_lesson_without_row_or_reason_is_missing() -> None:
    evidence = peaceful()
    evidence = replace(without_row(evidence, 7), caught=tuple(m for m in evidence.caught if m.message_id[1] != "7"))
    kind, sentence = only_disagreement(evidence)
    assert kind == Fault.MISSING
    assert f"{ADA} should have had {COURSE}/{ALARM}" in sentence


def test_a_lesson_that_was_skipped_for_a_reason_is_not_missing() -> None:
    evidence = with_row(peaceful(), row(7, ADA, ALARM, 8, "skipped", "passed over"))
    evidence = replace(evidence, caught=tuple(each for each in evidence.caught if each.message_id[1] != "7"))
    assert mail_disagreements(evidence) == []


def test_a_lesson_that_is_not_surely_due_yet_is_not_missing() -> None:
    evidence = peaceful()
    soon = replace(evidence.expected[1], latest=evidence.ends + timedelta(days=1))
    others = tuple(each for each in evidence.caught if each.message_id != "<7@example.org>")
    evidence = replace(evidence, expected=(evidence.expected[0], soon), caught=others)
    assert mail_disagreements(without_row(evidence, 7)) == []


def test_a_lesson_left_out_in_mid_course_is_missing_at_any_time() -> None:
    evidence = peaceful()
    later = tuple(replace(each, latest=evidence.ends + timedelta(days=9)) for each in evidence.expected)
    evidence = replace(evidence, expected=later, caught=tuple(m for m in evidence.caught if m.message_id[1] != "5"))
    kind, sentence = only_disagreement(without_row(evidence, 5))
    assert kind == Fault.MISSING
    assert f"later lessons but not {COURSE}/{WELCOME}" in sentence


def test_an_overdue_walk_and_a_forgotten_one_are_missing() -> None:
    overdue, forgotten = SeenEnrolment(ADA, COURSE, "active", at(20).story), SeenEnrolment(CLEO, COURSE, "active", None)
    found = mail_disagreements(replace(peaceful(), enrolments=(overdue, forgotten)))
    assert [kind for kind, _ in found] == [Fault.MISSING, Fault.MISSING]


def test_waiting_for_the_mail_on_its_way_is_not_being_forgotten() -> None:
    evidence = with_row(peaceful(), replace(row(30, ADA, "last", 28.5), state="waiting"))
    assert mail_disagreements(replace(evidence, enrolments=(SeenEnrolment(ADA, COURSE, "active", None),))) == []


def test_a_lesson_before_its_hour_is_early() -> None:
    evidence = with_row(peaceful(), replace(row(7, ADA, ALARM, 8), ended_at=at(7.9).story))
    kind, _ = only_disagreement(evidence)
    assert kind == Fault.EARLY


def test_a_lesson_to_who_never_confirmed_is_unasked_for() -> None:
    kind, sentence = only_disagreement(with_mail(with_row(peaceful(), row(40, BEN, WELCOME, 2)), mail(40, BEN, 2)))
    assert kind == Fault.UNASKED
    assert f"{BEN} never confirmed" in sentence


def test_a_lesson_before_the_button_was_pressed_is_unasked_for() -> None:
    evidence = peaceful()
    people = {**evidence.people, ADA: replace(evidence.people[ADA], confirming=at(2))}
    kind, _ = only_disagreement(replace(evidence, people=people))
    assert kind == Fault.UNASKED


def test_a_mail_to_a_stranger_is_unasked_for() -> None:
    evidence = with_mail(with_row(peaceful(), row(41, "gus@example.org", None, 2)), mail(41, "gus@example.org", 2))
    kind, sentence = only_disagreement(evidence)
    assert kind == Fault.UNASKED
    assert "never signed up" in sentence


def test_the_practice_is_told_of_a_booking_but_gets_no_lessons() -> None:
    kind, sentence = only_disagreement(
        with_mail(with_row(peaceful(), row(42, PRACTICE, WELCOME, 2)), mail(42, PRACTICE, 2))
    )
    assert kind == Fault.UNASKED
    assert PRACTICE in sentence


def test_a_mail_that_arrives_after_leaving_is_found() -> None:
    evidence = with_mail(with_row(peaceful(), row(50, CLEO, "extra", 2.9)), mail(50, CLEO, 8))
    kind, sentence = only_disagreement(evidence)
    assert kind == Fault.AFTER_LEAVING
    assert "after leaving" in sentence


def test_a_mail_made_due_after_leaving_is_found_even_on_its_way() -> None:
    kind, sentence = only_disagreement(with_row(peaceful(), replace(row(50, CLEO, "extra", 28.5), state="claimed")))
    assert kind == Fault.AFTER_LEAVING
    assert "was made due" in sentence


def test_a_mail_on_the_wire_when_somebody_left_is_no_fault() -> None:
    assert mail_disagreements(with_mail(with_row(peaceful(), row(50, CLEO, "extra", 2.9)), mail(50, CLEO, 3.5))) == []


def test_a_refusing_mailbox_recorded_as_accepted_is_found() -> None:
    evidence = with_row(peaceful(), row(60, DAN, WELCOME, 2))
    kinds = [kind for kind, _ in mail_disagreements(evidence)]
    assert kinds == [Fault.MISSING, Fault.REFUSED]


def test_a_refusing_mailbox_whose_refusal_nobody_noted_is_found() -> None:
    kind, sentence = only_disagreement(with_row(peaceful(), row(4, DAN, None, 0, "skipped", "lost")))
    assert kind == Fault.REFUSED
    assert "no delivery is recorded as failed" in sentence


def test_mail_in_a_refusing_mailbox_is_found() -> None:
    found = mail_disagreements(with_mail(peaceful(), mail(4, DAN, 0)))
    assert Fault.REFUSED in [kind for kind, _ in found]


@pytest.mark.parametrize("state", ["waiting", "claimed", "handing_over"])
def test_a_row_that_is_still_on_its_way_at_the_end_is_found(state: str) -> None:
    kind, sentence = only_disagreement(with_row(peaceful(), row(70, ADA, "extra", 20, state)))
    assert kind == Fault.STATE
    assert f"still {state}" in sentence


@pytest.mark.parametrize("state", ["unknown", "held", "failed"])
def test_a_row_that_failed_though_the_mailbox_works_is_found(state: str) -> None:
    kind, sentence = only_disagreement(with_row(peaceful(), row(70, ADA, "extra", 20, state)))
    assert kind == Fault.STATE
    assert "no reason given" in sentence


def test_a_row_skipped_without_a_reason_is_found() -> None:
    kind, _ = only_disagreement(with_row(peaceful(), row(70, ADA, "extra", 20, "skipped")))
    assert kind == Fault.STATE


def test_mail_accepted_between_two_looks_belongs_to_the_rows() -> None:
    new = mail(7, ADA, 8)
    earlier = tuple(each for each in peaceful().caught if each.message_id != new.message_id)
    assert set(belonging(earlier, peaceful().rows, (*earlier, new), ENDS)) == {*earlier, new}


def test_mail_that_came_after_the_rows_were_read_is_left_out() -> None:
    late = mail(80, ADA, 28.4)
    assert late not in belonging(peaceful().caught, peaceful().rows, (*peaceful().caught, late), ENDS)


def test_mail_there_before_the_rows_were_read_must_be_in_them() -> None:
    unknown = mail(81, ADA, 20)
    there = (*peaceful().caught, unknown)
    assert unknown in belonging(there, peaceful().rows, there, ENDS)


@pytest.mark.parametrize(("state", "left_out"), [("handing_over", True), ("claimed", False), ("waiting", False)])
def test_only_mail_on_the_wire_after_the_end_is_left_out(state: str, left_out: bool) -> None:
    rows = (*peaceful().rows, row(82, ADA, "extra", 28.5, state))
    there = (*peaceful().caught, mail(82, ADA, 28.5))
    assert (there[-1] not in belonging(there, rows, there, ENDS)) is left_out


def test_the_slowest_mail_is_counted_from_when_it_was_due() -> None:
    late = replace(row(90, ADA, "extra", 5), ended_at=at(7).story)
    retried = replace(row(91, ADA, "extra", 5), due=at(8).story, ended_at=at(9).story)
    assert slowest([late, retried]) == timedelta(days=2)
    assert slowest([]) == timedelta(0)
