"""sessions.toml: read with the place of each mistake, kept in editions, said in other languages."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library, library_from, practice_source
from funnel.curriculum.model import Library, Problem
from funnel.curriculum.plan import plan_practice
from tests.curriculum.examples import PRACTICE, folder

COUPLE = """\
[[sessions]]
slug = "couple"
title = "For two"
minutes = 80
price = "120 euros"
url = "https://calendar.example.org/two"
"""


def checked(text: str, **more: bytes) -> tuple[Library | None, list[Problem]]:
    practice = b'languages = ["de"]\ncredentials = "MA"\n' + PRACTICE
    return check_library({**folder(practice=practice), "sessions.toml": text.encode(), **more})


def library(text: str, **more: bytes) -> Library:
    found, problems = checked(text, **more)
    assert found is not None, problems
    return found


def test_a_session_has_the_credentials_of_the_practice_or_its_own() -> None:
    own = '[[sessions]]\nslug = "coaching"\ntitle = "Coaching"\ncredentials = "coach"\n'
    found = library(COUPLE + own).sessions
    assert found is not None
    assert [(each.slug, each.minutes, each.credentials) for each in found.sessions] == [
        ("couple", 80, "MA"), ("coaching", 0, "coach"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        (COUPLE.replace("price", "prise"), 5, "unknown-key"),
        (COUPLE.replace("couple", "Couple Session"), 2, "bad-id"),
        (COUPLE.replace('title = "For two"\n', ""), 1, "missing-key"),
        (COUPLE.replace("80", "1"), 4, "bad-number"),
        (COUPLE.replace("https://", "http://"), 6, "bad-link"),
        (COUPLE + COUPLE, 8, "duplicate-id"),
        (COUPLE.replace("120 euros", "x" * 161), 5, "too-long"),
        ('sessions = "all"\n', 1, "not-a-table"),
    ],
)
def test_each_mistake_in_it_is_told_at_its_line(text: str, line: int, code: str) -> None:
    problems = checked(text)[1]
    assert (line, code) in [(each.line, each.code) for each in problems if each.path == "sessions.toml"]
    assert all(each.fix for each in problems)


def test_an_edition_holds_sessions_and_a_plan_names_their_change() -> None:
    before, after = library(COUPLE), library(COUPLE.replace("120", "130"))
    source = practice_source(after)
    assert library_from(source, after.sequences).sessions == after.sessions
    changes = plan_practice(practice_source(before), source).changes
    assert [change.detail for change in changes] == ["sessions.toml: sessions changed"]


def test_a_sibling_says_sessions_in_another_language() -> None:
    words = b'translates = "x"\n[words]\n"For two" = "Zu zweit"\n'
    found = library(COUPLE, **{"sessions.de.toml": words}).in_language("de").sessions
    assert found is not None
    assert (found.sessions[0].title, found.sessions[0].price) == ("Zu zweit", "120 euros")


@pytest.mark.parametrize("path", ["evenings/02.md", "pages/about.md"])
def test_a_link_to_one_that_is_not_there_is_told(path: str) -> None:
    more = folder(practice=PRACTICE) | {"pages/about.md": b"---\ntitle: About\n---\nWe write.\n"}
    told = []
    for name in ("couple", "cuple"):
        linked = {path: more[path] + b"\n[Ask]({{ session('%s') }})\n" % name.encode()}
        problems = check_library({**more, **linked, "sessions.toml": COUPLE.encode()})[1]
        told += [(each.path, each.code, each.fix) for each in problems]
    assert told == [(path, "unknown-argument", 'Did you mean session("couple")?')]
