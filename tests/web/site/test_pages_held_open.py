"""A page that a visitor has open lives by her own time, however fast the story goes: eight weeks in a minute here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine

from funnel.models import Signup
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.web.conftest import Pages, on_one_database, text_of
from tests.web.embed.conftest import HOST, Embedded, hidden, list_sites
from tests.web.site.test_quiz import answers
from tests.web.site.test_quiz_counted import opened, stages
from tests.web.site.test_unusual_signups import FORM, solution

pytestmark = on_one_database


@pytest.fixture
def fast(make_service: Callable[..., Service], time: time_machine.Traveller) -> Pages:
    service = make_service(time_lapse="56d/60s", signup_limit="1 per hour")
    list_sites(service, HOST)
    return Pages(create_app(service).test_client(use_cookies=False), service)


def test_a_form_that_was_open_for_a_second_was_filled_in_by_no_person(
    fast: Pages, time: time_machine.Traveller
) -> None:
    seal = hidden(fast.client.get("/offers/ebook").text)["opened"]
    time.shift(timedelta(seconds=1))
    assert "One moment, please" in fast.sign_up("ebook", **FORM, opened=seal).text


def test_a_wait_of_ten_seconds_lasts_ten_seconds(fast: Pages, time: time_machine.Traveller) -> None:
    fast.sign_up("ebook", email="ben@example.org")
    waiting = fast.sign_up("ebook", **FORM)
    time.shift(timedelta(seconds=4))
    early = fast.sign_up("ebook", **hidden(waiting.text))
    assert "Please wait 6 seconds" in text_of(early)
    time.shift(timedelta(seconds=6))
    assert fast.sign_up("ebook", **hidden(early.text)).status_code == 303


def test_work_is_good_for_twenty_minutes(fast: Pages, time: time_machine.Traveller) -> None:
    fast.sign_up("ebook", email="ben@example.org")
    for minutes, answer in ((19, 303), (21, 429)):
        found = re.search(r'data-at-once="([^"]+)"', fast.sign_up("ebook", **FORM).text)
        assert found
        work = solution(json.loads(unescape(found[1])))
        time.shift(timedelta(minutes=minutes))
        assert fast.sign_up("ebook", **FORM, altcha=work).status_code == answer


def test_a_form_on_another_site_is_good_for_half_an_hour(fast: Pages, time: time_machine.Traveller) -> None:
    embedded = Embedded(fast)
    first, second = embedded.frame(), embedded.frame()
    time.shift(timedelta(minutes=29))
    assert embedded.send_frame(first).status_code == 303
    time.shift(timedelta(minutes=2))
    assert "open for a while" in text_of(embedded.send_frame(second))


def test_a_quiz_is_counted_and_its_result_carried_for_a_day(fast: Pages, time: time_machine.Traveller) -> None:
    seal = {"begun": opened(fast)}
    time.shift(timedelta(hours=23))
    result = fast.client.post("/offers/quiz/result", data=answers(fast, 5, 1) | seal)
    assert stages(fast) == (1, 1)
    time.shift(timedelta(hours=23))
    fields = {"email": "ada@example.org", "result": hidden(result.text)["result"], "keep": "on"}
    assert fast.sign_up("quiz", **fields).status_code == 303
    (signup,) = fast.rows(Signup)
    assert signup.offer == "quiz"
