"""A page of the practice's own is read as a lesson is, and says the same to everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from markupsafe import Markup

from funnel.compose import CompileError
from funnel.compose.page import PageText, page_html, with_parts
from funnel.compose.picture import Picture
from tests.compose.conftest import PRACTICE

PICTURES = {"assets/me.jpg": Picture("/media/1a.jpg", 1_200, 800)}
Made = Callable[..., Markup]


def address(function: str, name: str) -> str:
    if (function, name) != ("page", "safety"):
        raise KeyError(name, "safety", "privacy")
    return "/pages/safety"


@pytest.fixture
def made() -> Made:
    def make(text: str, **changes: object) -> Markup:
        given = {"practice": PRACTICE, "pictures": PICTURES, "addresses": address, **changes}
        return page_html(PageText(text, "pages/help.md", 5), **given)  # type: ignore[arg-type]

    return make


def test_a_page_holds_all_that_a_lesson_does(made: Made) -> None:
    text = (
        "| a | b |\n|--|--|\n| 1 | 2 |\n\n~~x~~ y[^1] www.example.org\n\n- [x] done\n\nWarmly,\nAda\n\n"
        "![Me](assets/me.jpg)\n\n:::practice Breathe\nIn.\n:::\n\n:::button\n[Go](https://example.org/)\n:::\n\n"
        "[^1]: Note\n"
    )
    html = made(text)
    for piece in (
        '<th scope="col" align="left">a</th>', "<s>x</s>", "<sup>1</sup>", '<a href="https://www.example.org">',
        "&#9745;", "Warmly,<br>\nAda", '<img src="/media/1a.jpg" alt="Me" width="646" height="431" class="picture">',
        '<section class="block practice"><h2 class="block-title">', '<div class="press"><a href="https://example.org/">',
        '<div class="footnotes">',
    ):  # fmt: skip
        assert piece in html


def test_the_practices_name_is_filled_in_and_cannot_be_markup(made: Made) -> None:
    html = made(
        "We are {{ practice.name }}, {{ practice.sender | upper }}.", practice=replace(PRACTICE, name="A <b> & *c*")
    )
    assert html == "<p>We are A &lt;b&gt; &amp; *c*, HARBOUR PRACTICE.</p>\n"
    assert "<script" not in made("<script>alert(1)</script> {{ '<script>' }}")


def test_links_lead_to_pages_the_site_the_web_and_telephones(made: Made) -> None:
    html = made(
        '# One\n[a]({{ page("safety") }}) [b](/offers/ebook) [c](tel:112) [d](#one) [e](https://example.org/) <a@b.org>'
    )
    for href in ("/pages/safety", "/offers/ebook", "tel:112", "#one", "https://example.org/", "mailto:a@b.org"):
        assert f'<a href="{href}">' in html
    assert '<h1 id="one">' in html
    assert '<h3 id="one">' in made("# One", deeper=2)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('One\n\n[a]({{ page("safty") }})', 7, 'did you mean page("safety")?'),
        ('{{ book("intro") }}', 5, 'book("intro") leads nowhere'),
        ("Dear\n{{ lead.first_name }}", 6, "lead.first_name is not known there"),
        ("{% if booked %}x{% endif %}", 5, "same for everybody"),
        ("{{ practice.nam }}", 5, "did you mean practice.name?"),
        ("{{ open", 5, "does not parse"),
        ("[a](javascript:alert(1))", 5, "leads nowhere from a page"),
        ("[a](//evil.example.org/)", 5, "leads nowhere from a page"),
        ("# One\n\n[a](#two)", 7, "There is no heading"),
        ("![a](https://example.org/a.png)", 5, "put it into assets/"),
        ("![](assets/me.jpg)", 5, "no words"),
        (":::note\nx", 5, "not closed"),
    ],
)
def test_what_cannot_be_shown_names_file_line_and_reason(made: Made, text: str, line: int, says: str) -> None:
    with pytest.raises(CompileError) as raised:
        made(text)
    assert (raised.value.path, raised.value.line) == ("pages/help.md", line)
    assert says in raised.value.message


def test_what_the_service_writes_replaces_its_paragraph(made: Made) -> None:
    html = made("One.\n\n{{ in_force.kept }}\n\nTwo.")
    assert with_parts(html, lambda name: f"<ul><li>{name}</li></ul>") == (
        "<p>One.</p>\n<ul><li>in_force.kept</li></ul>\n<p>Two.</p>\n"
    )
    with pytest.raises(CompileError):
        made("{{ in_force.nothing }}")


def test_the_same_page_is_the_same_every_time(made: Made) -> None:
    assert made("# One\n\nText[^1].\n\n[^1]: x\n") == made("# One\n\nText[^1].\n\n[^1]: x\n")


def test_the_practices_bracketed_address_is_a_link_like_others(made: Made) -> None:
    link = '<a href="mailto:hello@harbour.example.org">hello@harbour.example.org</a>'
    assert (
        made("Write to <{{ practice.reply_to }}>.")
        == f"<p>Write to {link}.</p>\n"
        == made("Write to <hello@harbour.example.org>.")
    )
