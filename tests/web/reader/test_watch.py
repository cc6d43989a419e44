"""The page of the training: its words beside it, its real length, and no other site asked before a press."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest

from funnel.curriculum import Training
from funnel.links import Purpose
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database, text_of

pytestmark = on_one_database
ELSEWHERE = "https://films.example.org/talk.mp4"


@pytest.fixture
def path(pages: Pages, make_reader: Callable[..., object]) -> str:
    make_reader("fay", "training")
    return f"/watch/{pages.dated(Purpose.WATCH, 1)}"


def with_training(service: Service, **changes: object) -> None:
    before = service.library
    talk: Training = replace(before.trainings["training"], **changes)  # type: ignore[arg-type]
    publish(service, replace(before, trainings={"training": talk}), "ada", service.clock.now())


def test_every_line_stands_beside_the_film_and_jumps_without_a_script(pages: Pages, path: str) -> None:
    page = pages.client.get(path).text
    lines = re.findall(r'<a href="([^"]+)" data-start="([\d.]+)" data-end="([\d.]+)">([^<]+)</a>', page)
    assert [text for *_, text in lines][1:3] == [
        "This is a stand-in clip. Your training goes here.", "Chapter 1: Waiting for an answer",
    ]  # fmt: skip
    address = unescape(lines[2][0])
    assert address == f"{path}?at=4#player"
    assert f'src="{path}/video#t=4"' in pages.client.get(address.partition("#")[0]).text
    chapters = re.findall(r'data-start="(\d+)"><span class="time">(\S+)</span>', page)
    assert chapters[0] == ("0", "0:00")
    assert chapters[-1] == ("22", "0:22")


def test_nothing_but_whole_seconds_is_taken_from_the_address(pages: Pages, path: str) -> None:
    for at in ("-1", "1e9", '4"onerror', "999999", "", "٤"):
        page = pages.client.get(path, query_string={"at": at})
        assert page.status_code == 200
        assert f'src="{path}/video"' in page.text


def test_the_length_that_is_told_is_the_files(pages: Pages, path: str, service: Service) -> None:
    assert "Video training, 27 seconds" in text_of(pages.client.get(path))
    with_training(service, minutes=23)
    assert "Video training, 27 seconds" in text_of(pages.client.get(path))
    with_training(service, video=ELSEWHERE, minutes=23)
    assert "Video training, 23 minutes" in text_of(pages.client.get(path))
    with_training(service, video=ELSEWHERE, minutes=0)
    assert "Video training Why love" in text_of(pages.client.get(path))


def test_there_is_a_picture_before_it_plays_always(pages: Pages, path: str, service: Service) -> None:
    page = pages.client.get(path).text
    assert f'poster="{path}/poster"' in page
    assert pages.fetch(f"{path}/poster").mimetype in ("image/jpeg", "image/png", "image/webp")
    with_training(service, poster="")
    page = pages.client.get(path).text
    assert "poster=" not in page
    assert f'src="{path}/video#t=1"' in page  # the picture of its first second


def test_a_film_elsewhere_is_asked_for_only_after_a_press(pages: Pages, path: str, service: Service) -> None:
    with_training(service, video=ELSEWHERE)
    before = pages.client.get(path)
    assert ELSEWHERE not in before.text
    assert "films.example.org" not in before.headers["Content-Security-Policy"]
    said = text_of(before)
    assert "films.example.org is not ours" in said
    assert "it learns your internet address" in said
    after = pages.client.get(f"{path}?play=here")
    assert f'src="{ELSEWHERE}"' in after.text
    assert after.headers["Content-Security-Policy"].endswith("; media-src 'self' https://films.example.org")
    assert after.headers["Referrer-Policy"] == "no-referrer"
    assert f"{path}?at=4&amp;play=here#player" in after.text


def test_a_link_to_another_sites_page_says_what_that_site_learns(pages: Pages, path: str, service: Service) -> None:
    with_training(service, video="https://www.youtube.com/watch?v=x&list=y")
    page = pages.client.get(path)
    said = text_of(page)
    assert said.index("it learns your internet address") < said.index("Watch it on www.youtube.com")
    assert 'href="https://www.youtube.com/watch?v=x&amp;list=y" rel="noreferrer"' in page.text
    assert "<video" not in page.text
    assert "I have watched it" in said


def test_what_cannot_be_played_is_said_with_the_way_to_its_words(pages: Pages, path: str, service: Service) -> None:
    page = pages.client.get(path).text
    assert re.search(r'id="cannot-play" role="alert" hidden>.*?What is said stands beside it to read', page, re.S)
    with_training(service, captions="", chapters="")
    without = pages.client.get(path)
    assert "What is said stands below to read" in without.text
    assert '<details class="part" id="whole-talk" open>' in without.text
    assert 'id="lines"' not in without.text
