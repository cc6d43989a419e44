"""A file for its owner only: what is written of readers is nobody else's on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from funnel.cli.support.problems import CannotStart


def open_private(path: Path, *, replace: bool = False) -> BinaryIO:
    """Opens it for writing. Raises CannotStart where it is there already and not to be replaced, or cannot be made."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL), 0o600)
    except FileExistsError:
        raise CannotStart(f"{path} is there already: name another file") from None
    except OSError as error:
        raise CannotStart(f"{path} cannot be written: {error.strerror}") from None
    return os.fdopen(handle, "wb")
