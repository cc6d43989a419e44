"""README.md shows what the demonstration prints."""

from __future__ import annotations

import re
from pathlib import Path

from funnel.demo.report import as_text
from tests.demo.cast import peaceful

README = Path(__file__).resolve().parents[2] / "README.md"


def labels(text: str) -> list[str]:
    """What each line begins with, before its figures."""
    return [re.split(r"\s{2,}", line.strip())[0] for line in text.splitlines() if line.strip()]


def test_the_front_page_shows_each_line_that_is_printed_and_no_other() -> None:
    found = re.search(r"^```text\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    shown, printed = labels(found[1]), labels(as_text(peaceful(), [], 61.0))
    offers = [label for label in shown if label in ("ebook", "quiz", "three-walks", "together", "training")]
    assert [label for label in shown if label not in offers] == printed
    assert offers == ["ebook", "quiz", "three-walks", "together", "training"]
    assert "All agrees" in found[1]
