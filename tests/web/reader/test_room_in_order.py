"""What stands where in her room, and the ways that lead there and out of it."""

from __future__ import annotations

import re

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State
from funnel.wiring import Service
from tests.web.conftest import on_one_database, text_of
from tests.web.reader.room_steps import Bring, limited, whole


@on_one_database
def test_what_comes_and_the_letters_stand_before_the_choices(
    bring: Bring, service: Service, outbox: MemoryAdapter
) -> None:
    stage = bring(State.UNDER_WAY)
    for path in (limited(stage), whole(stage, service, outbox)):
        page = stage.pages.client.get(path).text
        places = [page.index(f'<h2 id="{name}"') for name in ("dates", "had", "rest", "pace", "stop")]
        assert places == sorted(places), path
        listed = re.findall(r'<li><a href="#([^"]+)"', page)
        assert {"dates", "had", "rest", "pace", "stop"} <= set(listed)
        assert all(page.count(f'id="{name}"') == 1 for name in listed)


@on_one_database
def test_a_name_is_taken_back(bring: Bring, service: Service, outbox: MemoryAdapter) -> None:
    stage = bring(State.UNDER_WAY)
    room = whole(stage, service, outbox)
    for first, then in (("Ada L.", "Grace"), ("", "Eve")):
        stage.pages.client.post(room, data={"do": "name", "name": first})
        saved = stage.pages.client.post(room, data={"do": "name", "name": then}).text
        undo = re.search(r'name="do" value="(name-back:[^"]*)"', saved)
        assert undo
        stage.pages.client.post(room, data={"do": undo[1], "name": then})
        assert f'name="name" type="text" autocomplete="given-name" maxlength="80" value="{first}"' in (
            stage.pages.client.get(room).text
        )
    same = stage.pages.client.post(room, data={"do": "name", "name": ""}).text
    assert "name-back" not in same
    assert stage.pages.client.post(limited(stage), data={"do": "name-back:Eve"}).status_code == 403


@on_one_database
def test_who_has_stopped_is_led_to_her_room_for_the_rest(bring: Bring) -> None:
    stage = bring(State.UNDER_WAY)
    left = stage.pages.client.post(stage.path("leave"))
    led = re.search(r'you can do so <a href="([^"]+)"', left.text)
    assert led
    room = stage.pages.client.get(led[1])
    assert "Mail me the link" in text_of(room)
    assert "on its way to your address" in text_of(stage.pages.client.post(led[1], data={"do": "own-data"}))


@on_one_database
def test_without_a_script_the_page_says_what_leaving_quickly_cannot(bring: Bring) -> None:
    page = bring(State.UNDER_WAY)
    shown = page.pages.client.get(limited(page)).text
    assert re.search(r'<a class="button quiet" href="https://[^"]+" rel="nofollow noreferrer" data-exit>', shown)
    assert re.search(r"<noscript>.*the way back leads here again.*</noscript>", shown, re.S)
