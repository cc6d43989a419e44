"""The e-book read as a page: the same text as the PDF's, under the same token, counted as its download is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.compose.book_page import make_book_page
from funnel.curriculum.practice import Practice
from funnel.links import Purpose
from funnel.models import Event, EventKind, Signup
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.journey.steps import join, work
from tests.web.conftest import Pages, Reader, on_one_database, text_of

BOOK = b"""---
title: Evenings
subtitle: For the end of the day
author: Ada & friends
date: 2027-01-04
---
# First <b>things</b>

Read [the other part](#other-things) or [more](https://harbour.example.org/).[^1]

:::practice A walk
1. Go out.
:::

:::lines 3
:::

## Deeper

| When | What |
|---|---|
| Night | Rest |

# Other things

By {{ practice.name }}.

[^1]: A note.
"""


@pytest.fixture
def path(pages: Pages, ada: Reader) -> str:
    return f"/download/{pages.dated(Purpose.DOWNLOAD, ada.signup_id)}/read"


def test_the_page_has_the_chapters_and_counts_as_a_download(pages: Pages, path: str) -> None:
    answer = pages.fetch(path)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert "<h1>A calmer heart</h1>" in answer.text
    chapters = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a>', answer.text)
    assert chapters[:2] == [("before-you-begin", "Before you begin"), ("what-the-alarm-is", "What the alarm is")]
    for name, title in chapters:
        assert f'<h2 id="{name}">{title}</h2>' in answer.text
    assert pages.rows(Signup)[0].downloads == 1
    assert [event.kind for event in pages.rows(Event)] == [EventKind.DOWNLOADED]


@on_one_database
def test_a_head_counts_nothing(pages: Pages, path: str) -> None:
    assert pages.client.head(path).status_code == 200
    assert pages.rows(Signup)[0].downloads == 0


@on_one_database
def test_an_old_link_says_so_and_a_wrong_one_opens_nothing(
    pages: Pages, path: str, time: time_machine.Traveller
) -> None:
    watch = f"/download/{pages.dated(Purpose.WATCH, pages.rows(Signup)[0].id)}/read"
    assert [pages.client.get(each).status_code for each in (watch, f"{path[:-8]}x/read")] == [404, 404]
    time.shift(timedelta(days=91))
    answer = pages.client.get(path)
    assert answer.status_code == 410
    assert "This download link has expired" in text_of(answer)


@on_one_database
def test_nobody_reads_what_they_have_not_confirmed(pages: Pages, make_reader: Callable[..., Reader]) -> None:
    ben = make_reader("ben", confirms=False)
    assert pages.client.get(f"/download/{pages.dated(Purpose.DOWNLOAD, ben.signup_id)}/read").status_code == 404


@on_one_database
def test_a_pdf_of_ones_own_has_no_page_and_is_opened_itself(pages: Pages, path: str, service: Service) -> None:
    files = {"ebook.pdf": service.library.files["ebook.md"]}
    publish(service, replace(service.library, files=files, assets=frozenset(files)), "ada", service.clock.now())
    assert pages.fetch(path).headers["Location"].endswith(path.removesuffix("/read"))
    assert pages.fetch(path.removesuffix("/read")).status_code == 200


@on_one_database
def test_the_page_after_confirming_leads_there(pages: Pages, outbox: MemoryAdapter, service: Service) -> None:
    pages.sign_up("ebook", email="ben@example.org")
    work(service)
    found = re.search(r"https://letters\.example\.org(/confirm/[^\"\s]+)", outbox.mails[-1].html)
    assert found
    led = re.search(r'href="(/download/[^"]+/read)">Read it here', pages.client.post(found[1]).text)
    assert led
    assert pages.client.get(led[1]).status_code == 200


@on_one_database
def test_the_mail_that_brings_the_book_leads_there(pages: Pages, outbox: MemoryAdapter, service: Service) -> None:
    join(service, "ada@example.org", "course")
    work(service)  # today's lesson: the book comes by a mail of its own
    join(service, "ada@example.org", "ebook")
    work(service)
    mail = outbox.mails[-1]
    led = re.findall(r"https://letters\.example\.org(/download/[^\"\s]+/read)", f"{mail.html} {mail.text}")
    assert (mail.subject, len(led)) == ("Your e-book: A calmer heart", 2)
    assert {pages.client.get(each).status_code for each in led} == {200}


def test_the_page_holds_what_the_pdf_holds(practice: Practice) -> None:
    made = make_book_page(BOOK, practice, "assets/evenings.md", {})
    assert (made.title, made.subtitle, made.author) == ("Evenings", "For the end of the day", "Ada & friends")
    assert [(each.name, each.title) for each in made.chapters] == [
        ("first-bthingsb", "First <b>things</b>"),
        ("other-things", "Other things"),
    ]
    assert "&lt;b&gt;things&lt;/b&gt;</h2>" in made.html
    assert '<a href="#other-things">the other part</a>' in made.html
    assert '<section class="block practice">' in made.html
    assert made.html.count("<span></span>") == 3
    assert '<h3 id="deeper">' in made.html
    assert f"By {practice.name}." in made.html
    assert '<div class="footnotes">' in made.html


def test_no_heading_leaves_out_a_level(practice: Practice) -> None:
    text = b"---\ntitle: Short\n---\n# One\n\n### Deep\n\n:::practice A walk\nGo.\n:::\n\n#### Deeper\n\n# Two\n"
    made = make_book_page(text, practice, "assets/s.md", {})
    assert re.findall(r"<(h\d)", made.html) == ["h2", "h3", "h4", "h2"]


def test_a_book_without_larger_headings_has_its_smaller_as_chapters(practice: Practice) -> None:
    made = make_book_page(b"---\ntitle: Short\n---\n## One\n\nText.\n\n## Two\n\nText.\n", practice, "assets/s.md", {})
    assert [each.title for each in made.chapters] == ["One", "Two"]


@pytest.fixture
def practice(starter_library: object) -> Practice:
    return starter_library.practice  # type: ignore[attr-defined, no-any-return]
