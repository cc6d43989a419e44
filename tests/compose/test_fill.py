"""A compiled lesson and one reader make one mail, and nothing that a reader typed can break it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from jinja2.exceptions import SecurityError

from funnel.compose import CompileError, FillError, Reader, fill_lesson, render_web_copy
from funnel.compose.addresses import direct
from funnel.compose.sandbox import HTML
from funnel.links import Links, Purpose, links_mark, number_of
from funnel.mime import message_bytes
from tests.compose.conftest import PRACTICE, SENT, Compile

GREETING = 'Dear {{ lead.first_name or "reader" }},'
LINKED = (
    GREETING
    + "\n\n[One](https://example.org/one?a=1&b=2) and <https://example.org/two> and [us](mailto:hello@example.org).\n\n"
    '[Book]({{ book("intro") }}), [get it]({{ download("ebook") }}), [watch]({{ watch("training") }}), '
    '[read it]({{ read("ebook") }}), [a session]({{ session("couple") }}), [pause]({{ page("pause") }}).'
)
HREF = re.compile(r'href="([^"]*)"')


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


@pytest.mark.parametrize("name", ["*<b>Bob", "{{ 7*7 }}", "{% if x %}", '"><script>', "Ada & Bo", "_zj0z_", "Ána 🌿"])
def test_a_name_is_printed_as_typed(name: str, compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(
        compiled(GREETING, subjects=("For {{ lead.first_name }}",)), ada._replace(first_name=name), links, SENT
    )
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    assert f"Dear {escaped}," in mail.html
    assert f"Dear {name}," in mail.text
    assert mail.subject == f"For {name}"


def test_a_name_cannot_add_a_header(compiled: Compile, ada: Reader, links: Links) -> None:
    name = "Ada\r\nBcc: eve@example.org\u2028\u202e"
    lesson = compiled(GREETING, subjects=("For {{ lead.first_name }}",))
    message = parsed(message_bytes(fill_lesson(lesson, ada._replace(first_name=name), links, SENT)))
    assert message["Bcc"] is None
    assert message["Subject"] == "For Ada Bcc: eve@example.org"


@pytest.mark.parametrize(
    "email", ["ada@example.org\r\nBcc: eve@example.org", "ada", "a b@example.org", "äda@example.org"]
)
def test_an_address_that_cannot_stand_in_a_header_is_refused(
    email: str, compiled: Compile, ada: Reader, links: Links
) -> None:
    with pytest.raises(FillError) as raised:
        fill_lesson(compiled(GREETING), ada._replace(email=email), links, SENT)
    assert raised.value.variable == "email"


def test_without_a_name_the_greeting_still_reads_well(compiled: Compile, ada: Reader, links: Links) -> None:
    assert "Dear reader," in fill_lesson(compiled(GREETING), ada._replace(first_name=" "), links, SENT).text


def test_a_lesson_may_ask_whether_she_wrote_back(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled("{% if replied %}Thank you for writing.{% else %}Write to us.{% endif %}")
    assert "Write to us." in fill_lesson(lesson, ada, links, SENT).text
    mail = fill_lesson(lesson, ada._replace(replied=True), links, SENT)
    assert "Thank you for writing." in mail.text
    assert "Write to us." not in mail.text


def test_every_rewritten_link_leads_where_the_lesson_says(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled(LINKED)
    mail = fill_lesson(lesson, ada, links, SENT)
    assert lesson.links == (
        "https://example.org/one?a=1&b=2", "https://example.org/two", "book:intro", "download:ebook", "watch:training",
        "read:ebook", "session:couple",
    )  # fmt: skip
    for n in range(7):
        address = links.to(Purpose.CLICK, ada.delivery, 7, links_mark(lesson.links), n)
        assert f'href="{address}"' in mail.html
        assert address in mail.text
    assert [direct(entry, ada.delivery, links, SENT, lesson.name) for entry in lesson.links] == [
        "https://example.org/one?a=1&b=2",
        "https://example.org/two",
        links.to(Purpose.BOOK, ada.delivery, number_of("intro")),
        links.named_to(Purpose.DOWNLOAD, ada.delivery, "ebook", SENT),
        links.named_to(Purpose.WATCH, ada.delivery, "training", SENT),
        links.named_to(Purpose.DOWNLOAD, ada.delivery, "ebook", SENT) + "/read",
        links.url(f"sessions/couple?from={lesson.name}"),
    ]


def test_a_lesson_that_only_a_result_gets_is_not_named_by_its_links(links: Links, ada: Reader) -> None:
    assert direct("straight:session:couple", ada.delivery, links, SENT, "course/week-1") == links.url("sessions/couple")


def test_the_readers_own_pages_and_the_footer_are_never_tracked(compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(compiled(LINKED), ada, links, SENT)
    found = HREF.findall(mail.html)
    assert sum("/c/" in address for address in found) == 7
    assert links.to(Purpose.PREFERENCES, ada.delivery) in found
    assert links.start(Purpose.UNSUBSCRIBE) + links.unsubscribe_token(ada.delivery, ada.email) in found
    assert links.to(Purpose.WEB_COPY, ada.delivery) in found
    assert "https://www.samaritans.org/ireland/" in found
    assert all(address.startswith(("https://", "mailto:", "tel:", "#")) for address in found)


def test_untracked_links_are_direct_and_there_is_no_pixel(compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(compiled(LINKED), ada._replace(tracking="none"), links, SENT)
    both = mail.html + mail.text
    assert "/c/" not in both
    assert "<img" not in mail.html
    assert 'href="https://example.org/one?a=1&amp;b=2"' in mail.html
    assert links.to(Purpose.BOOK, ada.delivery, number_of("intro")) in mail.text
    assert links.named_to(Purpose.DOWNLOAD, ada.delivery, "ebook", SENT) in mail.html


def test_a_pixel_is_only_there_where_opens_may_be_seen(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled(GREETING)
    pixel = links.to(Purpose.OPEN, ada.delivery)
    assert pixel in fill_lesson(lesson, ada, links, SENT).html
    assert pixel not in fill_lesson(lesson, ada._replace(tracking="clicks"), links, SENT).html


def test_a_link_in_an_untaken_branch_leaves_no_gap_in_the_notes(compiled: Compile, ada: Reader, links: Links) -> None:
    body = (
        "{% if booked %}[a](https://example.org/a){% endif %} [b](https://example.org/b).\n\n[c](https://example.org/c)"
    )
    text = fill_lesson(compiled(body), ada._replace(tracking="none"), links, SENT).text
    assert "b [1].\n\n[1] https://example.org/b\n\nc [2]\n\n[2] https://example.org/c\n" in text


def test_the_web_copy_has_no_pixel_and_direct_links(compiled: Compile, ada: Reader, links: Links) -> None:
    page = render_web_copy(compiled(LINKED), ada, links, SENT)
    assert page.lower().startswith("<!doctype html>")
    assert "/c/" not in page
    assert "<img" not in page
    assert "Read on the web" not in page
    assert "Dear Ada," in page


def test_the_same_facts_make_the_same_bytes(compiled: Compile, ada: Reader, links: Links) -> None:
    body = LINKED + '\n\n{% if "evening" in tags and watched >= 0 %}Good evening.{% endif %}'
    first = fill_lesson(compiled(body), ada, links, SENT)
    numbers = {
        name: getattr(ada, name) for name in ("delivery_id", "nonce", "edition_lesson_id", "lead_id", "signup_id")
    }
    again = Reader.from_facts({**numbers, **json.loads(json.dumps(ada.to_facts()))})
    assert again.quiz_result == ""  # it is kept in one place only, from where it is put back
    again = again._replace(quiz_result=ada.quiz_result)
    assert again == ada
    assert message_bytes(fill_lesson(compiled(body), again, links, SENT)) == message_bytes(first)
    assert "Good evening." in first.text


def test_what_is_left_out_of_kept_facts_is_what_it_always_was() -> None:
    usual = Reader(101, 7, 11, None, "ada@example.org", "full")
    assert usual.to_facts() == {"email": "ada@example.org", "tracking": "full"}
    assert usual[6:] == (False, "", "", False, 0, (), "", None, False, 0, "", (), ())


def test_facts_kept_with_their_defaults_are_still_understood(ada: Reader) -> None:
    assert Reader.from_facts(json.loads(json.dumps(ada._asdict()))) == ada


def test_subjects_are_shared_out_evenly_and_for_ever(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled(GREETING, subjects=("A", "B"))
    chosen = [fill_lesson(lesson, ada._replace(lead_id=n), links, SENT).subject for n in range(200)]
    assert chosen == [fill_lesson(lesson, ada._replace(lead_id=n), links, SENT).subject for n in range(200)]
    assert 70 < chosen.count("A") < 130


def test_a_discreet_readers_inbox_shows_nothing_of_the_theme(compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(compiled(GREETING), ada._replace(discreet=True), links, SENT)
    assert mail.subject == "A note for this week"
    assert "neediness" not in mail.html
    assert "the alarm in your chest" not in mail.html


def test_an_unknown_variable_is_an_error_and_never_empty_text(compiled: Compile, ada: Reader, links: Links) -> None:
    with pytest.raises(CompileError):
        compiled("Dear {{ lead.name }},")
    lesson = compiled(GREETING)
    broken = replace(lesson, text=lesson.text + "{{ nickname }}")
    with pytest.raises(FillError) as raised:
        fill_lesson(broken, ada, links, SENT)
    assert raised.value.variable == "nickname"
    assert raised.value.path == "anxious-attachment/week-1.md"


def test_the_sandbox_holds_even_behind_the_first_wall() -> None:
    with pytest.raises(SecurityError):
        HTML.from_string("{{ f.__globals__ }}").render(f=parsed)
    with pytest.raises(SecurityError):
        HTML.from_string("{{ tags.append(1) }}").render(tags=[])


def test_headers_parse_and_one_click_is_exact(compiled: Compile, ada: Reader, links: Links) -> None:
    raw = message_bytes(fill_lesson(compiled(LINKED), ada, links, SENT))
    message = parsed(raw)
    assert all(not message[name].defects for name in ("From", "To", "Subject", "Date", "Message-ID", "Reply-To"))
    assert message["From"] == "Harbour Practice <letters@harbour.example.org>"
    assert message["To"] == "ada@example.org"
    assert message["Date"].datetime == SENT
    assert message["Message-ID"] == links.message_id(ada.delivery, "harbour.example.org")
    assert message["List-Id"] == '"Six weeks with anxious attachment" <anxious-attachment.letters.example.org>'
    assert "Auto-Submitted" not in message
    lines = raw.split(b"\r\n")
    stop = links.start(Purpose.UNSUBSCRIBE) + links.unsubscribe_token(ada.delivery, ada.email)
    assert f"List-Unsubscribe: <{stop}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_list_id_of_any_title_is_ascii_and_stays_the_same(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = compiled(
        GREETING, title='Sechs "Wochen" für ängstliche Bindung und noch viel mehr, das nicht in eine Zeile passt'
    )
    mail = fill_lesson(lesson, ada, links, SENT)
    value = dict(mail.headers)["List-Id"]
    assert value.isascii()
    assert value.endswith(" <anxious-attachment.letters.example.org>")
    assert "für ängstliche" in str(parsed(message_bytes(mail))["List-Id"])


def test_every_mail_says_who_writes_why_and_where_help_is(compiled: Compile, ada: Reader, links: Links) -> None:
    mail = fill_lesson(compiled(GREETING, content_note="grief"), ada, links, SENT)
    for part in (mail.html, mail.text):
        assert PRACTICE.postal_address in part
        assert "because you signed up with Harbour Practice" in part
        assert "116 123" in part
        assert "this letter touches on grief" in part
    assert 'href="#after-letter"' in mail.html
    assert 'lang="en"' in mail.html
    assert 'role="article"' in mail.html
    assert "prefers-color-scheme: dark" in mail.html


def test_a_licence_stands_above_the_postal_address(compiled: Compile, ada: Reader, links: Links) -> None:
    said = replace(PRACTICE, credentials="MA, LMFT", licence="Licensed & {{ 7*7 }}", also="Coaching: Quay")
    mail = fill_lesson(compiled(GREETING, practice=said), ada, links, SENT)
    lines = ["Harbour Practice, MA, LMFT", "Licensed & {{ 7*7 }}", "Coaching: Quay", PRACTICE.postal_address]
    assert mail.text.rstrip().endswith("\n".join(lines))
    assert "Harbour Practice, MA, LMFT<br>Licensed &amp; {{ 7*7 }}<br>Coaching: Quay<br>" in mail.html
