"""The quiz as a visitor meets it: a result at once, for everybody, and answers that are nowhere afterwards."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.curriculum.quiz import Quiz
from funnel.models import Base, DeliveryKind, FunnelCount, Lead
from funnel.web.app import create_app
from funnel.web.site import quiz as quiz_page
from funnel.wiring import Service
from tests.abuse.test_logs import logs_as_before as logs_as_before
from tests.web.conftest import Pages, on_one_database, text_of, waiting_mails
from workers.logs import set_up_logs

CANARY = "canary-answer-7391"


def the_quiz(pages: Pages) -> Quiz:
    quiz = pages.service.library.offers["quiz"].quiz
    assert quiz is not None
    return quiz


def answers(pages: Pages, anxiety: int, avoidance: int, *, left_open: tuple[str, ...] = ()) -> dict[str, str]:
    """A filled-in form: so far up on both lines, without these statements."""
    wanted = {"anxiety": anxiety, "avoidance": avoidance}
    return {
        f"s-{each.id}": str(6 - wanted[each.line] if each.reverse else wanted[each.line])
        for each in the_quiz(pages).statements
        if each.id not in left_open
    }


def send(pages: Pages, form: dict[str, str], **headers: str) -> TestResponse:
    return pages.client.post("/offers/quiz/result", data=form, headers=headers)


def counted(pages: Pages) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in pages.rows(FunnelCount):
        found[row.stage] = found.get(row.stage, 0) + row.n
    return found


@on_one_database
def test_all_statements_stand_on_one_page_with_every_label_and_nothing_chosen(pages: Pages) -> None:
    page = pages.client.get("/offers/quiz")
    quiz = the_quiz(pages)
    assert page.status_code == 200
    for statement in quiz.statements:
        assert page.text.count(f'name="s-{statement.id}"') == len(quiz.scoring.labels)
        assert statement.text in text_of(page)
    assert "checked" not in page.text
    assert 'name="email"' not in page.text
    assert page.text.count("<fieldset") == page.text.count("<legend") == len(quiz.statements)


@on_one_database
@pytest.mark.parametrize(
    ("anxiety", "avoidance", "region"),
    [(1, 1, "secure"), (5, 1, "anxious"), (1, 5, "avoidant"), (5, 5, "mixed"), (3, 5, "in_between")],
)
def test_the_result_is_there_at_once_and_asks_for_nothing(
    pages: Pages, anxiety: int, avoidance: int, region: str
) -> None:
    page = send(pages, answers(pages, anxiety, avoidance))
    words = the_quiz(pages).results[region]
    assert page.status_code == 200
    for said in (words.title, words.text, words.tonight, the_quiz(pages).cannot_see):
        assert said in text_of(page)
    others = {each.title for name, each in the_quiz(pages).results.items() if name != region}
    assert not any(title in text_of(page) for title in others)
    assert pages.rows(Lead) == []


@on_one_database
def test_both_lines_show_a_place_and_an_honest_band_and_say_it_in_words(pages: Pages) -> None:
    page = send(pages, answers(pages, 5, 3))
    assert re.findall(r'class="line-dot" cx="([\d.]+)%"', page.text) == ["100.0", "50.0"]
    bands = re.findall(r'class="line-band" x="([\d.]+)%" y="\d+" width="([\d.]+)%"', page.text)
    assert bands == [("82.5", "17.5"), ("32.5", "35.0")]  # 0.7 of 4 steps is 17.5 %, cut off at the end
    assert (
        re.findall(r'class="line-middle" x="([\d.]+)%" y="\d+" width="([\d.]+)%"', page.text) == [("41.25", "17.5")] * 2
    )
    labels = re.findall(r'role="img" aria-label="([^"]+)"', page.text)
    assert "on the alert" in labels[0]
    assert "in between" in labels[1]


@on_one_database
def test_what_was_left_open_is_named_and_the_band_grows(pages: Pages) -> None:
    full = send(pages, answers(pages, 4, 2))
    page = send(pages, answers(pages, 4, 2, left_open=("good-evening",)))
    statement = next(each for each in the_quiz(pages).statements if each.id == "good-evening")
    assert statement.text in text_of(page)
    assert statement.text not in text_of(full)
    assert "you answered 11 of them" in text_of(page)
    assert "you answered all 12" in text_of(full)
    widths = [float(re.findall(r'class="line-band"[^>]* width="([\d.]+)%"', each.text)[0]) for each in (full, page)]
    assert widths[0] < widths[1]


@on_one_database
def test_too_few_answers_show_no_place_on_that_line(pages: Pages) -> None:
    page = send(pages, answers(pages, 5, 1, left_open=("good-evening", "own-day")))
    assert the_quiz(pages).results["too_few"].title in text_of(page)
    assert page.text.count('class="line-dot"') == 1
    assert "You answered 4 of its 6 statements" in text_of(page)
    empty = send(pages, {})
    assert empty.status_code == 200
    assert 'class="line-dot"' not in empty.text
    assert "you answered none of them" in text_of(empty)
    assert "The dot is where" in text_of(page)
    assert "The dot is where" not in text_of(empty)


@on_one_database
def test_help_is_near_the_result_her_own_country_first(pages: Pages) -> None:
    page = send(pages, answers(pages, 5, 5), **{"Accept-Language": "de-DE"})
    near = page.text[page.text.index("If tonight is too heavy") : page.text.index("<details")]
    assert "TelefonSeelsorge" in near
    assert "Samaritans" not in near
    assert "Samaritans" in page.text
    assert "Accept-Language" in page.headers["Vary"]


@on_one_database
def test_no_figure_that_looks_like_a_score_stands_on_the_page(pages: Pages) -> None:
    for place in (1, 2, 3, 4, 5):
        said = text_of(send(pages, answers(pages, place, place)))
        assert re.search(r"\d\s*%|percent|\d out of|/ ?100|\d\.\d", said) is None


@on_one_database
def test_the_page_depends_on_the_result_alone_and_repeats_no_answer(pages: Pages) -> None:
    first = answers(pages, 3, 3)
    other = dict(first)
    names = [f"s-{each.id}" for each in the_quiz(pages).on("anxiety") if not each.reverse]
    other[names[0]], other[names[1]] = "5", "1"
    pages_shown = [
        re.sub(r'name="(?:opened|result)" value="[^"]*"', "", send(pages, form).text) for form in (first, other)
    ]
    assert pages_shown[0] == pages_shown[1]


@on_one_database
def test_answers_are_in_no_row_log_cookie_address_or_page(
    pages: Pages, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    form = dict.fromkeys(answers(pages, 5, 1), CANARY) | {"utm_source": "letter", "begun": CANARY, "email": CANARY}
    with caplog.at_level(logging.DEBUG):
        shown = send(pages, form)
    assert shown.status_code == 200
    assert CANARY not in shown.text
    assert "Set-Cookie" not in shown.headers
    assert "no-store" in shown.headers["Cache-Control"]
    assert "Location" not in shown.headers
    assert 'name="utm_source" value="letter"' in shown.text
    nothing_of_it_is_left(pages, caplog, capsys)


@on_one_database
@pytest.mark.usefixtures("logs_as_before")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_page_that_fails_tells_nobody_what_was_answered(
    form: str,
    pages: Pages,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_up_logs(form, "web")

    def broken(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(quiz_page, "score", broken)
    pages.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.DEBUG):
        shown = send(pages, dict.fromkeys(answers(pages, 5, 1), CANARY))
    assert shown.status_code == 500
    assert CANARY not in shown.text
    nothing_of_it_is_left(pages, caplog, capsys)


def nothing_of_it_is_left(pages: Pages, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    said = capsys.readouterr()
    assert CANARY not in caplog.text + said.out + said.err
    with pages.service.db.read() as session:
        for table in Base.metadata.sorted_tables:
            assert CANARY not in str(session.execute(select(table)).all()), table.name
    kept = [path for path in Path(pages.service.settings.data_dir).rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert CANARY.encode() not in path.read_bytes(), path


@on_one_database
def test_a_result_has_no_address_of_its_own(pages: Pages) -> None:
    for path in ("/offers/quiz/result", "/offers/quiz/result?s-own-day=5"):
        answer = pages.client.get(path)
        assert (answer.status_code, answer.location) == (303, "/offers/quiz")
    assert pages.client.get("/offers/ebook/result").status_code == 404
    assert pages.client.post("/offers/ebook/result").status_code == 404
    assert pages.client.post("/offers/ebook/begun").status_code == 404


@on_one_database
def test_a_form_on_somebody_elses_site_is_not_scored(pages: Pages) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example.org"}):
        assert send(pages, answers(pages, 5, 1), **headers).status_code == 403
        assert pages.client.post("/offers/quiz/begun", headers=headers).status_code == 403
    assert counted(pages) == {}


def test_the_letters_are_the_extra_and_begin_as_those_of_any_offer(pages: Pages) -> None:
    page = send(pages, answers(pages, 5, 1))
    assert 'action="/offers/quiz/signup"' in page.text
    assert page.text.index(the_quiz(pages).cannot_see[:30]) < page.text.index('name="email"')
    assert pages.sign_up("quiz").status_code == 303
    assert waiting_mails(pages, DeliveryKind.CONFIRMATION) == 1


@on_one_database
def test_a_slip_in_the_address_is_told_of_without_the_result(pages: Pages) -> None:
    page = pages.sign_up("quiz", email="ada@", **answers(pages, 5, 1))
    assert page.status_code == 422
    assert "does not look like an e-mail address" in text_of(page)
    assert "<fieldset" not in page.text
    assert "s-own-day" not in page.text


@on_one_database
def test_a_closed_quiz_has_no_pages(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    library = pages.service.library
    closed = replace(library.offers["quiz"], open=False)
    monkeypatch.setitem(library.offers, "quiz", closed)
    for method, path in (("GET", ""), ("GET", "/result"), ("POST", "/result"), ("POST", "/begun")):
        assert pages.client.open(f"/offers/quiz{path}", method=method).status_code == 404


@on_one_database
def test_one_more_step_carries_the_result_and_what_was_ticked(make_service: Callable[..., Service]) -> None:
    service = make_service(signup_limit="1 per hour")
    pages = Pages(create_app(service).test_client(use_cookies=False), service)
    carried = re.search(r'name="result" value="([^"]+)"', send(pages, answers(pages, 5, 1)).text)
    assert carried
    assert pages.sign_up("quiz", email="ben@example.org").status_code == 303
    step = pages.sign_up("quiz", result=carried[1], keep="on")
    assert step.status_code == 429
    assert f'name="result" value="{carried[1]}"' in step.text
    assert 'name="keep" value="on"' in step.text
    assert "Please keep the result of my quiz" in text_of(step)
    without = pages.sign_up("quiz", email="fay@example.org", result=carried[1])
    assert 'name="keep"' not in without.text
    assert "Please keep the result" not in text_of(without)
