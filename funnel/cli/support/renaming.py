"""The folder's part in renaming a sequence: its own folder, and the sequences that begin where it ends."""

from __future__ import annotations

import re
from pathlib import Path

from funnel.cli.support.problems import CannotStart
from funnel.settings import starter


def look_at_folder(folder: Path, old: str, new: str) -> bool:
    """Whether the folder of sequences has to be changed too. Raises CannotStart where it cannot be."""
    if not (folder / old).is_dir():
        return False
    if (folder / new).exists():
        raise CannotStart(f"Nothing was renamed: {folder} has both {old} and {new}. Put one of them away")
    return folder.resolve() != starter("sequences").resolve()


def rename_folder(folder: Path, old: str, new: str) -> list[str]:
    """Renames the sequence's folder, and the references to it in every sequence.md. Returns the files changed.

    Raises OSError where that is not allowed.
    """
    (folder / old).rename(folder / new)
    named = re.compile(rf"(?<![a-z0-9-])finished:{re.escape(old)}(?![a-z0-9-])")
    changed = []
    for path in sorted(folder.glob("*/sequence.md")):
        text = path.read_text(encoding="utf-8")
        head, fence, rest = text.removeprefix("---").partition("\n---")
        if text.startswith("---") and (found := named.sub(f"finished:{new}", head)) != head:
            path.write_text(f"---{found}{fence}{rest}", encoding="utf-8")
            changed.append(path.relative_to(folder).as_posix())
    return changed
