"""Finds the catalogue's English words in what was said in German."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path

from babel.messages.pofile import read_po

from funnel.curriculum import read_folder
from funnel.language import catalogues

_ROOT = Path(__file__).parents[2]
_WORDS = 3  # shorter texts may stand in what the practice wrote


@cache
def english() -> list[str]:
    """Texts of several words that have another one in German, as a page would show them."""
    with (catalogues.OURS / "de.po").open("rb") as file:
        catalog = read_po(file)
    found = []
    for message in catalog:
        for text in (message.id,) if isinstance(message.id, str) else tuple(message.id or ()):
            parts = re.split(r"%\(\w+\)s|<[^>]*>", text)
            found += [part.strip() for part in parts if len(part.split()) >= _WORDS]
    return [text for text in found if text not in written()]


@cache
def written() -> str:
    """All that the starter's practice writes."""
    files, _ = read_folder(_ROOT / "sequences")
    return " ".join(" ".join(text.decode().split()) for path, text in files.items() if path.endswith((".md", ".toml")))


def left_in(page: str) -> list[str]:
    said = " ".join(unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.S)).split())
    return [text for text in english() if text in said]
