"""Files that editions name: kept in the database, so that every machine has them, and copied to disk to be served.

A file is known by the digest of its bytes and its ending: nothing kept ever changes or is written twice.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from funnel.curriculum import File
from funnel.db import Database
from funnel.db.upsert import insert
from funnel.models import FilePart, KeptFile

_PART = 1_000_000


class FileChanged(Exception):
    """A file has changed since the folder was read."""


class FileStore:
    """The files of one database. `folder` holds this machine's copies."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self.folder = folder

    def keep(self, files: Iterable[File]) -> None:
        """Puts these files into the database, in small transactions: a video must not keep readers from signing up.

        Raises FileChanged where one has been written to meanwhile, or is nowhere to be found.
        """
        with self._db.read() as session:
            there = set(session.scalars(select(KeptFile.name)))
        for file in (version for each in files for version in each.versions):
            if file.name not in there:
                self._keep(file)
                there.add(file.name)

    def path(self, file: File) -> Path:
        """Where the file lies on this machine, copied there when it is first asked for.

        Raises LookupError where the database does not have it. Two processes may copy at once: each writes beside it
        and moves it into place whole.
        """
        path = self.folder / file.name
        if path.is_file():
            return path
        if file.path:  # of a folder that was never published
            return Path(file.path)
        with self._db.read() as session:
            if session.get(KeptFile, file.name) is None:
                raise LookupError(f"no edition has the file {file.name}")
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as copy:
                try:
                    for part in _parts(session, file.name):
                        copy.write(part)
                except BaseException:
                    os.unlink(copy.name)
                    raise
        os.chmod(copy.name, 0o644)
        os.replace(copy.name, path)
        return path

    def _keep(self, file: File) -> None:
        path = Path(file.path) if file.path else self.folder / file.name
        changed = FileChanged(f"{path} has changed since the folder was read: publish once more")
        hashed, number, size = hashlib.sha256(), 0, 0
        try:
            with path.open("rb") as opened:
                while (part := opened.read(_PART)) or not number:
                    hashed.update(part)
                    number, size = number + 1, size + len(part)
                    last = size >= file.size
                    if last and (size != file.size or hashed.hexdigest() != file.digest):
                        raise changed
                    with self._db.write() as session:
                        if session.get(KeptFile, file.name) is not None:
                            return  # another process has stored it in the meantime
                        _put_part(session, file.name, number - 1, part)
                        if last:
                            _call_it_whole(session, file.name, size, parts=number)
                            return
                    if not part:
                        break
        except OSError as error:
            raise FileChanged(f"{path} cannot be read ({error.strerror or error}): publish once more") from None
        raise changed


def _parts(session: Session, name: str) -> Iterator[bytes]:
    number = 0
    query = select(FilePart.content).where(FilePart.name == name)
    while (part := session.scalar(query.where(FilePart.number == number))) is not None:
        yield part
        number += 1


def _put_part(session: Session, name: str, number: int, content: bytes) -> None:
    """Overwrites what a process left that died half-way, or whose file had changed."""
    part = insert(session, FilePart).values(name=name, number=number, content=content)
    newer = {"content": part.excluded.content}
    session.execute(part.on_conflict_do_update(index_elements=["name", "number"], set_=newer))


def _call_it_whole(session: Session, name: str, size: int, parts: int) -> None:
    """Marks the file complete. Parts left over from a longer file are deleted."""
    session.execute(delete(FilePart).where(FilePart.name == name, FilePart.number >= parts))
    # Another process may be storing the same file and may have finished first.
    session.execute(insert(session, KeptFile).values(name=name, size=size).on_conflict_do_nothing())
