"""What the audience does in its rooms, on the real site."""

from __future__ import annotations

from datetime import timedelta

import pytest

from funnel.demo.browser import BrowsingError
from funnel.demo.doors import Door
from funnel.demo.habits import Habits
from funnel.demo.ledger import read_ledger
from funnel.demo.mailbox import ReceivedMail
from funnel.demo.player import Player
from funnel.demo.rooms import Room, own_link
from funnel.demo.signing_up import SigningUp
from funnel.demo.ways import PauseHabits
from tests.demo.conftest import InProcess, Stage
from tests.journey.steps import join, live
from tests.web.conftest import on_one_database

pytestmark = on_one_database


@pytest.fixture
def player(stage: Stage) -> Player:
    """Ada, who takes the course and has had two lessons of it."""
    join(stage.service, "ada@example.org", zone="Europe/Dublin")
    live(stage.service, stage.time, 8)
    return stage.player(offer="course")


def lessons(stage: Stage) -> list[ReceivedMail]:
    return [letter for letter in stage.letters() if letter.is_lesson]


def at_home(player: Player, stage: Stage) -> Room:
    """Her room, with all her letters in the mailbox."""
    room = Room(player)
    for letter in stage.letters():
        room.keep(letter)
    return room


def test_a_break_is_taken_from_a_mail_and_ended_by_hand(player: Player, stage: Stage) -> None:
    room, letter = at_home(player, stage), lessons(stage)[-1]
    follows = room.pause(letter, PauseHabits(after=2, weeks=2, by_hand=True))
    now = stage.service.clock.now()
    assert read_ledger(stage.service).figures.paused_until == {"ada@example.org": now + timedelta(weeks=2)}
    assert follows is not None
    assert follows.may_lapse
    assert timedelta(seconds=follows.delay) == timedelta(weeks=1)
    stage.do(follows)
    assert read_ledger(stage.service).figures.paused_until == {}
    pause = player.diary.people()["ada@example.org"].pause
    assert pause is not None
    assert pause.lasts_until == pause.over_by == now + timedelta(weeks=1)


def test_a_break_that_is_over_already_is_not_ended_by_hand(player: Player, stage: Stage) -> None:
    room, letter = at_home(player, stage), lessons(stage)[-1]
    assert room.pause(letter, PauseHabits(after=2, weeks=1, by_hand=False)) is None
    live(stage.service, stage.time, 8)
    room.go_on(letter)
    pause = player.diary.people()["ada@example.org"].pause
    assert pause is not None
    assert pause.went_on is None
    assert pause.over_by - pause.pressed.before.story == timedelta(weeks=1)


def test_there_is_no_break_to_take_once_all_was_sent(player: Player, stage: Stage) -> None:
    room = at_home(player, stage)
    live(stage.service, stage.time, 60)
    assert room.pause(lessons(stage)[-1], PauseHabits(after=8, weeks=1, by_hand=True)) is None
    assert player.diary.people()["ada@example.org"].pause is None


def test_by_a_fresh_link_she_reads_what_she_was_sent_and_is_counted_nowhere(player: Player, stage: Stage) -> None:
    room = at_home(player, stage)
    room.ask_for_link(lessons(stage)[-1])
    before = read_ledger(stage.service).figures
    (link,) = [found for letter in stage.letters() if (found := own_link(letter)) is not None]
    room.read_again(link)
    deeds = player.diary.deeds()
    assert deeds.links_asked == {"ada@example.org": 1}
    (reading,) = deeds.readings
    assert [each.subject for each in reading.letters] == [each.subject for each in lessons(stage)]
    after = read_ledger(stage.service).figures
    assert (after.opens, after.clicks, after.lessons) == (before.opens, before.clicks, before.lessons)


def test_a_letter_that_did_not_come_by_mail_or_says_less_is_found(player: Player, stage: Stage) -> None:
    room, letters = Room(player), lessons(stage)
    room.ask_for_link(letters[-1])
    link = next(found for letter in stage.letters() if (found := own_link(letter)) is not None)
    with pytest.raises(BrowsingError, match="did not come by mail"):
        room.read_again(link)
    for letter in letters:
        room.keep(letter)
    at_home(player, stage).read_again(link)
    room._had[letters[0].subject] = ("A sentence that was sent.",)
    with pytest.raises(BrowsingError, match="lacks what was sent"):
        room.read_again(link)


def test_a_room_whose_letters_are_counted_when_read_is_found(
    player: Player, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = at_home(player, stage)
    room.ask_for_link(lessons(stage)[-1])
    link = next(found for letter in stage.letters() if (found := own_link(letter)) is not None)
    send = InProcess.send

    def with_a_pixel(*given: object, **named: object) -> object:
        answer = send(*given, **named)  # type: ignore[arg-type]
        if "/letters/" in str(answer.url):
            answer._content = answer.content + b'<img src="/o/seen.gif" alt="">'
        return answer

    monkeypatch.setattr(InProcess, "send", with_a_pixel)
    with pytest.raises(BrowsingError, match="counted as an open"):
        room.read_again(link)


def test_the_course_is_begun_again_once_it_has_ended_and_not_before(player: Player, stage: Stage) -> None:
    room = at_home(player, stage)
    later = room.begin_again(lessons(stage)[-1])
    assert later is not None
    assert later.may_lapse
    assert not player.diary.has_begun_again(player.person)
    live(stage.service, stage.time, 60)
    assert later.do() is None
    assert player.diary.has_begun_again(player.person)
    seen = lessons(stage)
    assert len(seen) == 9
    assert seen[-1].subject == seen[0].subject
    assert [(each.round, each.state) for each in read_ledger(stage.service).enrolments] == [
        (1, "finished"),
        (2, "active"),
    ]


def test_the_mail_that_asks_to_confirm_is_no_lesson_and_those_of_the_course_are(stage: Stage) -> None:
    SigningUp(stage.player(offer="course", door=Door.PROGRAM)).begin()
    (asking,) = stage.letters()
    assert asking.one_click is not None
    assert not asking.is_lesson
    join(stage.service, "ada@example.org", zone="Europe/Dublin")
    assert sum(letter.is_lesson for letter in stage.letters()) == 1


def test_who_plans_a_break_takes_it_after_that_lesson_alone(player: Player, stage: Stage) -> None:
    person = stage.player(offer="course", pauses=PauseHabits(2, 1, by_hand=False), reads_after=3, opens=0.0).person
    habits = Habits(person, player.venue, player.diary, 7)
    letter = lessons(stage)[-1]
    planned = [len(habits.plan(letter, number, number)) for number in (1, 2, 3, 4)]
    quiet = Habits(stage.player(offer="course", opens=0.0).person, player.venue, player.diary, 7)
    usual = [len(quiet.plan(letter, number, number)) for number in (1, 2, 3, 4)]
    assert [mine - others for mine, others in zip(planned, usual, strict=True)] == [0, 1, 1, 0]
