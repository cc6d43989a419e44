"""A mail put together from pieces that readers share is the mail that filling its template gives."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from funnel.compose import FillError, Reader, fill_lesson
from funnel.compose.encoding import body, fragments
from funnel.compose.encoding.fragments import shared_facts
from funnel.links import Links, RowRef
from funnel.mail import PlainBody
from tests.compose.conftest import SENT, Compile, parts_of

LETTERS = (
    "Dear {{ lead.first_name or 'reader' }},\n\nhere is [one](https://example.org/one).",
    "{{ lead.first_name | default('you', true) }}: {% if lead.first_name and not booked %}hello{% endif %}",
    "{% if lead.first_name == 'Ada' %}It is you{% elif quiz.result == 'anxious' %}Anxious{% endif %} {{ watched }}",
    "{{ lead.first_name | upper }} and [two](https://example.org/two), and {{ practice.name }}",
    "{% if 'evening' in tags %}[Late](https://example.org/late).{% endif %}\n\n[Always](https://example.org/always).",
    '{% if booked %}[Book]({{ book("intro") }}){% else %}[Pause]({{ page("pause") }}){% endif %}{{ lead.first_name }}',
    "> {{ lead.first_name }}\n\n* [a](https://example.org/a?b=1&c=2)\n* [b](https://example.org/b)\n\n.dots\n",
)
NAMES = ("", "Ada", ".Ada", "Ada & Bo", "Ána 🌿", "=20", "x" * 80, "\0link_0\0", "reader")


def readers(ada: Reader, chance: random.Random, how_many: int) -> list[Reader]:
    return [
        ada._replace(
            delivery_id=chance.randint(1, 10**12),
            first_name=chance.choice(NAMES),
            quiz_result=chance.choice(["", "anxious"]),
            booked=chance.random() < 0.5,
            watched=chance.randint(0, 4),
            tags=chance.choice([(), ("evening",), ("evening", "morning")]),
            discreet=chance.random() < 0.3,
            tracking=chance.choice(["none", "clicks", "full"]),
        )
        for _ in range(how_many)
    ]


@pytest.mark.parametrize("letter", LETTERS)
def test_pieces_give_the_same_mail_as_the_whole_template(
    letter: str, compiled: Compile, ada: Reader, links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = compiled(letter)
    everybody = readers(ada, random.Random(letter), 150)

    def mails() -> list[tuple[object, ...]]:
        filled = [fill_lesson(lesson, reader, links, SENT) for reader in everybody]
        # Where soft line ends stand in the text part may differ.
        return [(replace(mail, body=PlainBody("", "")), parts_of(mail)[1], mail.text) for mail in filled]

    from_pieces = mails()
    monkeypatch.setattr(body, "shared_facts", lambda *_sources: None)
    assert from_pieces == mails()


@pytest.mark.parametrize(
    ("source", "facts"),
    [
        ("Dear {{ lead.first_name or 'reader' }}, {{ link_0 }}", ()),
        ("{{ lead.first_name | default('reader', true) }}", ()),
        ("{% if lead.first_name and not pixel %}{{ subject }}{% endif %}", ()),
        ("{{ 'a' if booked else page('web') }} {{ ref(link_3) }} {{ notes('', '') }}", ("booked",)),
        (
            "{% if quiz.result == 'anxious' or 'evening' in tags %}{{ practice.name }}{% endif %}",
            ("practice", "quiz", "tags"),
        ),
        ("{{ lead.first_name | upper }}", None),
        ("{{ (lead.first_name or 'you') | title }}", None),
        ("{% if lead.first_name == 'Ada' %}x{% endif %}", None),
        ("{% if lead.first_name in tags %}x{% endif %}", None),
        ("{{ page('web') | upper }}", None),
        ("{{ lead['first_name'] | upper }}", None),
        ("{% set whom = lead %}{{ whom.first_name | upper }}", None),
        ("{% macro m(x) %}{{ x | upper }}{% endmacro %}{{ m(subject) }}", None),
    ],
)
def test_a_text_is_cut_where_a_readers_values_stay_unchanged(source: str, facts: tuple[str, ...] | None) -> None:
    assert shared_facts(source) == facts


def test_what_was_filled_for_one_reader_no_other_sees(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled("Dear {{ lead.first_name or 'reader' }},\n\n[one](https://example.org/one)")
    for number, name in enumerate(["Ada", "", "Ben", "Cleo"], 1):
        mail = fill_lesson(lesson, ada._replace(delivery_id=number, first_name=name), links, SENT)
        assert f"Dear {name or 'reader'}," in mail.text
        others = {"Ada", "Ben", "Cleo"} - {name}
        assert not any(other in mail.text + mail.html for other in others)
        assert links.unsubscribe_token(RowRef(number, ada.nonce), ada.email) in mail.text


def test_pieces_are_kept_for_so_many_texts_and_no_more(
    compiled: Compile, ada: Reader, links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments, "_MOST", 6)
    for number in range(20):
        fill_lesson(compiled(f"Letter {number}, {{{{ lead.first_name }}}}"), ada, links, SENT)
        assert len(fragments._KEPT) <= 6


def test_a_blank_nobody_knows_is_named_however_often(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = replace(compiled("Hello"), html="<p>{{ nobody }} {{ lead.first_name }}</p>")
    for _ in range(2):
        with pytest.raises(FillError) as raised:
            fill_lesson(lesson, ada, links, SENT)
        assert raised.value.variable == "nobody"


def test_an_unknown_filter_from_a_layout_holds_the_mail(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = replace(compiled("Hello"), html="<p>{{ lead.first_name | length }}</p>")
    with pytest.raises(FillError, match="No filter named 'length'"):
        fill_lesson(lesson, ada, links, SENT)
