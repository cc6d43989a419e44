"""The starter folder: what it says of the practice stands in one file, and it leads to nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from funnel.curriculum import check_library, read_folder

ROOT = Path(__file__).parents[1] / "sequences"
FILES, _ = read_folder(ROOT)
TEXTS = {
    path: content.decode() for path, content in FILES.items() if path.endswith((".md", ".toml", ".vtt")) and content
}
PAGES = sorted(path for path in TEXTS if path.startswith("pages/"))
# Where somebody looks for help, nobody looks on.
NEVER_COUNTED = {"safety", "finding-help", "hard-nights", "privacy"}


def test_only_practice_toml_names_the_practice() -> None:
    named = [path for path, text in TEXTS.items() if re.search("harbour", text, re.I)]
    assert named == ["practice.toml"]


def test_every_address_on_the_web_belongs_to_somebody() -> None:
    """RFC 2606 and RFC 6761 keep some names for examples: nothing is ever found there."""
    kept = re.compile(r"https?://[\w.-]*(?:example\.(?:org|com|net)|\.example|\.test|\.invalid|localhost)\b")
    assert [path for path, text in TEXTS.items() if kept.search(text)] == []


def test_every_linked_page_exists_and_every_page_is_linked() -> None:
    linked = {
        slug
        for path, text in TEXTS.items()
        if path != "README.md"
        for slug in re.findall(r"\{\{\s*page\(\"([a-z-]+)\"\)", text)
    }
    there = {Path(path).stem for path in PAGES}
    assert linked - there == {"pause", "preferences", "unsubscribe"}
    assert there - linked == set()


def test_links_about_safety_and_help_are_never_counted() -> None:
    library, problems = check_library(FILES)
    assert library is not None
    assert problems == []
    assert {slug for slug, page in library.pages.items() if page.untracked} == NEVER_COUNTED
    assert [slug for slug, page in library.pages.items() if page.exit_to] == ["safety"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_short_enough_for_a_hard_night(path: str) -> None:
    assert 150 <= len(TEXTS[path].split()) <= 430
