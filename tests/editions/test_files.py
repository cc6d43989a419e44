"""Files in the database: whole, or not there, whatever became of whoever kept them first."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select

from funnel.curriculum import File
from funnel.db import Database
from funnel.editions.files import FileChanged, FileStore
from funnel.models import FilePart, KeptFile

MOVED = bytes(range(256)) * 10_000  # three parts of a megabyte


def as_read(path: Path) -> File:
    content = path.read_bytes()
    return File(hashlib.sha256(content).hexdigest(), path.suffix, len(content), path=str(path))


def on_another_machine(database: Database, tmp_path: Path, file: File) -> bytes:
    name = File(file.digest, file.suffix, file.size)
    return FileStore(database, tmp_path / "another").path(name).read_bytes()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(MOVED)
    return path


@pytest.mark.parametrize("meanwhile", [MOVED[:700_000], b"x" * 2_000_000, MOVED + b"and more" * 200_000])
def test_a_half_copied_file_is_whole_when_published_again(
    database: Database, tmp_path: Path, clip: Path, meanwhile: bytes
) -> None:
    store, file = FileStore(database, tmp_path / "media"), as_read(clip)
    clip.write_bytes(meanwhile)
    with pytest.raises(FileChanged, match="publish once more"):
        store.keep([file])
    clip.write_bytes(MOVED)
    store.keep([file])
    assert on_another_machine(database, tmp_path, file) == MOVED


def test_what_a_process_left_that_died_half_way_does_not_stay(database: Database, tmp_path: Path, clip: Path) -> None:
    file = as_read(clip)
    with database.write() as session:
        session.add_all(FilePart(name=file.name, number=number, content=b"half") for number in (0, 1, 7, 3))
    store = FileStore(database, tmp_path / "media")
    with pytest.raises(LookupError):
        store.path(File(file.digest, file.suffix, file.size))
    store.keep([file])
    assert on_another_machine(database, tmp_path, file) == MOVED
    with database.read() as session:
        assert sorted(session.scalars(select(FilePart.number).where(FilePart.name == file.name))) == [0, 1, 2]


def test_keeping_the_same_file_at_once_changes_nothing_of_it(
    database: Database, tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, file = FileStore(database, tmp_path / "media"), FileStore(database, tmp_path / "media"), as_read(clip)
    kept = one._keep

    def after_the_other(each: File) -> None:
        two.keep([each])
        clip.write_bytes(b"y" * len(MOVED))
        kept(each)

    monkeypatch.setattr(one, "_keep", after_the_other)
    one.keep([file])
    assert on_another_machine(database, tmp_path, file) == MOVED
    with database.read() as session:
        assert session.scalars(select(KeptFile.size).where(KeptFile.name == file.name)).all() == [len(MOVED)]
