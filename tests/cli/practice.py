"""A practice with a folder and data of its own, for tests of the commands that work on them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from funnel.adapters.memory import MemoryAdapter
from funnel.cli import cli
from funnel.settings import load_settings, starter
from funnel.wiring import Service, build_service

COURSE = "anxious-attachment"
SECRET = "a-secret-only-for-tests-0123456789abcdef"
NEW_LESSON = """---
id: a-short-walk
subject: "A short walk"
day: 10
---
Dear {{ lead.first_name or "reader" }},

ten minutes, no special shoes.
"""


@dataclass
class Practice:
    """`service` is one that runs beside the commands, on the same data; `outbox` is what it has sent."""

    folder: Path
    service: Service
    outbox: MemoryAdapter

    def run(self, *arguments: str, answer: str | None = None) -> Result:
        """Runs `funnel …` on this practice's folder and data, and types `answer` where something is asked."""
        return CliRunner().invoke(cli, arguments, input=answer, prog_name="funnel")

    def edit(self, path: str, old: str, new: str) -> None:
        """Writes `new` in place of `old`, which has to be there, in a file of the folder."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def add_lesson(self, text: str = NEW_LESSON, path: str = f"{COURSE}/week-1-walk.md") -> None:
        (self.folder / path).write_text(text, encoding="utf-8")


@pytest.fixture(name="practice")
def practice_fixture(
    tmp_path: Path, sqlite_template: Path, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Practice]:
    """The starter folder, all of it published as edition 1; it is Monday 4 January 2027, nine in the morning."""
    folder, data = tmp_path / "letters", tmp_path / "data"
    shutil.copytree(starter("sequences"), folder)
    data.mkdir()
    shutil.copy(sqlite_template, data / "funnel.sqlite3")
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    values = {"SEQUENCES_DIR": folder, "DATA_DIR": data, "SECRET_KEY": SECRET, "MAIL_URL": "memory://"}
    for name, value in values.items():
        monkeypatch.setenv(f"FUNNEL_{name}", str(value))
    service = build_service(load_settings())
    outbox = MemoryAdapter()
    service.channel.use(outbox)
    yield Practice(folder, service, outbox)
    service.channel.close()
    service.db.close()
