"""The practice's own pages and its front page: what their files may hold, and what they are called."""

from __future__ import annotations

import pytest

from funnel.curriculum import Library, check_library
from tests.curriculum.examples import FIRST, folder

SAFETY = b"---\ntitle: Reading in private\nuntracked: true\n---\nWhoever sees the screen sees this.\n"
HOME = b"---\ntitle: Take what helps\nlead: In your own time.\n---\nAbout us.\n"


def said(files: dict[str, bytes]) -> list[str]:
    return [str(problem) for problem in check_library(files)[1]]


def library(files: dict[str, bytes]) -> Library:
    found, problems = check_library(files)
    assert found is not None, problems
    return found


def test_a_page_is_listed_and_tracked_unless_it_says_otherwise() -> None:
    files = {
        **folder(),
        "pages/safety.md": SAFETY,
        "pages/about.md": b"---\ntitle: About\nlisted: no\n---\nWe write.\n",
    }
    pages = library(files).pages
    assert said(files) == []
    assert (pages["safety"].title, pages["safety"].listed, pages["safety"].untracked) == (
        "Reading in private", True, True,
    )  # fmt: skip
    assert (pages["about"].listed, pages["about"].untracked) == (False, False)
    assert (pages["about"].body.strip(), pages["about"].body_line) == ("We write.", 5)


def test_the_front_page_names_its_pictures_by_their_files() -> None:
    home = HOME.replace(
        b"lead:", b"picture: sea.png\npicture_alt: The sea at six\nlogo: assets/l.png\nlogo_alt: A boat\nlead:"
    )
    files = {**folder(), "home.md": home, "assets/sea.png": b"", "assets/l.png": b""}
    found = library(files).home
    assert said(files) == []
    assert found is not None
    assert (found.title, found.lead, found.picture, found.picture_alt) == (
        "Take what helps", "In your own time.", "sea.png", "The sea at six",
    )  # fmt: skip
    assert (found.logo, found.portrait) == ("l.png", "")


def test_a_folder_without_pages_has_none() -> None:
    assert (library(folder()).pages, library(folder()).home) == ({}, None)


WRONG = [
    ("pages/safety.md", SAFETY.replace(b"title:", b"titel:"), "pages/safety.md:2:1  the key titel is not known here"),
    ("pages/safety.md", SAFETY.replace(b"title: Reading in private\n", b""), "title is missing"),
    ("pages/safety.md", SAFETY.replace(b"true", b"perhaps"), "untracked is neither true nor false"),
    ("pages/safety.md", b"---\ntitle: x\n---\n \n", "the page has no text"),
    ("pages/safety.md", SAFETY + b"\xff", "not UTF-8"),
    ("pages/safety.md", SAFETY + b"\n{{ lead.first_name }}", "there is no variable lead.first_name"),
    ("pages/safety.md", SAFETY + b"\n{{ practice.nme }}", "Did you mean practice.name?"),
    ("pages/safety.md", SAFETY + b'\n[x]({{ page("saftey") }})', 'Did you mean page("safety")?'),
    ("pages/safety.md", SAFETY + b'\n[x]({{ page("pause") }})', "pause is not in the pages"),
    ("pages/safety.md", SAFETY + b'\n[x]({{ book("intro") }})', "there is no function book"),
    ("pages/safety.md", SAFETY + b"\n{% if booked %}x{% endif %}", "a page is the same for everybody"),
    ("pages/safety.md", SAFETY + b"\n[x](javascript:alert(1))", "the link"),
    ("pages/pause.md", SAFETY, "one of the reader's own pages already"),
    ("pages/web.md", SAFETY, "one of the reader's own pages already"),
    ("pages/My Page.md", SAFETY, "cannot name a page"),
    ("home.md", HOME.replace(b"lead:", b"leed:"), "Did you mean lead?"),
    ("home.md", HOME.replace(b"lead:", b"picture: no.png\npicture_alt: x\nlead:"), "there is no 'no.png' in assets"),
    ("home.md", HOME.replace(b"lead:", b"picture: ebook.md\npicture_alt: x\nlead:"), "is no picture"),
    ("home.md", HOME.replace(b"title: Take what helps\n", b""), "title is missing"),
    ("practice/sequence.md", b"---\ntitle: x\n---\n", "no sequence can be called practice"),
    ("letters/sequence.md", b"---\ntitle: x\n---\n", "no sequence can be called letters"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "content", "expected"), WRONG, ids=[case[2] for case in WRONG])
def test_what_is_wrong_is_said_with_what_to_do(path: str, content: bytes, expected: str) -> None:
    problems = check_library({**folder(), path: content})[1]
    assert any(expected in str(problem) and problem.severity == "error" for problem in problems), problems


def test_a_picture_without_words_is_an_error() -> None:
    files = {**folder(), "assets/sea.png": b"", "home.md": HOME.replace(b"lead:", b"picture: sea.png\nlead:")}
    assert any("picture_alt is missing" in line for line in said(files))


def test_lessons_link_only_to_pages_of_practice_and_reader() -> None:
    first = FIRST + b'\n[a]({{ page("safety") }}), [b]({{ page("pause") }}),\n[?]({{ page("saftey") }})\n'
    found = said({**folder(first=first), "pages/safety.md": SAFETY})
    assert found == ['evenings/01.md:12:8  saftey is not in the pages  → Did you mean page("safety")?']
