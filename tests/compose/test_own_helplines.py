"""The helplines at the foot of a mail: the reader's own country first, for readers of one country written once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from funnel.compose import HouseStyle, MailHead, Transactional, fill_lesson, render_web_copy
from funnel.compose.encoding.fragments import _KEPT
from funnel.compose.layout import dialled
from funnel.compose.lesson import CompiledLesson, compile_lesson
from funnel.compose.reader import Reader
from funnel.curriculum.practice import Helpline, Practice
from funnel.links import Links
from tests.compose.conftest import PRACTICE, TEMPLATES, lesson_of, sequence_of

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
COUNTRIES = ("Ireland", "UK", "Everywhere", "Australia", "UK")


def practice(*countries: str) -> Practice:
    lines = (Helpline(name, f"Line {n}", f"{n} 00", "", "", date(2026, 1, 1)) for n, name in enumerate(countries))
    return replace(PRACTICE, helplines=tuple(lines))


def made(*countries: str, body: str = "Dear reader, breathe.") -> CompiledLesson:
    lesson = lesson_of(body)
    return compile_lesson(
        sequence_of(lesson), lesson, HouseStyle(practice(*countries), TEMPLATES, "letters.example.org")
    )


def order(text: str) -> list[str]:
    return re.findall(r"Line (\d)", text)


@pytest.mark.parametrize(
    ("country", "expected"),
    [("", "01234"), ("IE", "01234"), ("GB", "14023"), ("AU", "30124"), ("FR", "01234")],
)
def test_ones_own_country_comes_first_and_once_in_both_parts(
    ada: Reader, links: Links, country: str, expected: str
) -> None:
    mail = fill_lesson(made(*COUNTRIES), ada._replace(country=country), links, AT)
    assert order(mail.text) == order(mail.html) == list(expected)
    assert order(render_web_copy(made(*COUNTRIES), ada._replace(country=country), links, AT)) == list(expected)
    assert "\n\n\n" not in mail.text
    foot = mail.text.partition("To talk\nto somebody:\n\n")[2].partition("\n\n")[0]
    assert len(foot.split("\n")) == len(COUNTRIES)


def test_a_mail_that_is_no_lesson_begins_with_her_country_too() -> None:
    mails = Transactional(TEMPLATES, practice(*COUNTRIES))
    values = {
        "first_name": "Fay", "offer_title": "A calmer heart", "confirm_url": "https://letters.example.org/confirm/x",
        "consent_text": "Yes.", "unsubscribe_url": "https://letters.example.org/u/x",
    }  # fmt: skip

    def text(**more: str) -> str:
        given = {**values, **more}
        mail = mails.fill("confirm", given, MailHead("1", "fay@example.org", "<1@x>", AT))
        assert order(mail.text) == order(mail.html)
        return mail.text

    assert order(text(country="AU")) == list("30124")
    assert order(text()) == list("01234")


@pytest.mark.parametrize("countries", [(), ("Ireland",), ("Ireland", "Ireland"), ("Somewhere", "Elsewhere")])
def test_few_helplines_or_an_unknown_country_keep_their_order(
    ada: Reader, links: Links, countries: tuple[str, ...]
) -> None:
    mail = fill_lesson(made(*countries), ada._replace(country="IE"), links, AT)
    assert order(mail.text) == order(mail.html) == [str(n) for n in range(len(countries))]


def test_countries_without_a_helpline_share_one_written_text(ada: Reader, links: Links) -> None:
    compiled = made(*COUNTRIES, body="A text that no other test has written.")

    def kept_for(country: str) -> int:
        fill_lesson(compiled, ada._replace(country=country), links, AT)
        return len(_KEPT)

    first = kept_for("FR")
    assert {kept_for(country) for country in ("", "DE", "BR", "JP", "FR")} == {first}
    assert kept_for("AU") == first + 1
    assert kept_for("AU") == first + 1


def test_a_mail_is_made_again_with_the_country_it_was_sent_with(ada: Reader, links: Links) -> None:
    fay = ada._replace(country="AU")
    facts = {**fay.to_facts(), **{name: getattr(fay, name) for name in (*fay._fields[:4], "nonce")}}
    assert fill_lesson(made(*COUNTRIES), Reader.from_facts(facts), links, AT).text == (
        fill_lesson(made(*COUNTRIES), fay, links, AT).text
    )


def test_the_zero_that_is_dialled_at_home_only_is_left_out() -> None:
    assert dialled("+44 (0)20 7946 0000") == "+442079460000"
    assert dialled("(01) 45.39.40.00") == "0145394000"
