"""`docs/security.md` names every attack that a test plays, and no test that does not exist."""

from __future__ import annotations

import re

import pytest

from tests.test_standards import ROOT


def test_the_page_lists_each_story_of_the_attacks() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    stories = {path.name for path in (ROOT / "tests" / "abuse").glob("test_*.py")}
    listed = set(re.findall(r"\| `(test_\w+\.py)` \|", page))
    assert listed == stories


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/security.md"])
def test_every_file_that_is_named_exists(page: str) -> None:
    named = re.findall(r"`((?:tests|funnel|\.ci)/[\w./]+)`", (ROOT / page).read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
