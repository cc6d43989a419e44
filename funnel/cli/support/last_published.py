"""What was published last from this data folder: which practice, and from which folder of this machine."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "published.json"
_LONGEST = 20_000  # bytes


@dataclass(frozen=True)
class Identity:
    """Which practice a folder holds: the id that `funnel init` wrote ("" for none), its name, and the folder.

    `folder` is "" where it was published on another machine, or by a version that did not note it.
    """

    id: str
    name: str
    folder: str
    starter: bool = False

    def is_other(self, new: Identity) -> bool:
        """Whether `new`, published over this one, would be another practice.

        The starter belongs to nobody: publishing over it is never another practice, but publishing it over any other
        is. A practice without an id, from before there were ids, is known by its folder.
        """
        if self.starter or new.starter:
            return not self.starter
        if self.id and new.id:
            return self.id != new.id
        return self.folder != new.folder and bool(self.id or self.folder)

    def said(self) -> str:
        """ "Harbour Practice (/home/ada/letters)"."""
        name = "the starter" if self.starter else self.name or "a practice without a name"
        return f"{name} ({self.folder})" if self.folder else name


def last_published(data_dir: Path) -> Identity | None:
    """What was published last from this data folder; None where nothing was, or a version without notes did."""
    try:
        with (data_dir / _FILE).open("rb") as file:
            found = json.loads(file.read(_LONGEST))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    texts = {name: str(found.get(name, "")) for name in ("id", "name", "folder")}
    return Identity(**texts, starter=found.get("starter") is True)


def note_published(data_dir: Path, published: Identity) -> None:
    """Writes the note, atomically. Raises OSError."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=data_dir, prefix=f".{_FILE}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(published), file, ensure_ascii=False)
    os.replace(temporary, data_dir / _FILE)
