"""Links that are never rewritten: to pages about safety, to helplines, to a telephone; all others as before."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from funnel.compose import CompileError, HouseStyle, fill_lesson, render_web_copy
from funnel.compose.addresses import direct
from funnel.compose.lesson import CompiledLesson, compile_lesson
from funnel.compose.reader import Reader
from funnel.curriculum.model import Page
from funnel.curriculum.practice import Helpline
from funnel.links import Links, RowRef
from funnel.mail import Mail
from tests.compose.conftest import PRACTICE, TEMPLATES, lesson_of, sequence_of

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PAGES = {
    "safety": Page("safety", "pages/safety.md", "Safety", True, True, "Text.", 4),
    "about": Page("about", "pages/about.md", "About", True, False, "Text.", 4),
}
LINE = Helpline("Ireland", "Samaritans", "116 123", "https://www.samaritans.org/ireland/", "", date(2026, 11, 22))


def made(body: str, only_if: str | None = None) -> CompiledLesson:
    lesson, practice = replace(lesson_of(body), only_if=only_if), replace(PRACTICE, helplines=(LINE,))
    return compile_lesson(sequence_of(lesson), lesson, HouseStyle(practice, TEMPLATES, "letters.example.org", PAGES))


def sent(body: str, reader: Reader, links: Links) -> Mail:
    return fill_lesson(made(body), reader, links, AT)


def addresses(mail: Mail) -> list[str]:
    return re.findall(r'href="([^"]*)"', mail.html)


@pytest.mark.parametrize("tracking", ["none", "clicks", "full"])
def test_an_untracked_page_is_linked_directly_for_every_reader(ada: Reader, links: Links, tracking: str) -> None:
    mail = sent('Read [this]({{ page("safety") }}).', ada._replace(tracking=tracking), links)  # type: ignore[arg-type]
    assert "https://letters.example.org/pages/safety" in addresses(mail)
    assert "https://letters.example.org/pages/safety" in mail.text
    assert not any("/c/" in address for address in addresses(mail))


def test_another_page_is_an_ordinary_link_to_it(ada: Reader, links: Links) -> None:
    compiled = made('Read [this]({{ page("about") }}).')
    mail = fill_lesson(compiled, ada._replace(tracking="full"), links, AT)
    assert compiled.links == ("page:about",)
    assert not any("/pages/about" in address for address in addresses(mail))
    led = direct(compiled.links[0], RowRef(2), links, AT)
    assert led == "https://letters.example.org/pages/about"
    assert 'href="https://letters.example.org/pages/about"' in render_web_copy(compiled, ada, links, AT)
    untracked = fill_lesson(compiled, ada._replace(tracking="none"), links, AT)
    assert "https://letters.example.org/pages/about" in addresses(untracked)


@pytest.mark.parametrize(
    "url",
    ["https://www.samaritans.org/ireland/", "https://samaritans.org/how-we-can-help/", "HTTPS://www.Samaritans.org"],
)
def test_a_helpline_in_the_text_is_never_rewritten(ada: Reader, links: Links, url: str) -> None:
    compiled = made(f"Call [them]({url}) or read [on](https://example.org/).")
    assert compiled.links == ("https://example.org/",)
    mail = fill_lesson(compiled, ada._replace(tracking="full"), links, AT)
    assert url in addresses(mail)


@pytest.mark.parametrize("href", ["tel:+35315550100", "sms:116123?&body=Hello", "mailto:hello@example.org"])
def test_a_phone_number_or_mail_address_is_never_rewritten(ada: Reader, links: Links, href: str) -> None:
    compiled = made(f"Call [us]({href}) or read [on](https://example.org/).")
    assert compiled.links == ("https://example.org/",)
    mail = fill_lesson(compiled, ada._replace(tracking="full"), links, AT)
    assert href.replace("&", "&amp;") in addresses(mail)


def test_a_page_printed_in_the_text_is_its_address(ada: Reader, links: Links) -> None:
    mail = sent('It is at {{ page("about") }} for everybody.', ada._replace(tracking="full"), links)
    assert "It is at https://letters.example.org/pages/about for everybody." in " ".join(mail.text.split())


def test_a_page_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(CompileError, match='There is no page "saftey": did you mean page\\("safety"\\)'):
        made('[x]({{ page("saftey") }})')


ASKED = """\
{% if booked %}[first](https://one.example.org/){% elif quiz.result == "anxious" %}[second](https://two.example.org/)
{% else %}[third](https://three.example.org/){% endif %}

{% if quiz.result %}

[fourth]({{ book("intro") }}) and {% if booked %}[fifth](https://five.example.org/){% endif %}

{% endif %}

[sixth](https://six.example.org/)
"""


def test_links_that_only_some_results_of_a_quiz_show_are_never_tracked(ada: Reader, links: Links) -> None:
    compiled = made(ASKED)
    assert compiled.links == (
        "https://one.example.org/", "straight:book:intro", "https://six.example.org/", "book:intro",
    )  # fmt: skip
    mail = fill_lesson(compiled, ada._replace(tracking="full", quiz_result="anxious", booked=False), links, AT)
    assert "https://two.example.org/" in addresses(mail)
    assert not any("three.example" in address for address in addresses(mail))
    assert any("/book/" in address for address in addresses(mail))
    assert not any("six.example" in address for address in addresses(mail))
    assert sum("/c/" in address for address in addresses(mail)) == 1


def test_an_address_that_a_result_chooses_is_not_tracked_either(ada: Reader, links: Links) -> None:
    compiled = made('[talk]({{ book("intro") if quiz.result == "anxious" else book("intro") }}) on {{ quiz.result }}')
    for tracking in ("full", "none"):
        mail = fill_lesson(compiled, ada._replace(tracking=tracking), links, AT)
        assert sum("/book/" in address for address in addresses(mail)) == 1
        assert not any("/c/" in address for address in addresses(mail))
        assert "https://letters.example.org/book/" in mail.text
        assert 'href="https://letters.example.org/book/' in render_web_copy(compiled, ada, links, AT)


@pytest.mark.parametrize(("only_if", "tracked"), [("quiz.result == 'anxious'", 0), ("not booked", 2), (None, 2)])
def test_no_link_is_tracked_in_a_lesson_that_only_some_results_get(
    ada: Reader, links: Links, only_if: str | None, tracked: int
) -> None:
    compiled = made('[one](https://one.example.org/) or [talk]({{ book("intro") }})', only_if)
    mail = fill_lesson(compiled, ada._replace(tracking="full", quiz_result="anxious"), links, AT)
    assert sum("/c/" in address for address in addresses(mail)) == tracked
    assert ("https://one.example.org/" in addresses(mail)) == (tracked == 0)
