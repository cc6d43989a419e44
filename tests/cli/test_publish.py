"""`funnel publish`: shows, asks, and then it counts."""

from __future__ import annotations

import json
import shutil

import pytest
import time_machine
from sqlalchemy import select

from funnel.cli.publish import carry_out
from funnel.cli.support.problems import CannotStart
from funnel.models import Edition, Enrolment
from funnel.publishing.publish import plan
from funnel.wiring import read_library
from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import join, lessons, live, rows, work


def numbers(practice: Practice) -> list[int]:
    with practice.service.db.read() as session:
        return list(session.scalars(select(Edition.number).where(Edition.sequence == COURSE).order_by(Edition.id)))


def new_text(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-1.md", "Twenty to midnight.", "Ten to midnight.")


def test_the_plan_is_shown_and_waits_for_a_yes(practice: Practice) -> None:
    new_text(practice)

    no = practice.run("publish", answer="n\n")
    nobody = practice.run("publish")
    assert numbers(practice) == [1]
    yes = practice.run("publish", answer="y\n")

    assert "~ name-the-alarm" in no.output
    assert "Publish it now? [y/N]" in no.output
    assert (no.exit_code, nobody.exit_code, yes.exit_code) == (0, 1, 0)
    assert "Nothing was published." in no.output
    assert f"{COURSE}: edition 2 counts from now on." in yes.output
    assert numbers(practice) == [1, 2]
    assert "nothing to publish" in practice.run("publish").output


def test_a_script_says_yes_beforehand_and_reads_what_was_done(practice: Practice) -> None:
    new_text(practice)

    done = practice.run("publish", "--yes", "--json")

    found = json.loads(done.stdout)
    assert found["published"] == [{"sequence": COURSE, "edition": 2, "walks_changed": 0}]
    assert found["plans"][0]["changes"][0]["lesson"] == "name-the-alarm"
    assert "~ name-the-alarm" in done.stderr
    assert json.loads(practice.run("publish", "--yes", "--json").stdout) == {"plans": [], "published": []}


def test_a_folder_with_errors_is_not_published(practice: Practice) -> None:
    new_text(practice)
    practice.edit(f"{COURSE}/week-2.md", "{{ lead.first_name", "{{ lead.frist_name")

    told = practice.run("publish", "--yes")

    assert told.exit_code == 1
    assert "has 1 error to mend first; 'funnel check' lists them all. The first: " in str(told.exception)
    assert numbers(practice) == [1]


def test_warnings_are_counted_before_the_question(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-3.md", "{{ practice.sender }}", "Act now\n\n{{ practice.sender }}")

    told = practice.run("publish", answer="n\n").output

    assert told.index("1 thing is worth a second look") < told.index("Publish it now?")


def test_who_is_asked_while_somebody_else_publishes_is_told(practice: Practice) -> None:
    new_text(practice)
    service = practice.service
    library = read_library(service.settings)
    drafts = plan(service, library, service.clock.now())
    practice.run("publish", "--yes")

    with pytest.raises(CannotStart, match=r"Nothing was published\. .*somebody else has published"):
        carry_out(service, library, drafts)
    assert numbers(practice) == [1, 2]


def test_a_bonus_reaches_who_is_past_the_new_lesson(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 15)
    practice.add_lesson()

    told = practice.run("publish", "--yes", "--bonus", "a-short-walk")
    live(practice.service, time, 7)

    assert "1 is past it: sent as a bonus" in told.output
    assert "a-short-walk: on its way to who was past it." in told.output
    assert ("a-short-walk", "accepted") in lessons(practice.service, "ada@example.org")


def test_a_bonus_can_be_a_lesson_published_before(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 15)
    practice.add_lesson()
    practice.run("publish", "--yes")

    told = practice.run("publish", "--bonus", "a-short-walk", answer="y\n")
    live(practice.service, time, 7)
    again = practice.run("publish", "--yes", "--bonus", "a-short-walk")

    assert "a-short-walk: on its way to who was past it." in told.output
    assert "on its way" not in again.output
    assert "* a-short-walk: as a bonus 1 reader gets it, on 20 January" in told.output
    assert ("a-short-walk", "accepted") in lessons(practice.service, "ada@example.org")
    assert "as a bonus nobody gets it" in again.output
    assert lessons(practice.service, "ada@example.org").count(("a-short-walk", "accepted")) == 1


def test_a_mistyped_day_names_who_loses_a_lesson_and_asks_again(
    practice: Practice, time: time_machine.Traveller
) -> None:
    for name in ("ada", "cleo"):
        join(practice.service, f"{name}@example.org")
    live(practice.service, time, 8)  # both have had day 0 and day 7
    practice.edit(f"{COURSE}/week-2.md", "day: 14", "day: 1")

    script = practice.run("publish", "--yes")
    no = practice.run("publish", answer="y\nn\n")

    assert "! where-it-was-learned: 2 readers never get it now: a…@example.org, c…@example.org" in no.output
    assert "(--bonus where-it-was-learned sends it to them all the same)" in no.output
    assert f"A lesson is lost by 2 readers of {COURSE} where-it-was-learned. All the same? [y/N]" in no.output
    assert "Nothing was published." in no.output
    assert (script.exit_code, "--accept-losses" in str(script.exception)) == (1, True)
    assert numbers(practice) == [1]
    (plan_,) = json.loads(practice.run("plan", "--json").stdout)
    assert plan_["lost"] == [
        {
            "lesson": "where-it-was-learned",
            "people": 2,
            "sent_all_the_same": 0,
            "who": ["a…@example.org", "c…@example.org"],
        }
    ]
    assert [reader["loses"] for reader in plan_["readers"]] == [["where-it-was-learned"]] * 2
    assert practice.run("publish", "--yes", "--accept-losses").exit_code == 0
    assert numbers(practice) == [1, 2]


def test_a_lost_lesson_sent_as_a_bonus_needs_no_second_question(
    practice: Practice, time: time_machine.Traveller
) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 8)
    practice.edit(f"{COURSE}/week-2.md", "day: 14", "day: 1")

    told = practice.run("publish", "--yes", "--bonus", "where-it-was-learned")
    live(practice.service, time, 60)

    assert told.exit_code == 0, told.output
    assert "1 reader would never get it: 1 as a bonus" in told.output
    assert len({lesson for lesson, state in lessons(practice.service, "ada@example.org")}) == 8


def test_a_bonus_goes_only_to_readers_of_its_sequence(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 15)
    practice.add_lesson()
    practice.run("publish", "--yes")  # Ada is past it, and that is how it was meant
    join(practice.service, "dan@example.org", "ebook")
    live(practice.service, time, 8)
    practice.add_lesson(path="ebook-welcome/04-walk.md")

    told = practice.run("publish", "--yes", "--bonus", "a-short-walk")
    live(practice.service, time, 7)

    assert told.exit_code == 0, told.output
    sent = [(row.sequence, row.lesson_id, row.state) for row in rows(practice.service, "dan@example.org")]
    assert ("ebook-welcome", "a-short-walk", "accepted") in sent
    assert "a-short-walk" not in dict(lessons(practice.service, "ada@example.org"))


def test_a_bonus_that_names_no_lesson_or_two_is_refused(practice: Practice) -> None:
    misspelt = practice.run("publish", "--yes", "--bonus", "name-the-alrm")
    practice.add_lesson()
    practice.add_lesson(path="ebook-welcome/04-walk.md")
    twofold = practice.run("publish", "--yes", "--bonus", "a-short-walk")

    assert (misspelt.exit_code, twofold.exit_code) == (2, 2)
    assert "Did you mean name-the-alarm?" in misspelt.output
    assert "both get a lesson a-short-walk" in twofold.output


def test_a_sequence_with_readers_is_removed_only_with_stop(practice: Practice) -> None:
    join(practice.service, "ada@example.org", "ebook")
    work(practice.service)
    shutil.rmtree(practice.folder / "ebook-welcome")
    practice.edit(f"{COURSE}/sequence.md", '"finished:ebook-welcome", ', "")
    practice.edit("offers/ebook.md", f"followed_by: {COURSE}\n", "")
    practice.edit("offers/ebook.md", 'followed_by_consent: "And after that the free course, please."\n', "")

    refused = practice.run("publish", "--yes")
    misspelt = practice.run("publish", "--yes", "--stop", "ebook-welcom")
    present = practice.run("publish", "--yes", "--stop", COURSE)
    done = practice.run("publish", "--yes", "--stop", "ebook-welcome")

    assert "--stop ebook-welcome" in str(refused.exception)
    assert "Did you mean ebook-welcome?" in misspelt.output
    assert f"funnel sequence pause {COURSE}" in present.output
    assert "ebook-welcome: taken out of use; 1 reader stopped." in done.output
    with practice.service.db.read() as session:
        assert session.execute(select(Enrolment.state, Enrolment.reason)).all() == [("stopped", "sequence removed")]
