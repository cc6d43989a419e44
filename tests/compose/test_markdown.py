"""What people write as markdown arrives, in the HTML and in the text part."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from funnel.compose import CompileError, Reader, fill_lesson
from funnel.compose.picture import Picture
from funnel.curriculum.practice import Helpline
from funnel.links import Links
from tests.compose.conftest import BODY_LINE, PRACTICE, SENT, Compile

TABLE = """| When | What | How long |
|:---|:--:|---:|
| Morning | *Breathe* | 5 |
| Night | [Read](https://a.org/b) | 10 |
"""
PICTURES = {
    "assets/me.jpg": Picture("https://letters.example.org/media/1a.jpg", 1_200, 800),
    "assets/leaf.png": Picture("https://letters.example.org/media/2b.png", 40, 30),
    "assets/Müller am See.jpg": Picture("https://letters.example.org/media/3c.jpg", 100, 100),
}


class Sent:
    """One mail: its HTML without attributes that only style, and the letter of its text part."""

    def __init__(self, compiled: Compile, reader: Reader, links: Links, body: str, **changes: object) -> None:
        self.lesson = compiled(body, **changes)
        mail = fill_lesson(self.lesson, reader, links, SENT)
        letter = mail.html.partition('role="article"')[2].partition('class="footer"')[0]
        self.html = re.sub(r' (?:style|lang|align|aria-label|class)="[^"]*"', "", letter)
        self.raw = letter
        self.text = mail.text.split("\n---------")[0]


Send = Callable[..., Sent]


@pytest.fixture
def sent(compiled: Compile, ada: Reader, links: Links) -> Send:
    return lambda body, **changes: Sent(compiled, ada._replace(tracking="none"), links, body, **changes)


def test_a_table_has_a_label_in_every_cell_for_phones(sent: Send) -> None:
    mail = sent(TABLE)
    assert mail.html.count("<tr>") >= 3
    assert '<th scope="col">When</th>' in mail.html
    assert "<td><span>When: </span>Morning</td>" in mail.html
    assert '<td><span>What: </span><a href="https://a.org/b">Read</a></td>' in mail.html
    labels = re.findall(r'<span class="of-column" style="([^"]*)"', mail.raw)
    assert len(labels) == 6
    assert all("display: none" in style and "mso-hide: all" in style for style in labels)


def test_a_table_is_columns_in_the_text_part_where_it_fits(sent: Send) -> None:
    assert sent("Before.\n\n" + TABLE + "\nAfter.").text.startswith(
        "Before.\n\n"
        "When        What      How long\n"
        "-------   ---------   --------\n"
        "Morning   _Breathe_          5\n"
        "Night     Read [1]          10\n\n"
        "[1] https://a.org/b\n\nAfter."
    )


def test_a_wide_or_personal_table_is_a_list_in_the_text_part(sent: Send) -> None:
    long = "so many words that no terminal has room for them beside the other column of this table"
    text = sent(f"| What | Why |\n|--|--|\n| Sleep | {long} |\n| | For {{{{ lead.first_name }}}} |\n").text
    assert text.startswith(
        "Sleep\n  - Why: so many words that no terminal has room for them beside the other\n"
        "    column of this table\n\n\n  - Why: For Ada\n".replace("\n\n\n", "\n\n")
    )


def test_footnotes_stand_at_the_end_under_their_numbers(sent: Send) -> None:
    mail = sent("One[^a] and two^[Here.], one again[^a].\n\n[^a]: The *first*.\n\nWarmly")
    assert "One<sup>1</sup> and two<sup>2</sup>, one again<sup>1</sup>." in mail.html
    assert mail.html.index("Warmly") < mail.html.index("<sup>1</sup>&nbsp;The <em>first</em>.")
    assert "<sup>2</sup>&nbsp;Here." in mail.html
    assert 'href="#' not in mail.html
    assert mail.text.rstrip().endswith("Warmly\n\n-----\n\n¹ The _first_.\n\n² Here.")
    assert "One¹ and two², one again¹." in mail.text


def test_struck_words_and_tasks_are_seen_in_both_parts(sent: Send) -> None:
    mail = sent("~~Never~~ rarely.\n\n- [ ] Breathe\n- [x] Read *this*\n- [y] no\n")
    assert "<s>Never</s> rarely." in mail.html
    assert "☐" in mail.html.replace("&#9744;", "☐")
    assert "[ ] " not in mail.html
    assert "~Never~ rarely." in mail.text
    assert "- [ ] Breathe\n- [x] Read _this_\n- [y] no" in mail.text


def test_bare_addresses_are_links_and_names_of_files_are_not(sent: Send) -> None:
    mail = sent("See https://a.org/x_y. Or www.b.org, or write to hello@harbour.example.org; notes.md is a file.")
    assert mail.lesson.links == ("https://a.org/x_y", "https://www.b.org")
    assert '<a href="https://www.b.org">www.b.org</a>' in mail.html
    assert '<a href="mailto:hello@harbour.example.org">hello@harbour.example.org</a>;' in mail.html
    assert "notes.md is a file" in mail.html
    assert "write to\nhello@harbour.example.org; notes.md" in mail.text


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("Warmly,\nAda", ["Warmly,", "Ada"]),
        (
            "The tide goes out\nthe tide comes in\nand I am here",
            ["The tide goes out", "the tide comes in", "and I am here"],
        ),
        ("Harbour Practice\n12 Quay Street\nExampleton", ["Harbour Practice", "12 Quay Street", "Exampleton"]),
        (
            "Dear {{ lead.first_name or 'reader' }},\n" + "this is a long line of a letter " * 4,
            ["Dear Ada,", "this is"],
        ),
        ("one  \ntwo\\\nthree", ["one", "two", "three"]),
        (
            "• a first point, typed by hand by somebody who knows no lists at all\n• a second",
            ["• a first", "• a second"],
        ),
    ],
)
def test_a_line_that_ends_on_purpose_ends_in_the_mail(sent: Send, body: str, lines: list[str]) -> None:
    mail = sent(body)
    shown = re.split(r"<br ?/?>", mail.html.partition("<p>")[2].partition("</p>")[0])
    assert len(shown) == len(lines)
    assert all(line.strip().startswith(begin) for line, begin in zip(shown, lines, strict=True))
    typed = mail.text.split("\n")
    assert all(any(line.startswith(begin) for line in typed) for begin in lines)


@pytest.mark.parametrize("width", [60, 72, 76, 80, 110])
def test_text_that_an_editor_has_wrapped_is_joined_at_any_width(sent: Send, width: int) -> None:
    words = (
        "Somebody who has waited long for an answer hears footsteps everywhere, even in an empty house; and that is no "
        "weakness but what a body has learned, at a time when listening well was the best that it could do for itself. "
    ) * 3
    mail = sent(textwrap.fill(words, width))
    assert "<br" not in mail.html
    assert mail.text.replace("\n", " ").startswith(words[:200])


def test_conditions_on_lines_of_their_own_break_no_line(sent: Send) -> None:
    assert (
        "<br"
        not in sent(
            "Before.\n\n{% if booked %}You.\n{% else %}Not you.{% endif %}\n\nA {% if booked %}x\n{% endif %}b"
        ).html
    )


def test_a_telephone_link_is_written_out_and_never_counted(sent: Send, ada: Reader, links: Links) -> None:
    mail = sent("[Call us](tel:+353-1-555-0100) or [write](SMS:+35315550100?body=Hi) or [116 123](tel:116123).")
    assert mail.lesson.links == ()
    assert '<a href="tel:+353-1-555-0100">Call us</a>' in mail.html
    assert "Call us (+353-1-555-0100) or write (+35315550100)" in mail.text


def test_a_link_to_a_helpline_is_never_rewritten(compiled: Compile, ada: Reader, links: Links) -> None:
    line = Helpline(
        "Ireland", "Samaritans", "116 123", "https://www.samaritans.org/ireland/", "always", date(2026, 11, 22)
    )
    body = (
        "[Ring](https://samaritans.org/how) or <HTTPS://WWW.samaritans.org/ireland/> or [this](https://example.org/)."
    )
    lesson = compiled(body, practice=replace(PRACTICE, helplines=(line,)))
    mail = fill_lesson(lesson, ada, links, SENT)
    assert lesson.links == ("https://example.org/",)
    assert 'href="https://samaritans.org/how"' in mail.html
    assert "https://samaritans.org/how" in mail.text


def test_a_picture_is_shown_at_its_size_up_to_the_column(sent: Send) -> None:
    mail = sent(
        "![Me](assets/me.jpg)\n\nA ![leaf](assets/leaf.png) here.\n\n:::practice\n![Me again](assets/me.jpg)\n:::\n\n"
        "![Frau Müller](<assets/Müller am See.jpg>)",
        pictures=PICTURES,
    )
    pictures = re.findall(r"<img [^>]*>", mail.raw)
    assert [re.findall(r'(?:src|width|height)="([^"]*)"', picture) for picture in pictures] == [
        ["https://letters.example.org/media/1a.jpg", "552", "368"],
        ["https://letters.example.org/media/2b.png", "40", "30"],
        ["https://letters.example.org/media/1a.jpg", "504", "336"],
        ["https://letters.example.org/media/3c.jpg", "100", "100"],
    ]
    assert [("display: block" in picture) for picture in pictures] == [True, False, True, True]
    assert all("max-width: 100%" in picture and "height: auto" in picture for picture in pictures)
    assert mail.text.startswith("[Me]\n\nA leaf here.\n")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("![me](assets/me.jpeg)", "did you mean assets/me.jpg?"),
        ("![me](https://elsewhere.example.org/me.jpg)", "put it into assets/"),
        ("![](assets/me.jpg)", "no words for those who cannot see it"),
        ("![me](assets/{{ lead.first_name }}.jpg)", "may not be put together"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_named_with_its_line(compiled: Compile, body: str, says: str) -> None:
    with pytest.raises(CompileError) as raised:
        compiled("One\n\n" + body, pictures=PICTURES)
    assert raised.value.line == BODY_LINE + 2
    assert says in raised.value.message


def test_the_practices_bracketed_address_is_an_uncounted_link(sent: Send) -> None:
    mail = sent("Write to <{{ practice.reply_to }}>.")
    assert mail.lesson.links == ()
    assert '<a href="mailto:hello@harbour.example.org">hello@harbour.example.org</a>' in mail.html
    assert "Write to hello@harbour.example.org." in mail.text
