"""Her letters as they were sent, what her room gives away to others, and whose link opens it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State
from funnel.links import Purpose
from funnel.models import Delivery, Lead
from funnel.wiring import Service
from tests.journey.steps import COURSE, live, rows, work
from tests.refs import ref_of
from tests.web.conftest import on_one_database
from tests.web.reader.conftest import ADA
from tests.web.reader.room_steps import Bring, limited, press, whole


@on_one_database
def test_titles_and_icons_give_nothing_away_to_who_is_discreet(
    bring: Bring, service: Service, outbox: MemoryAdapter
) -> None:
    stage = bring(State.UNDER_WAY)
    room = whole(stage, service, outbox)
    number = next(row.id for row in rows(service, ADA) if row.kind == "lesson")
    press(stage, "discreet", discreet="on")
    for path in (
        limited(stage), room, f"{room}/letters", f"{room}/letters/{number}",
        *(stage.path(page) for page in ("leave", "again", "book")),
    ):  # fmt: skip
        page = stage.pages.client.get(path).text
        assert re.findall(r"<title>(.*?)</title>", page, re.S) == ["…"], path
        assert "plain." in page.split("</head>")[0], path
        assert "icon.svg" not in page.split("</head>")[0], path


@on_one_database
def test_every_page_of_hers_can_be_left_at_once(bring: Bring, service: Service, outbox: MemoryAdapter) -> None:
    stage = bring(State.UNDER_WAY)
    room = whole(stage, service, outbox)
    number = next(row.id for row in rows(service, ADA) if row.kind == "lesson")
    for path in (
        limited(stage), room, f"{room}/letters", f"{room}/letters/{number}",
        *(stage.path(page) for page in ("confirm", "leave", "again", "book")),
    ):  # fmt: skip
        page = stage.pages.client.get(path).text
        assert re.search(r'href="https://[^"]+" rel="nofollow noreferrer" data-exit>Leave quickly<', page), path
        assert re.search(r'<script src="[^"]*exit[^"]*" defer></script>', page), path
    assert "data-exit" not in stage.pages.client.get("/").text


def test_letters_are_read_again_as_they_were_sent(
    bring: Bring, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    stage = bring(State.FINISHED)
    room = whole(stage, service, outbox)
    listed = [int(n) for n in re.findall(r'/letters/(\d+)"', stage.pages.client.get(f"{room}/letters").text)]
    assert listed == [row.id for row in rows(service, ADA) if row.kind == "lesson" and row.state == "accepted"]
    by_key = {mail.key: mail for mail in outbox.mails}
    stage.pages.client.post(room, data={"do": "name", "name": "Somebody Else"})
    for at, number in enumerate(listed):
        page = stage.pages.client.get(f"{room}/letters/{number}")
        assert page.status_code == 200
        assert "Dear Ada," in page.text
        said = re.search(r"<title>(.*?)</title>", page.text, re.S)
        assert said is not None
        assert unescape(said[1]) == by_key[str(number)].subject
        assert "/o/" not in page.text
        assert "/c/" not in page.text
        assert ("The one before" in page.text, "The next one" in page.text) == (at > 0, at < len(listed) - 1)
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


@on_one_database
def test_letters_are_found_by_their_words(bring: Bring, service: Service, outbox: MemoryAdapter) -> None:
    stage = bring(State.FINISHED)
    room = whole(stage, service, outbox)

    def found(words: str) -> list[str]:
        page = stage.pages.client.get(f"{room}/letters", query_string={"q": words})
        assert page.status_code == 200
        return re.findall(r'/letters/(\d+)"', page.text)

    assert len(found("ALARM chest")) >= 1
    assert found("alarm zeppelin") == []
    assert found("https") == []
    assert len(found("a")) == 8
    assert found("x" * 5_000) == []
    assert "&lt;b&gt;" in stage.pages.client.get(f"{room}/letters", query_string={"q": "<b>"}).text


@on_one_database
def test_no_letters_but_her_own_by_a_fresh_link(
    bring: Bring, service: Service, outbox: MemoryAdapter, make_reader: Callable[..., object]
) -> None:
    stage = bring(State.UNDER_WAY)
    room, me, old = whole(stage, service, outbox), limited(stage), stage.path("preferences")
    make_reader("ben")
    work(service)
    theirs = [row.id for row in rows(service, "ben@example.org")]
    mine = [row.id for row in rows(service, ADA) if row.kind == "lesson"]
    for number in (*theirs, 0, 999_999, 2**70):
        assert stage.pages.client.get(f"{room}/letters/{number}").status_code == 404
    for path in (me, old):
        for behind in ("/letters", f"/letters/{mine[0]}", "/my-data.zip"):
            answer = stage.pages.client.get(path + behind)
            assert answer.status_code in (200, 404)
            assert "Your letters" not in answer.text
            assert answer.mimetype != "application/zip"
    for do in ("name", "forget-result", "erase"):
        assert stage.pages.client.post(me, data={"do": do, "name": "Eve"}).status_code in (400, 403), do
    assert {(each.first_name, each.state) for each in stage.pages.rows(Lead)} == {
        ("Ada", "confirmed"), ("Ben", "confirmed"),
    }  # fmt: skip


@on_one_database
def test_discreet_subjects_are_the_same_from_mail_to_mail(
    bring: Bring, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    stage = bring(State.UNDER_WAY)
    press(stage, "discreet", discreet="on")
    before = len(outbox.mails)
    live(service, time, 60)
    assert len(outbox.mails) - before == 7
    lessons = service.library.sequences[COURSE].lessons
    allowed = {each.subject_discreet or "A letter from Harbour Practice" for each in lessons}
    assert {mail.subject for mail in outbox.mails[before:]} <= allowed


@on_one_database
def test_every_token_opens_one_room_and_no_other(
    bring: Bring, service: Service, time: time_machine.Traveller, outbox: MemoryAdapter
) -> None:
    stage = bring(State.UNDER_WAY)
    mail = max(row.id for row in stage.pages.rows(Delivery))
    ref, links, now = ref_of(service, Delivery, mail), service.links, service.clock.now()
    wrong = [
        *(links.token(purpose, ref) for purpose in Purpose if purpose not in (Purpose.PREFERENCES,)),
        *(links.dated_token(purpose, ref, now) for purpose in Purpose if purpose is not Purpose.OWN_DATA),
        links.token(Purpose.PREFERENCES, ref)[:-1] + "x",
        "none",
    ]
    for token in wrong:
        for method in (stage.pages.client.get, stage.pages.client.post):
            for path in (f"/me/{token}", f"/p/{token}", f"/your-data/{token}"):
                assert method(path, data={"do": "erase"}).status_code == 404, path
    old = f"/me/{links.dated_token(Purpose.OWN_DATA, ref, now - timedelta(days=1, seconds=5))}"
    assert stage.pages.client.get(old).status_code == 410
    assert stage.pages.client.post(old, data={"do": "erase"}).status_code == 410
    assert stage.lead.state == "confirmed"
