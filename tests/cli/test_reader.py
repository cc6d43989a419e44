"""`funnel reader`: what the practice does for one reader."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import select

from funnel.models import Consent
from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import ask, join, lessons, live

AGREED = ("--agreed", "She said so on the telephone, on 4 January.")


def test_who_has_not_agreed_is_put_on_nothing_unless_she_said_so(practice: Practice) -> None:
    join(practice.service, "ada@example.org", "ebook")
    refused = practice.run("reader", "enrol", "ada@example.org", COURSE)
    assert str(refused.exception) == (
        f"ada@example.org has not agreed to {COURSE}: ask her, and then say how and when she did, with --agreed."
    )
    assert practice.run("reader", "enrol", "ada@example.org", COURSE, *AGREED).exit_code == 0
    with practice.service.db.read() as session:
        kept = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert kept is not None
    assert (kept.text, kept.sequences, kept.detail) == (AGREED[1], [COURSE], {"via": "by_hand"})


def test_an_enrolled_reader_repeats_a_sequence_only_when_asked(
    practice: Practice, time: time_machine.Traveller
) -> None:
    join(practice.service, "ada@example.org", "training")

    first = practice.run("reader", "enrol", "ada@example.org", "ebook-welcome", *AGREED)
    live(practice.service, time, 6)
    second = practice.run("reader", "enrol", "ada@example.org", "ebook-welcome", *AGREED)
    again = practice.run("reader", "enrol", "ada@example.org", "ebook-welcome", "--again", *AGREED)

    # She has the training's first mail today, and gets one lesson a day.
    assert first.output == (
        "ada@example.org starts ebook-welcome. The first lesson goes on Tue 5 Jan 2027 08:00 (Europe/Dublin).\n"
    )
    assert second.exit_code == 1
    assert "--again" in str(second.exception)
    assert "2. time" in again.output


def test_when_the_first_lesson_goes_is_said_as_it_then_happens(
    practice: Practice, time: time_machine.Traveller
) -> None:
    join(practice.service, "ada@example.org", "ebook")
    live(practice.service, time, 8)  # a day without a lesson of the course
    at_once = practice.run("reader", "enrol", "ada@example.org", "training-follow-up", *AGREED)
    assert "The first lesson goes at once." in at_once.output
    live(practice.service, time, 0)
    assert lessons(practice.service, "ada@example.org")[-1] == ("your-training", "accepted")
    join(practice.service, "fay@example.org", "ebook", zone="Australia/Sydney")
    assert practice.run("sequence", "pause", "training-follow-up").exit_code == 0
    resting = practice.run("reader", "enrol", "fay@example.org", "training-follow-up", *AGREED)
    assert "It rests at the moment" in resting.output


def test_who_has_not_confirmed_is_put_on_nothing(practice: Practice) -> None:
    ask(practice.service, "ben@example.org")

    unconfirmed = practice.run("reader", "enrol", "ben@example.org", COURSE)
    unknown = practice.run("reader", "enrol", "nobody@example.org", COURSE)
    misspelt = practice.run("reader", "enrol", "ben@example.org", "anxious-atachment")

    assert "has not confirmed" in str(unconfirmed.exception)
    assert str(unknown.exception) == "nobody signed up as nobody@example.org."
    assert "Did you mean anxious-attachment?" in misspelt.output
    assert (unconfirmed.exit_code, unknown.exit_code, misspelt.exit_code) == (1, 1, 2)


def test_tags_are_put_on_and_taken_away_in_one_go(practice: Practice) -> None:
    join(practice.service, "ada@example.org")

    assert practice.run("reader", "tag", "ada@example.org", "+evening", "+group").output == (
        "ada@example.org has the tags evening, group.\n"
    )
    assert practice.run("reader", "tag", "ada@example.org", "-group", "+spring").output == (
        "ada@example.org has the tags evening, spring.\n"
    )
    assert practice.run("reader", "tag", "ada@example.org", "-evening", "-spring").output == (
        "ada@example.org has no tags.\n"
    )
    assert practice.run("reader", "tag", "nobody@example.org", "+evening").exit_code == 1


@pytest.mark.parametrize("change", ["Evening", "+", "+Two Words", "--evening", "a:b:c", "x" * 61])
def test_what_is_no_change_of_a_tag_is_answered_with_one(practice: Practice, change: str) -> None:
    result = practice.run("reader", "tag", "ada@example.org", change)

    assert result.exit_code == 2
    assert "write evening, +evening or -evening" in result.output


def test_who_becomes_a_client_is_walked_no_further(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 8)

    told = practice.run("reader", "client", "ada@example.org")
    live(practice.service, time, 30)

    assert told.output == "ada@example.org is a client now; 1 sequence ended kindly.\n"
    assert len(lessons(practice.service, "ada@example.org")) == 2
    assert practice.run("reader", "client", "nobody@example.org").exit_code == 1


def test_who_was_stopped_goes_on_where_she_was(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 8)
    practice.run("reader", "client", "ada@example.org")
    live(practice.service, time, 20)

    told = practice.run("reader", "resume", "ada@example.org", COURSE)
    again = practice.run("reader", "resume", "ada@example.org", COURSE)
    live(practice.service, time, 2)

    assert told.output.startswith(f"ada@example.org goes on with {COURSE}: where-it-was-learned is next, on Tue 2 Feb ")
    assert (again.exit_code, "under way" in str(again.exception)) == (1, True)
    assert lessons(practice.service, "ada@example.org")[-1] == ("where-it-was-learned", "accepted")


def test_quiet_days_are_added_removed_and_checked(practice: Practice) -> None:
    join(practice.service, "ada@example.org")
    noted = practice.run("reader", "quiet", "ada@example.org", "+2027-02-14", "+2027-02-15")
    assert noted.output == "ada@example.org hears nothing on 2027-02-14, 2027-02-15.\n"
    back = practice.run("reader", "quiet", "ada@example.org", "-2027-02-14", "-2027-02-15")
    assert back.output == "ada@example.org has no quiet days.\n"
    wrong = practice.run("reader", "quiet", "ada@example.org", "+14.2.2027")
    assert wrong.exit_code == 2
    assert "write +2027-02-14" in wrong.output
