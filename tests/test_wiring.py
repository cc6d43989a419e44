"""A process starts with what it needs, and with nothing it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.journey.publishing import PublishRefused, publish, unpublished
from funnel.settings import SettingsError, starter
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the starter sequences to write in."""
    return Path(shutil.copytree(starter("sequences"), tmp_path / "sequences"))


def test_a_mistake_in_a_lesson_keeps_no_process_from_starting_and_no_reader_waiting(
    make_service: Callable[..., Service], folder: Path, time: time_machine.Traveller
) -> None:
    (folder / "anxious-attachment" / "week-1.md").write_text("---\nid: [\n---\nhalf a", encoding="utf-8")
    service = make_service(sequences_dir=folder)
    service.channel.use(MemoryAdapter())
    join(service, "ada@example.org")
    live(service, time, 8)
    assert lessons(service, "ada@example.org") == [("begin-here", "accepted"), ("name-the-alarm", "accepted")]
    assert unpublished(service, service.library) == []
    with pytest.raises(PublishRefused, match="funnel check"):
        publish(service, service.library, "ada", service.clock.now())


def test_a_mistake_in_the_practices_own_file_stops_the_start_with_a_sentence(
    make_service: Callable[..., Service], folder: Path
) -> None:
    (folder / "practice.toml").write_text('name = "Harbour', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"run `funnel check`.*practice\.toml"):
        make_service(sequences_dir=folder)
