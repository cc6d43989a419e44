"""An address that looks mistyped: every door asks, none changes it unasked, and an answer is believed."""

from __future__ import annotations

import re

from funnel.models import Lead, Signup
from tests.web.conftest import Pages, on_one_database, text_of
from tests.web.embed.conftest import hidden

pytestmark = on_one_database


def emails(pages: Pages) -> list[str]:
    return [lead.email for lead in pages.rows(Lead)]


def test_the_sign_up_page_asks_before_anything_is_mailed(pages: Pages) -> None:
    page = pages.sign_up(email="ada@gmial.com")
    assert page.status_code == 422
    assert "Did you mean ada@gmail.com? If ada@gmial.com is right, press the button below once more." in text_of(page)
    assert 'value="ada@gmial.com" aria-invalid="true"' in page.text
    assert emails(pages) == []


def test_pressing_the_button_again_keeps_what_was_typed(pages: Pages) -> None:
    page = pages.sign_up(email="ada@gmial.com")
    assert pages.sign_up(email="ada@gmial.com", sure=hidden(page.text)["sure"]).status_code == 303
    assert emails(pages) == ["ada@gmial.com"]


def test_one_press_takes_the_address_that_was_meant(pages: Pages) -> None:
    page = pages.sign_up(email="ada@gmial.com")
    button = re.search(r'<button class="quiet" name="instead" value="([^"]+)">Yes, ada@gmail.com</button>', page.text)
    assert button is not None
    assert pages.sign_up(email="ada@gmial.com", sure="ada@gmial.com", instead=button[1]).status_code == 303
    assert emails(pages) == ["ada@gmail.com"]


def test_the_enter_key_presses_the_button_that_changes_nothing(pages: Pages) -> None:
    page = pages.sign_up(email="ada@gmial.com")
    first = re.search(r"<button([^>]*)>", page.text[page.text.index("<form") :])
    assert first is not None
    assert "name=" not in first[1]


def test_nothing_but_what_was_meant_is_put_in_its_place(pages: Pages) -> None:
    for instead in ("eve@example.org", "ada@gmail.com ", "x"):
        pages.sign_up(email="ada@gmial.com", sure="ada@gmial.com", instead=instead)
    pages.sign_up(email="ben@example.org", instead="eve@example.org")
    assert emails(pages) == ["ada@gmial.com", "ben@example.org"]


def test_an_answer_is_about_one_address(pages: Pages) -> None:
    assert pages.sign_up(email="ada@gmal.com", sure="ada@gmial.com").status_code == 422
    assert emails(pages) == []


def test_a_program_gets_the_question_as_a_problem_and_says_that_it_is_sure(pages: Pages) -> None:
    answer = pages.send_json({"email": "ada@gmial.com", "consent": True})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json is not None
    assert answer.json["did_you_mean"] == "ada@gmail.com"
    assert "send it again with sure: true" in answer.json["errors"]["email"]
    assert emails(pages) == []
    assert pages.send_json({"email": "ada@gmial.com", "consent": True, "sure": True}).status_code == 202
    assert emails(pages) == ["ada@gmial.com"]


def test_a_source_is_kept_from_json_and_from_the_page(pages: Pages) -> None:
    page = pages.client.get("/offers/ebook?source=mastodon")
    assert hidden(page.text)["source"] == "mastodon"
    assert pages.send_json({"email": "ada@example.org", "consent": True, "source": "shop"}).status_code == 202
    assert [signup.utm for signup in pages.rows(Signup)] == [{"source": "shop"}]
