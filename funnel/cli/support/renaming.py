"""The folder's part in renaming a sequence: its own folder, what begins where it ends, and the offers it follows."""

from __future__ import annotations

from pathlib import Path

from funnel.cli.support.problems import CannotStart
from funnel.curriculum.references import with_beginning, with_follower, with_trigger
from funnel.settings import starter


def look_at_folder(folder: Path, old: str, new: str) -> bool:
    """Whether the folder of sequences has to be changed too: it has the sequence by its old name, or by the new one.

    Raises CannotStart where it cannot be.
    """
    if (folder / old).is_dir() and (folder / new).exists():
        raise CannotStart(f"Nothing was renamed: {folder} has both {old} and {new}. Put one of them away")
    if not (folder / old).is_dir() and not (folder / new).is_dir():
        return False
    return folder.resolve() != starter("sequences").resolve()


def rename_folder(folder: Path, old: str, new: str) -> list[str]:
    """Renames the sequence's folder, and what refers to it in sequences, offers and lessons. Returns the files changed.

    A folder that was renamed already is left as it is. Raises OSError where that is not allowed.
    """
    if (folder / old).is_dir():
        (folder / old).rename(folder / new)
    changed = []
    for pattern, written_anew in (
        ("*/sequence*.md", with_trigger),
        ("offers/*.md", with_follower),
        ("*/*.md", with_beginning),
    ):
        for path in sorted(folder.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            if (found := written_anew(text, old, new)) != text:
                path.write_text(found, encoding="utf-8")
                changed.append(path.relative_to(folder).as_posix())
    return sorted(set(changed))
