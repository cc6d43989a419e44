"""A process starts with what it needs, and with nothing it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.migrations import upgrade
from funnel.publishing.publish import PublishRefused, publish, unpublished
from funnel.settings import SettingsError, load_settings, starter
from funnel.wiring import Service, build_service, serving_library
from tests.journey.steps import join, lessons, live


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the starter sequences to write in."""
    return Path(shutil.copytree(starter("sequences"), tmp_path / "sequences"))


def test_a_mistake_in_a_lesson_stops_no_process_and_no_reader(
    make_service: Callable[..., Service], folder: Path, time: time_machine.Traveller
) -> None:
    (folder / "anxious-attachment" / "week-1.md").write_text("---\nid: [\n---\nhalf a", encoding="utf-8")
    service = make_service(sequences_dir=folder)
    service.channel.use(MemoryAdapter())
    join(service, "ada@example.org")
    live(service, time, 8)
    assert lessons(service, "ada@example.org") == [("begin-here", "accepted"), ("name-the-alarm", "accepted")]
    served = serving_library(service.settings)
    assert unpublished(service, served) == []
    assert served.help is not None, "all that belongs to no sequence is served"
    assert served.sessions is not None
    with pytest.raises(PublishRefused, match="funnel check"):
        publish(service, served, "ada", service.clock.now())


def test_a_mistake_in_a_published_practice_changes_nothing(make_service: Callable[..., Service], folder: Path) -> None:
    (folder / "practice.toml").write_text('name = "Harbour', encoding="utf-8")
    assert make_service(sequences_dir=folder).library.practice.name == "Harbour Practice"


def test_a_mistake_in_an_unpublished_practice_is_a_sentence(tmp_path: Path, folder: Path) -> None:
    (folder / "practice.toml").write_text('name = "Harbour', encoding="utf-8")
    settings = load_settings({}, sequences_dir=folder, data_dir=tmp_path / "data", secret_key="k" * 40)
    service = build_service(settings)
    upgrade(service.db)
    with pytest.raises(SettingsError, match=r"'funnel check' lists them all.*practice\.toml"):
        _ = service.library
    service.db.close()
