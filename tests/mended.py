"""The starter's folder made a practice of its own: everything that must be gone before mail goes to real people is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from funnel.settings import starter

SITE = "https://letters.lantern-rooms.ie"
REAL_MAIL = "smtp://letters:secret@mail.lantern-rooms.ie:587?tls=starttls"


def mend(folder: Path) -> None:
    """Does in a folder what its owner has to do."""
    for path in sorted(folder.rglob("*.*")):
        if path.suffix not in (".md", ".toml", ".vtt", ".txt"):
            continue
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"Harbour(\s+)Practice", r"Lantern\1Rooms", text).replace("Exampleton", "Cork")
        text = text.replace("harbour.example.org", "lantern-rooms.ie").replace("stand_in = true", "stand_in = false")
        if path.name == "practice.toml":
            text = re.sub(r"(\[\[helplines\]\]\n)(?!checked)", r"\1checked = 2026-12-30\n", text)
        if path.name == "help.toml":
            text = re.sub(r"(\[\[(?:help|therapists)\]\]\n)(?!checked)", r"\1checked = 2026-12-30\n", text)
        if path.name in ("help.toml", "sessions.toml"):
            text = text.replace("example.org", "lantern-rooms.ie")
        path.write_text(text, encoding="utf-8")


def mended_folder(folder: Path) -> Path:
    """A copy of the starter at `folder`, mended."""
    shutil.copytree(starter("sequences"), folder)
    mend(folder)
    return folder
