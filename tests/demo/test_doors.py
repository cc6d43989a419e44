"""By every door somebody comes in as a browser would, with nothing but what was printed for the other site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from funnel.demo.browser import BrowsingError
from funnel.demo.doors import OTHER_SITE, SOURCES, Door, HostPages, host_pages, with_a_site
from funnel.demo.ledger import read_ledger
from funnel.demo.player import Player
from funnel.demo.signing_up import SigningUp
from funnel.demo.ways import QuizHabits
from funnel.models import Signup
from tests.demo.conftest import InProcess, Stage
from tests.web.conftest import on_one_database

pytestmark = on_one_database


def sources(stage: Stage) -> list[tuple[str, str | None]]:
    with stage.service.db.read() as session:
        return [(each.offer, each.utm.get("source")) for each in session.scalars(select(Signup))]


def come(stage: Stage, player: Player) -> None:
    stage.do(SigningUp(player).begin())


@pytest.mark.parametrize("door", Door)
def test_a_sign_up_by_any_door_is_counted_as_it_was_made(door: Door, stage: Stage) -> None:
    player = stage.player(door=door)
    come(stage, player)
    source = SOURCES.get(door)
    assert sources(stage) == [("ebook", source)]
    deeds, figures = player.diary.deeds(), read_ledger(stage.service).figures
    assert figures.funnel["ebook"]["visits"] == deeds.visits["ebook"] == (2 if door is Door.PROGRAM else 1)
    assert figures.funnel["ebook"]["signups"] == deeds.signups["ebook"] == 1
    assert deeds.came_by == {(door, source or ""): 1}
    assert figures.sources == ({source: (1, 0)} if source else {})


@pytest.mark.parametrize("door", [Door.LINK, Door.FORM, Door.FRAME, Door.SCRIPT])
def test_every_form_of_a_quiz_leads_to_its_statements_on_our_own_page(door: Door, stage: Stage) -> None:
    player = stage.player(door=door, offer="quiz", quiz=QuizHabits((), "mixed", scripted=False, keeps=False))
    come(stage, player)
    assert sources(stage) == [("quiz", SOURCES[door])]
    deeds, figures = player.diary.deeds(), read_ledger(stage.service).figures
    assert figures.funnel["quiz"]["visits"] == deeds.visits["quiz"] == 1
    assert deeds.answered == {"quiz": 1}


def test_a_form_is_sent_no_sooner_than_a_person_could(stage: Stage) -> None:
    act = SigningUp(stage.player(door=Door.SCRIPT)).begin()
    assert act is not None
    with pytest.raises(BrowsingError, match="does not say thanks"):
        act.do()
    assert sources(stage) == []


def elsewhere(player: Player, pages: HostPages) -> Player:
    return replace(player, venue=replace(player.venue, elsewhere=pages))


@pytest.mark.parametrize("door", [Door.FORM, Door.FRAME, Door.SCRIPT])
def test_what_stands_on_a_site_that_is_not_listed_lets_nobody_in(door: Door, stage: Stage) -> None:
    player, other = stage.player(door=door), "https://stranger.example.org"
    listed = stage.service.library
    strange = replace(listed, practice=replace(listed.practice, sites=(other,)))
    with pytest.raises(BrowsingError, match="403"):
        SigningUp(elsewhere(player, host_pages(player.venue.site_url, strange))).begin()
    assert sources(stage) == []


@pytest.mark.parametrize(
    ("header", "door", "says"),
    [
        ("Content-Security-Policy", Door.FRAME, "may not stand in a frame"),
        ("Access-Control-Allow-Origin", Door.SCRIPT, "may not read"),
    ],
)
def test_a_browser_that_is_not_told_it_may_does_not_show_the_form(
    header: str, door: Door, says: str, stage: Stage, without_header: Callable[[str], None]
) -> None:
    without_header(header)
    with pytest.raises(BrowsingError, match=says):
        SigningUp(stage.player(door=door)).begin()


@pytest.fixture
def without_header(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has the site say all but this header."""
    send = InProcess.send

    def take_out(name: str) -> None:
        def without(*given: object, **named: object) -> object:
            answer = send(*given, **named)  # type: ignore[arg-type]
            answer.headers.pop(name, None)
            return answer

        monkeypatch.setattr(InProcess, "send", without)

    return take_out


def test_a_practice_that_lists_a_site_keeps_it_and_others_get_one(stage: Stage) -> None:
    listed = stage.service.library
    assert listed.practice.sites == (OTHER_SITE,)
    assert with_a_site(listed) is listed
    own = replace(listed, practice=replace(listed.practice, sites=("https://quay.example.org",)))
    assert host_pages("http://127.0.0.1:8000", own).site == "https://quay.example.org"
