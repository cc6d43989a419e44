"""What the audience does to have its mail in another language, or at another address, on the real site."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from funnel.demo.browser import BrowsingError
from funnel.demo.habits import Habits
from funnel.demo.ledger import read_ledger
from funnel.demo.mailbox import ReceivedMail
from funnel.demo.moving import NEW, OLD, Moving
from funnel.demo.player import Player, leads_to
from funnel.demo.rooms import Room, own_link
from funnel.demo.ways import LanguageHabits, MoveHabits
from funnel.publishing.publish import publish
from tests.demo.conftest import Stage
from tests.journey.steps import join, live
from tests.web.conftest import on_one_database

pytestmark = on_one_database
ADA, ADA_NEW = "ada@example.org", "ada.new@example.org"
KNOWN_BY = {ADA: ADA, ADA_NEW: ADA}


@pytest.fixture
def player(stage: Stage) -> Player:
    """Ada, who takes the course and has had two lessons of it, where readers are served in German too."""
    service = stage.service
    practice = replace(service.library.practice, languages=("de",))
    publish(service, replace(service.library, practice=practice), "tests", service.clock.now())
    service.in_force.refresh()
    join(service, ADA, zone="Europe/Dublin")
    live(service, stage.time, 8)
    return stage.player(offer="course")


def lesson(stage: Stage) -> ReceivedMail:
    return [letter for letter in stage.letters() if letter.is_lesson][-1]


def link(stage: Stage, path: str) -> str:
    """The link to this path that was mailed last."""
    return [each.href for letter in stage.letters() for each in letter.links if leads_to(each.href, path)][-1]


def asked(player: Player, stage: Stage) -> None:
    """Ada wishes for another address in her room."""
    room = Room(player)
    room.ask_for_link(lesson(stage))
    (fresh,) = [found for letter in stage.letters() if (found := own_link(letter)) is not None]
    room.ask_for_address(fresh, ADA_NEW)


def test_another_language_is_chosen_in_the_room_and_pages_go_on_in_it(player: Player, stage: Stage) -> None:
    room, letter = Room(player), lesson(stage)
    room.choose_language(letter, "de")
    assert read_ledger(stage.service).figures.languages == {ADA: "de"}
    room.ask_for_link(letter)
    assert [letter.caught.language for letter in stage.letters()][-1] == "de"
    room.choose_language(letter, "en")
    assert [each.language for each in player.diary.people()[ADA].choices] == ["de", "en"]
    with pytest.raises(BrowsingError, match="400"):
        room.choose_language(letter, "fr")


def test_an_address_is_hers_once_it_has_said_yes(player: Player, stage: Stage) -> None:
    asked(player, stage)
    assert player.diary.deeds().addresses_asked == {ADA: ADA_NEW}
    assert read_ledger(stage.service).figures.addresses == {ADA: ADA}
    Moving(player).confirm(link(stage, NEW), ADA_NEW)
    ledger = read_ledger(stage.service, KNOWN_BY)
    assert ledger.figures.addresses == {ADA: ADA_NEW}
    assert {row.email for row in ledger.rows} == {ADA}
    move = player.diary.move_of(player.person)
    assert move is not None
    assert (move.to, move.taken_back) == (ADA_NEW, None)


def test_the_old_address_takes_it_back_and_later_finds_nothing_to_press(player: Player, stage: Stage) -> None:
    asked(player, stage)
    moving = Moving(player)
    moving.confirm(link(stage, NEW), ADA_NEW)
    back = link(stage, OLD)
    moving.take_back(back)
    assert read_ledger(stage.service).figures.addresses == {ADA: ADA}
    move = player.diary.move_of(player.person)
    assert move is not None
    assert move.taken_back is not None


def test_a_notice_that_came_too_late_is_left_alone_and_one_refused_in_time_is_found(
    player: Player, stage: Stage
) -> None:
    asked(player, stage)
    moving = Moving(player)
    moving.confirm(link(stage, NEW), ADA_NEW)
    back = link(stage, OLD)
    with pytest.raises(BrowsingError, match="404"):
        moving.take_back(back.replace(OLD, f"{OLD}x"))
    live(stage.service, stage.time, 8)
    moving.take_back(back)
    move = player.diary.move_of(player.person)
    assert move is not None
    assert move.taken_back is None
    assert read_ledger(stage.service, KNOWN_BY).figures.addresses == {ADA: ADA_NEW}


def test_each_change_is_planned_after_its_lesson_and_each_mail_of_a_move_once(player: Player, stage: Stage) -> None:
    ways = {"language": LanguageHabits(1, 3), "moves": MoveHabits(2, ADA_NEW, undoes=True)}
    person = stage.player(offer="course", opens=0.0, clicks=0.0, **ways).person
    venue = replace(player.venue, languages=("en", "de"), rate=timedelta(days=1).total_seconds())
    habits = Habits(person, venue, player.diary, 7)
    letter = lesson(stage)
    assert [len(habits.plan(letter, number, number)) for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert [len(Habits(person, player.venue, player.diary, 7).plan(letter, each, each)) for each in (1, 2)] == [0, 1]
    asked(player, stage)
    (question,) = habits.plan(stage.letters()[-1], 5, 2)
    assert question.do() is None
    (notice,) = habits.plan(stage.letters()[-1], 6, 2)
    assert 1 <= notice.delay <= 4
    assert notice.do() is None
    move = player.diary.move_of(player.person)
    assert move is not None
    assert move.taken_back is not None
