"""How often a quiz is begun and answered, and what an odd form comes to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from limits import RateLimitItemPerHour
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from funnel.insight import agreement
from funnel.models import FunnelStage
from funnel.web.site import quiz_tally
from funnel.web.site.doubt import EXTENSION, Doubt
from funnel.web.site.proof import Proofs
from tests.web.conftest import Pages, on_one_database, text_of
from tests.web.site.test_quiz import answers, counted, send, the_quiz


def current_proofs(pages: Pages) -> Proofs:
    doubt: Doubt = pages.client.application.extensions[EXTENSION]
    return doubt.proofs


def opened(pages: Pages) -> str:
    """The seal of a page of the quiz that was opened just now."""
    found = re.search(r'name="begun" value="([^"]+)"', pages.client.get("/offers/quiz").text)
    assert found
    return found[1]


def begin(pages: Pages, seal: str) -> None:
    assert pages.client.post("/offers/quiz/begun", data={"begun": seal}).status_code == 204


def stages(pages: Pages) -> tuple[int, int]:
    """How often the quiz was begun, and answered, by the figures."""
    found = counted(pages)
    return found.get(FunnelStage.BEGUN, 0), found.get(FunnelStage.ANSWERED, 0)


def test_each_opened_page_counts_once_whatever_is_reloaded_or_sent_again(pages: Pages) -> None:
    first = {"begun": opened(pages)}
    begin(pages, first["begun"])
    begin(pages, first["begun"])  # the page was reloaded on the way
    assert stages(pages) == (1, 0)
    for _ in range(3):  # the result is reloaded; somebody goes back and answers otherwise
        send(pages, answers(pages, 5, 1) | first)
        send(pages, answers(pages, 1, 1) | first)
    assert stages(pages) == (1, 1)
    send(pages, answers(pages, 5, 1) | {"begun": opened(pages)})  # without the script
    assert stages(pages) == (2, 2)
    begin(pages, opened(pages))  # somebody who goes away again
    send(pages, {"begun": opened(pages)})  # nothing answered is nothing finished
    assert stages(pages) == (3, 2)
    with pages.service.db.read() as session:
        assert agreement(session) == []  # no row stands for these, and none is missed


@on_one_database
@pytest.mark.parametrize("seal", ["", "1.2.3", "x" * 9000, "²." + "0" * 16 + "." + "0" * 32])
def test_what_comes_from_no_page_of_ours_is_answered_and_not_counted(pages: Pages, seal: str) -> None:
    begin(pages, seal)
    assert send(pages, answers(pages, 5, 1) | {"begun": seal}).status_code == 200
    assert stages(pages) == (0, 0)


@on_one_database
def test_a_seal_is_good_for_its_quiz_and_a_day(pages: Pages, time: time_machine.Traveller) -> None:
    other = current_proofs(pages).seal("quiz:other")
    seals = [other, opened(pages)]
    time.shift(timedelta(hours=25))
    for seal in seals:
        send(pages, answers(pages, 5, 1) | {"begun": seal})
    assert stages(pages) == (0, 0)


@on_one_database
def test_one_network_counts_up_to_a_limit_and_never_more_answered_than_begun(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiz_tally, "_COUNTED", (RateLimitItemPerHour(2),))
    for n in range(4):
        seal = opened(pages)
        if n % 2:
            begin(pages, seal)
        assert send(pages, answers(pages, 5, 1) | {"begun": seal}).status_code == 200
    assert stages(pages) == (2, 2)


_PART = "Content-Disposition: form-data"
ODD = [
    "",
    "0",
    "6",
    "-1",
    "+1",
    "1.0",
    "1 ",
    "01",
    "1e0",
    "\u0661",
    "\uff11",
    "¹",
    "Ⅰ",
    "on",
    "true",
    "9" * 400,
    "\x00",
    "1\n",
]


@on_one_database
@pytest.mark.parametrize("typed", ODD)
def test_what_is_no_labels_number_is_left_open(pages: Pages, typed: str) -> None:
    shown = send(pages, answers(pages, 5, 1) | {"s-own-day": typed})
    assert shown.status_code == 200
    assert "you answered 11 of them" in text_of(shown)


@on_one_database
def test_a_statement_that_is_answered_twice_counts_once_as_it_was_said_first(pages: Pages) -> None:
    form = MultiDict([*answers(pages, 5, 1).items(), *answers(pages, 1, 5).items(), ("s-unknown", "5")])
    shown = pages.client.post("/offers/quiz/result", data=form)
    assert the_quiz(pages).results["anxious"].title in text_of(shown)
    assert "you answered all 12" in text_of(shown)


@on_one_database
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("&".join(f"f{n}={n}" for n in range(5_000)), "application/x-www-form-urlencoded", 200),
        ("s-own-day=5&" * 10_000, "application/x-www-form-urlencoded", 413),
        (
            "".join(f'--b\r\n{_PART}; name="f{n}"\r\n\r\n1\r\n' for n in range(1_100)) + "--b--\r\n",
         "multipart/form-data; boundary=b", 413),
        ('{"s-own-day": 5}', "application/json", 200),
        ("%ff%fe=%zz&s-own-day=%ff", "application/x-www-form-urlencoded", 200),
        ("no form at all", "text/plain", 200),
    ],
    ids=["fields", "ten thousand fields", "parts", "json", "bytes", "text"],
)  # fmt: skip
def test_an_odd_body_gets_an_answer_and_is_no_finished_quiz(pages: Pages, body: str, kind: str, status: int) -> None:
    answer = pages.client.post("/offers/quiz/result", data=body, content_type=kind)
    assert answer.status_code == status
    assert stages(pages) == (0, 0)


@on_one_database
def test_a_count_that_cannot_be_kept_costs_nobody_her_result(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("insert", {}, Exception("away"))

    monkeypatch.setattr(quiz_tally, "count_on_page", away)
    assert send(pages, answers(pages, 5, 1) | {"begun": opened(pages)}).status_code == 200
