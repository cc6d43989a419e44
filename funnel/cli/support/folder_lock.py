"""One data folder, one `funnel up`; and what other commands may know of it while it runs."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

from funnel.cli.support.problems import CannotStart

_FILE = "up.lock"
_LONGEST = 4_096
_PREPARED_SECONDS = 60.0


class FolderLock:
    """Held from `take` to `release`. The system releases it when this process dies, for whatever reason."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._handle: int | None = None

    def take(self) -> None:
        """Makes the folder, for this user only, and locks it. Raises CannotStart where another process has the lock."""
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._data_dir / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotStart(
                f"The data folder {self._data_dir} cannot be used ({error.strerror}): choose another with --data-dir"
            ) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _read(handle).get("pid", "")
            os.close(handle)
            raise CannotStart(
                f"The service already runs on {self._data_dir}"
                + (f" (process {owner})" if owner else "")
                + ": stop it first, or choose another folder with --data-dir"
            ) from None
        self._handle = handle
        self._write({})

    def announce(self, **facts: str) -> None:
        """Tells other commands on this folder that it is prepared, and where the service is. Nothing secret."""
        self._write(facts)

    def _write(self, facts: dict[str, str]) -> None:
        assert self._handle is not None  # noqa: S101 - only called by who holds it
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps({"pid": str(os.getpid()), **facts}).encode(), 0)

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def announced(data_dir: Path) -> dict[str, str]:
    """What the service that runs on this folder announced; empty where none runs.

    While it is still preparing the folder, waits for it, at most a minute of machine time.
    """
    deadline = time.monotonic() + _PREPARED_SECONDS
    while True:
        facts = _held(data_dir)
        if facts is None:
            return {}
        if "site_url" in facts or time.monotonic() > deadline:
            return facts
        time.sleep(0.05)


def _held(data_dir: Path) -> dict[str, str] | None:
    """The content of the lock file while a process holds it; None where none does."""
    try:
        handle = os.open(data_dir / _FILE, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    else:
        return None
    finally:
        os.close(handle)


def _read(handle: int) -> dict[str, str]:
    try:
        facts = json.loads(os.pread(handle, _LONGEST, 0))
    except ValueError:  # being written now, or by an older version
        return {}
    return {str(name): str(value) for name, value in facts.items()} if isinstance(facts, dict) else {}
