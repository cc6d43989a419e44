"""The check warns of what names the topic on a locked screen."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library

LESSON = """---
id: one
subject: "The pull"
subject_discreet: "{discreet}"
day: 0
---
Hello.
"""
SEQUENCE = """---
title: {title}
start_on: [confirm]
send: {{at: "08:00", days: [mon, tue, wed, thu, fri], zone: reader}}
catch_up: {{late_after: 3d, spread_over: 4h}}
---
Notes.
"""


def warned(practice: str, title: str = "Six weeks with anxious attachment", discreet: str = "A note") -> list[str]:
    files = {
        "practice.toml": f'postal_address = "1 Quay"\nzone = "UTC"\n{practice}\n',
        "course/sequence.md": SEQUENCE.format(title=title),
        "course/one.md": LESSON.format(discreet=discreet),
    }
    _library, problems = check_library({path: text.encode() for path, text in files.items()})
    return [f"{each.path}:{each.line} {each.code}" for each in problems if each.code.startswith("telling-")]


FROM = 'from = "letters@example.org"'


@pytest.mark.parametrize(
    ("practice", "found"),
    [
        (f'name = "Harbour"\n{FROM}', []),
        (f'name = "Attachment Studio"\n{FROM}', ["practice.toml:3 telling-sender"]),
        (f'name = "Harbour"\nsender = "ANXIOUS letters"\n{FROM}', ["practice.toml:4 telling-sender"]),
        (f'name = "Attachment Studio"\nsender_discreet = "Anna"\n{FROM}', []),
        (f'name = "Harbour"\nsender_discreet = "Attachment"\n{FROM}', ["practice.toml:4 telling-sender"]),
        ('name = "Harbour"\nfrom = "attachment@example.org"', ["practice.toml:4 telling-sender"]),
        (f'name = "Six Weeks Letters"\n{FROM}', []),
    ],
)
def test_a_sender_that_says_a_word_of_the_titles_is_warned_of(practice: str, found: list[str]) -> None:
    assert warned(practice) == found


def test_so_is_a_discreet_subject_and_by_any_title() -> None:
    assert warned(f'name = "Harbour"\n{FROM}', discreet="Your attachment, week 2") == [
        "course/one.md:4 telling-subject"
    ]
    assert warned(f'name = "Harbour"\n{FROM}', "Trauern dürfen", "Vom Trauern") == ["course/one.md:4 telling-subject"]
    assert warned(f'name = "Harbour"\n{FROM}', "Trauern dürfen", "Für diese Woche") == []


def test_the_titles_count_in_every_language() -> None:
    german = {"course/sequence.de.md": "---\ntitle: Sechs Wochen mit Bindungsangst\n---\n"}
    lesson = {"course/one.de.md": "---\nsubject: Der Sog\nsubject_discreet: Bindungsangst, Brief 2\n---\nHallo.\n"}
    files = {
        "practice.toml": f'name = "Harbour"\n{FROM}\npostal_address = "1 Quay"\nzone = "UTC"\nlanguages = ["de"]\n',
        "course/sequence.md": SEQUENCE.format(title="Six weeks"),
        "course/one.md": LESSON.format(discreet="A note"),
        **german,
        **lesson,
    }
    _library, problems = check_library({path: text.encode() for path, text in files.items()})
    assert [each.path for each in problems if each.code == "telling-subject"] == ["course/one.de.md"]
