"""Small files of the data folder that are made once, whichever process comes first."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def keep_first(path: Path, text: str) -> None:
    """The file with this text, for its owner only; where another process was first, its file stays.

    It is whole when others see it, and survives a power cut once this returns. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of this thread alone: what another one had not finished writing would be taken for whole.
    draft = path.with_name(f"{path.name}.{threading.get_native_id()}")
    write_private(draft, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """The names in this folder survive a power cut once this returns. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_private(path: Path, text: str) -> None:
    """A file that only its owner reads, in place of what a killed process has left there. Raises OSError."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
