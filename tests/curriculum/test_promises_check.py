"""`check` compares what is written beside a box with what is sent, and asks who could agree to what follows."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library, read_folder
from funnel.settings import starter


def warned(changes: dict[str, tuple[str, str]]) -> list[tuple[str, str, str]]:
    """What is warned of in the starter, with this text in each of these files for that."""
    files, _ = read_folder(starter("sequences"))
    changed = dict(files)
    for path, (old, new) in changes.items():
        text = files[path].decode()
        assert old in text
        changed[path] = text.replace(old, new).encode()
    _, problems = check_library(changed)
    assert [problem for problem in problems if problem.severity == "error"] == []
    codes = ("promises-otherwise", "nobody-agrees")
    return [(each.path, each.code, each.message) for each in problems if each.code in codes]


def test_the_starter_promises_what_it_sends() -> None:
    assert warned({}) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("three mails over five days", []),
        ("three short letters", []),
        ("four mails", ["four mails"]),
        ("3 mails over 6 days", ["over 6 days"]),
        ("the six-week course, eight letters", ["eight letters"]),
    ],
)
def test_another_number_than_what_is_sent_is_warned_of(words: str, found: list[str]) -> None:
    said = warned({"offers/ebook.md": ("Please e-mail me the e-book.", f"Please e-mail me the e-book, {words}.")})
    assert [message for _, _, message in said] == [
        f"consent says {each!r}, which is not what is sent" for each in found
    ]


def test_what_follows_and_is_asked_for_nowhere_is_warned_of() -> None:
    asking = 'begin("anxious-attachment")'
    box = ('followed_by: anxious-attachment\nfollowed_by_consent: "And after that the free course, please."\n', "")
    mute = {
        "offers/ebook.md": box,
        "offers/training.md": box,
        "ebook-welcome/03-what-readers-find-hard.md": (asking, 'page("six-weeks")'),
        "training-follow-up/04-what-comes-next.md": (asking, 'page("six-weeks")'),
    }
    found = warned(mute)
    assert {(path, code) for path, code, _ in found} == {("anxious-attachment/sequence.md", "nobody-agrees")}
    assert len(found) == 2
    del mute["ebook-welcome/03-what-readers-find-hard.md"]
    assert warned(mute) == []
