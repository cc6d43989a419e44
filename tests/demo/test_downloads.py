"""What was promised is taken as soon as the button is pressed, and counted as the service counts it."""

from __future__ import annotations

import pytest

from funnel.demo.browser import BrowsingError, Visit
from funnel.demo.habits import Habits
from funnel.demo.ledger import read_ledger
from funnel.demo.signing_up import SigningUp
from tests.demo.conftest import Stage
from tests.web.conftest import on_one_database

pytestmark = on_one_database


def test_an_e_book_is_taken_as_a_file_and_as_a_page_and_both_count(stage: Stage) -> None:
    player = stage.player()
    stage.do(SigningUp(player).begin())
    habits = Habits(player.person, player.venue, player.diary, 7)
    (act,) = habits.plan(stage.letters()[-1], 1, 0)
    assert act.do() is None
    taken = player.diary.deeds().downloads
    assert taken >= 2
    assert read_ledger(stage.service).figures.downloads == taken


@pytest.mark.parametrize(
    ("path", "kind"), [("/download/token", "text/html"), ("/download/token/read", "application/pdf")]
)
def test_a_file_that_is_a_page_and_a_page_that_is_a_file_are_found(stage: Stage, path: str, kind: str) -> None:
    player = stage.player()
    habits = Habits(player.person, player.venue, player.diary, 7)
    with pytest.raises(BrowsingError, match="the download is"):
        habits._arrive(Visit(f"http://127.0.0.1:8000{path}", 200, kind, "", ()))
