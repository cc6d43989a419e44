"""Which folder a command reads: one rule for all commands, and the first line says which."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from funnel.cli.support.last_published import Identity, last_published
from funnel.cli.support.options import PRACTICE_FILE, changed, practice_folder, settings_with
from funnel.settings import Settings, starter

_LARGEST = 100_000  # bytes, as for the check


@dataclass(frozen=True)
class LessonsFolder:
    """The folder that is read: whose it is, and why it was chosen."""

    practice: Identity
    why: str

    @property
    def path(self) -> Path:
        return Path(self.practice.folder)

    def said(self) -> str:
        """One line for a person: the practice, its folder, and why it was chosen."""
        whose = self.practice.name or f"A practice without a name that can be read from {PRACTICE_FILE}"
        return f"{whose}, in {self.path} ({self.why})"


def find_folder(settings: Settings, said: Path | None = None) -> LessonsFolder:
    """The folder to read, by this order: the one given; that of FUNNEL_SEQUENCES_DIR; the current one or the nearest
    above it with a practice.toml; the one published last from this data folder; the starter.
    """
    if said is not None:
        return _folder(said.expanduser().resolve(), "as you said")
    if "sequences_dir" in settings.model_fields_set:
        return _folder(settings.sequences_dir, "FUNNEL_SEQUENCES_DIR")
    here = practice_folder()
    if here is not None:
        return _folder(here, "the folder you are in" if here == Path.cwd() else "you are in a folder of it")
    last = last_published(settings.data_dir)
    if last is None or last.starter:
        return _folder(starter("sequences"), "the starter, for no folder of your own was named or found")
    if not Path(last.folder).is_dir():
        return _folder(starter("sequences"), f"the starter, for the folder published last is gone: {last.folder}")
    return _folder(Path(last.folder), "published last")


def in_folder(settings: Settings, said: Path | None = None, *, to_people: bool = True) -> Settings:
    """The settings with the folder that `find_folder` finds, which is printed in a line.

    The line goes to standard error if the output is for a program (`to_people` is False).
    """
    found = find_folder(settings, said)
    click.echo(found.said(), err=not to_people)
    return changed(settings, sequences_dir=found.path)


def settings_in_folder(said: Path | None, *, to_people: bool = True, **options: Any) -> Settings:
    """`settings_with` these options, then `in_folder`: the start of every command that takes a folder."""
    return in_folder(settings_with(**options), said, to_people=to_people)


def identity(folder: Path) -> Identity:
    """Which practice a folder holds; without name and id where its practice.toml cannot be read."""
    try:
        with (folder / PRACTICE_FILE).open("rb") as file:
            found = tomllib.loads(file.read(_LARGEST).decode())
    except (OSError, ValueError):
        found = {}
    practice_id, name = (value if isinstance(value := found.get(key), str) else "" for key in ("id", "name"))
    return Identity(practice_id, name, str(folder), starter=folder == starter("sequences").resolve())


def _folder(path: Path, why: str) -> LessonsFolder:
    return LessonsFolder(identity(path), why)
