"""Text parts are broken into lines when they are filled: whatever a name or a condition does to a line."""

from __future__ import annotations

import itertools

import pytest

from funnel.compose import MailHead, Reader, Transactional, fill_lesson
from funnel.compose.encoding import body as encoding_body
from funnel.links import Links
from funnel.mime import message_bytes
from tests.compose.conftest import PRACTICE, SENT, TEMPLATES, Compile

LONG = "Anna Maria Luisa Franziska Theresia von und zu Hohenlohe Waldenburg Schill"
WORDS = "and here are some more words to fill the line with until it is full, "
DEAR = "{{ lead.first_name or 'reader' }}"


def text_of(compiled: Compile, reader: Reader, links: Links, body: str) -> str:
    return fill_lesson(compiled(body), reader, links, SENT).text.split("-" * 74)[0].rstrip("\n")


@pytest.fixture(params=["pieces", "whole"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which a mail is filled."""
    if request.param == "whole":
        monkeypatch.setattr(encoding_body, "shared_facts", lambda *_sources: None)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("name", ["", "Bo", "Ada", LONG, "x" * 80, "Zoë", "=20", ".Ada"])
def test_a_line_with_a_name_is_as_full_as_any_other(compiled: Compile, ada: Reader, links: Links, name: str) -> None:
    text = text_of(compiled, ada._replace(first_name=name), links, f"Dear {DEAR}, {WORDS * 3}.")
    lines = text.split("\n")
    called = name or "reader"
    assert " ".join(lines) == f"Dear {called}, {WORDS * 3}.".replace(", .", ", .")
    for line, following in itertools.pairwise(lines):
        assert len(line) <= 76 or " " not in line
        assert len(line) + 1 + len(following.split(" ")[0]) > 76, "the next word would have had room"


@pytest.mark.usefixtures("way")
def test_lists_and_quotations_keep_what_their_lines_begin_with(compiled: Compile, ada: Reader, links: Links) -> None:
    reader = ada._replace(first_name=LONG)
    body = f"1. One\n\n   - {DEAR} {WORDS}\n\n> {DEAR} {WORDS}\n\n:::practice Title\n{DEAR} {WORDS}\n:::\n"
    assert text_of(compiled, reader, links, body) == (
        "1. One\n\n"
        f"   - {LONG[:67]}\n     {LONG[68:]} "
        "and here are some more words to fill the line with until it is\n     full,\n\n"
        f"> {LONG}\n> and here are some more words to fill the line with until it is full,\n\n"
        f"Practice: Title\n---------------\n\n    {LONG[:67]}\n    {LONG[68:]} "
        "and here are some more words to fill the line with until it is\n    full,"
    )


@pytest.mark.usefixtures("way")
def test_what_a_condition_takes_away_leaves_no_short_line(compiled: Compile, ada: Reader, links: Links) -> None:
    body = f"One {{% if booked %}}{WORDS * 2}{{% endif %}}two and {WORDS}three and four.\n\nMore."
    assert text_of(compiled, ada, links, body) == (
        "One two and and here are some more words to fill the line with until it is\nfull, three and four.\n\nMore."
    )
    longer = text_of(compiled, ada._replace(booked=True), links, body)
    assert max(map(len, longer.split("\n"))) <= 76


@pytest.mark.usefixtures("way")
def test_a_paragraph_that_is_not_there_leaves_no_gap(compiled: Compile, ada: Reader, links: Links) -> None:
    body = f"One.\n\n{{% if booked %}}\nYou have booked, {DEAR}, and that is good.\n{{% endif %}}\n\nTwo."
    assert text_of(compiled, ada, links, body) == "One.\n\nTwo."
    inline = f"One.\n\n{{% if booked %}}You have booked, {DEAR}, and that is good.{{% endif %}}\n\nTwo."
    assert text_of(compiled, ada, links, inline) == "One.\n\nTwo."


@pytest.mark.usefixtures("way")
def test_an_address_is_never_broken(compiled: Compile, ada: Reader, links: Links) -> None:
    body = f"Dear {DEAR}, {WORDS} [a page](https://example.org/{'x' * 90}) and {{{{ page('pause') }}}} if you like."
    mail = fill_lesson(compiled(body), ada._replace(first_name=LONG), links, SENT)
    lines = mail.text.split("-" * 74)[0].rstrip("\n").split("\n")
    assert [line for line in lines if line.startswith("[1] https://letters.example.org/")]
    [pause] = [word for line in lines for word in line.split() if word.startswith("https://") and "[1]" not in line]
    assert f" {pause} if you like." in mail.html
    assert all(len(line) <= 76 or "https://" in line for line in lines)


@pytest.mark.usefixtures("way")
def test_lines_in_code_stay_as_they_are(compiled: Compile, ada: Reader, links: Links) -> None:
    body = "```\na  b   c\n" + "d" * 90 + " e\n```"
    assert text_of(compiled, ada, links, body) == "a  b   c\n" + "d" * 90 + " e"


@pytest.mark.usefixtures("way")
def test_a_written_part_has_no_mark_and_no_long_line(compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(compiled(f"Dear {DEAR}, {WORDS * 3}"), ada._replace(first_name=LONG), links, SENT)
    assert b"=01" not in message_bytes(mail)
    assert b"=02" not in message_bytes(mail)
    assert max(map(len, message_bytes(mail).split(b"\r\n")[20:])) <= 76


@pytest.mark.parametrize("name", ["", LONG])
def test_mail_that_was_asked_for_is_broken_in_the_same_way(name: str) -> None:
    values = {
        "first_name": name,
        "offer_title": "A calmer heart, and other things that help on long and lonely evenings",
        "confirm_url": "https://letters.example.org/confirm/" + "x" * 90,
        "consent_text": "I agree to this and that. " * 9,
    }
    mails = Transactional(TEMPLATES, PRACTICE)
    mail = mails.fill("confirm", values, MailHead("5", "ada@example.org", "<5@example.org>", SENT))
    lines = mail.text.split("\n")
    assert [line for line in lines if len(line) > 76] == [values["confirm_url"]]
    assert "\x01" not in mail.text
    agreed = mail.text.partition("What you agree to:")[2].split("\n\n")[0].split("\n")
    assert all(len(line) > 60 for line in agreed[1:-1]), "no line was broken twice"
