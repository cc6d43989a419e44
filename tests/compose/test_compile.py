"""A lesson becomes templates with nothing but blanks left, or one clear error."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.compose import CompiledLesson, CompileError, HouseStyle, Reader, compile_lesson, fill_lesson
from funnel.links import Links
from tests.compose.conftest import BODY_LINE, PRACTICE, SENT, TEMPLATES, Compile, lesson_of, sequence_of

PIECES = [
    *"ab *_`[](){}%#:!>-1.\n\n\"'<&\\\t", "{{ booked }}", "{% if booked %}", "{% else %}", "{% endif %}", "{# a #}", "](https://a.b)",
    "\n:::note\n", "\n:::\n", "\n\n", '{{ page("web") }}', "\n1. ", "\n> ",
]  # fmt: skip


def test_a_compiled_lesson_survives_json(compiled: Compile) -> None:
    lesson = compiled('Dear {{ lead.first_name or "reader" }}, [read](https://example.org/a?b=1&c=2).')
    assert CompiledLesson.from_json(json.loads(json.dumps(lesson.to_json()))) == lesson


def test_jinja_survives_markdown_even_if_it_looks_like_it(compiled: Compile, ada: Reader, links: Links) -> None:
    body = 'A {{ "*not* _emphasis_ `code`" }} and {{ "}}" }} and *{{ lead.first_name }}*.'
    mail = fill_lesson(compiled(body), ada, links, SENT)
    assert "A *not* _emphasis_ `code` and }} and <em>Ada</em>." in mail.html


def test_braces_that_are_not_ours_are_printed(compiled: Compile, ada: Reader, links: Links) -> None:
    practice = replace(PRACTICE, name="Harbour {{ 7*7 }} {% if", postal_address="{# Quay #}")
    mail = fill_lesson(compiled("Text.", practice=practice), ada, links, SENT)
    assert "Harbour {{ 7*7 }} {% if" in mail.html
    assert "Harbour {{ 7*7 }} {% if" in mail.text
    assert "{# Quay #}" in mail.text


def test_a_condition_around_paragraphs_leaves_no_empty_one(compiled: Compile, ada: Reader, links: Links) -> None:
    body = "Before.\n\n{% if booked %}\nYou booked.\n\nTwo of them.\n{% else %}\nNot yet.\n{% endif %}\n\nAfter."
    mail = fill_lesson(compiled(body), ada, links, SENT)
    assert ">Not yet.</p>" in mail.html
    assert "booked" not in mail.html
    assert "Before.\n\nNot yet.\n\nAfter." in mail.text


def test_a_paragraph_that_is_one_condition_is_not_left_empty(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled("One.\n\n{% if booked %}You booked.{% elif watched > 2 %}Seen.{% endif %}\n\nTwo.")
    mail = fill_lesson(lesson, ada, links, SENT)
    letter = mail.html.partition("</style>")[2]
    assert "<p" in letter
    assert ">One.</p>" in letter
    assert not any(piece.partition(">")[2].startswith("</p>") for piece in letter.split("<p")[1:])
    assert "One.\n\nTwo." in mail.text


def test_a_condition_inside_a_sentence_keeps_its_spaces(compiled: Compile, ada: Reader, links: Links) -> None:
    body = "You are {% if quiz.result == 'anxious' %}quick{% else %}slow{% endif %} to notice, {{ lead.first_name }}."
    mail = fill_lesson(compiled(body), ada, links, SENT)
    assert "You are quick to notice, Ada." in mail.text
    assert "You are quick to notice, Ada." in mail.html


@pytest.mark.parametrize("name", ["practice", "reflect", "story", "note"])
def test_each_block_is_kept_apart_in_both_parts(name: str, compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(
        compiled(f"Before.\n\n:::{name} Five slow breaths\nIn and *out*.\n\n1. One\n2. Two\n:::\n\nAfter."),
        ada,
        links,
        SENT,
    )
    assert f'class="block {name}"' in mail.html
    assert "    In and _out_." in mail.text
    assert "    1. One\n    2. Two\n" in mail.text
    assert "Five slow breaths\n----" in mail.text


def test_a_button_is_one_link_in_a_cell(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled(':::button\n[Book a call]({{ book("intro") }})\n:::')
    mail = fill_lesson(lesson, ada, links, SENT)
    assert lesson.links == ("book:intro",)
    assert 'class="button"' in mail.html
    assert "Book a call:\nhttps://letters.example.org/c/" in mail.text


def test_html_in_a_lesson_is_shown_not_used(compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(compiled("A <script>alert(1)</script> and <img src=x onerror=alert(1)>."), ada, links, SENT)
    assert "<script" not in mail.html
    assert "onerror=alert(1)&gt;" in mail.html


def test_quotation_marks_are_those_of_the_language(compiled: Compile) -> None:
    assert "“so” it isn’t" in compiled('"so" it isn\'t').text


@pytest.mark.parametrize(
    ("body", "line", "says"),
    [
        ("One\n\n{{ lead.firstname }}", 2, "did you mean lead.first_name"),
        ("{{ lead.__class__ }}", 0, "There is no variable lead.__class__"),
        ("{{ ''.__class__.__mro__ }}", 0, "There is no variable"),
        ("{{ lead['first_name'] }}", 0, "Getitem is not something a lesson may use"),
        ("{% for x in tags %}{{ x }}{% endfor %}", 0, "For is not something a lesson may use"),
        ("{{ 'a' * 100000000 }}", 0, "Mul is not something a lesson may use"),
        ("{% include 'x' %}", 0, "Include is not something a lesson may use"),
        ("{{ tags | join }}", 0, "There is no filter 'join'"),
        ("{{ cycler() }}", 0, "There is no function cycler()"),
        ("{{ page('prefs') }}", 0, "There is no page"),
        ("{{ page(lead.first_name) }}", 0, "takes exactly one name"),
        ("\n\n[Book]({{ book('intr') }})", 2, "There is no [booking.intr]"),
        ("{{ 'a' if booked }}", 0, "does not say what stands here otherwise"),
        ("One\n{% if booked %}", 1, "does not parse"),
        ("{%- if booked %}a{% endif %}", 0, "is not needed here"),
        ("{% raw %}{{ x }}{% endraw %}", 0, "is not needed here"),
        ("One\n\n[a](ftp://example.org)", 2, "leads nowhere"),
        ("[a](javascript:alert(1))", 0, "leads nowhere"),
        ("[a](/offers)", 0, "leads nowhere"),
        ("[a](https://example.org/?n={{ lead.first_name }})", 0, "may not be put together"),
        ("[a]({{ lead.first_name }})", 0, "A link must be one of"),
        ("![](https://example.org/a.png)", 0, "no words for those who cannot see"),
        ("![a](https://example.org/a.png)", 0, "put it into assets/"),
        ("\n:::practise\nx\n:::", 1, "did you mean :::practice"),
        ("A\n\n:::note\nx", 2, "not closed"),
        (":::button\nNo link\n:::", 0, "exactly one link"),
        ("{# one\ntwo #}\n\n[a](ftp://x)", 3, "leads nowhere"),
        ("`{% if booked %}` x {% endif %}", 0, "may not stand inside"),
        ("*a {% if booked %} b* c {% endif %}", 0, "different blocks"),
        ("{% if booked %}\n\n:::note\nx\n{% endif %}\n:::", 4, "different blocks"),
    ],
)
def test_what_cannot_be_compiled_names_file_line_and_reason(body: str, line: int, says: str, compiled: Compile) -> None:
    with pytest.raises(CompileError) as raised:
        compiled(body)
    assert raised.value.path == "anxious-attachment/week-1.md"
    assert raised.value.line == BODY_LINE + line
    assert says in raised.value.message


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_text_compiles_or_says_why(fragments: list[str]) -> None:
    lesson = lesson_of("".join(fragments))
    try:
        compiled = compile_lesson(sequence_of(lesson), lesson, HouseStyle(PRACTICE, TEMPLATES, "letters.example.org"))
    except CompileError:
        return
    reader = Reader(1, 1, 1, None, "ada@example.org", "full")
    mail = fill_lesson(compiled, reader, Links("https://letters.example.org", ("k" * 32,)), SENT)
    assert mail.html.endswith("</html>")
