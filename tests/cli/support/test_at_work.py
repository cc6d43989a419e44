"""What does not come up is on the first screen of `funnel up`, whatever the reason."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from funnel.cli.support import running as running_module
from funnel.cli.support.at_work import not_at_work
from funnel.cli.support.running import Running, start_service
from funnel.cli.up import welcome
from funnel.settings import load_settings
from tests.workers.waiting_for import wait_until
from workers.child import Child
from workers.stopping import Stop

pytestmark = pytest.mark.redis

Start = Callable[..., Running]
BREAKS = "import sys; sys.exit('the worker says why')"
HANGS = "import time; print('waiting for something', flush=True); time.sleep(600)"


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the service with other programs in place of some of its processes: name=source."""
    running: list[Running] = []
    groups = running_module._groups

    def start(folder: str = "data", **programs: str) -> Running:
        def with_programs(*arguments: object) -> list[list[Child]]:
            def changed(child: Child) -> Child:
                source = programs.get(child.name.replace("-", "_"))
                return replace(child, command=(sys.executable, "-c", source)) if source else child

            return [[changed(child) for child in group] for group in groups(*arguments)]  # type: ignore[arg-type]

        monkeypatch.setattr(running_module, "_groups", with_programs)
        workers = 2 if "worker_2" in programs else 1
        settings = load_settings({}, data_dir=tmp_path / folder, web_port=0, web_workers=1, workers=workers)
        running.append(start_service(settings, quiet_log=tmp_path / "log"))
        return running[-1]

    yield start
    for each in running:
        each.kill()
        each.stop()


def test_in_a_folder_with_a_space_everything_comes_up(start: Start, stop: Stop) -> None:
    running = start("my letters, Übung = a")

    assert not_at_work(running, stop) == []
    assert "MAIL WAITS" not in welcome(running)


def test_a_worker_that_ends_at_once_is_told_with_what_it_said(start: Start, stop: Stop) -> None:
    running = start(worker=BREAKS)

    missing = not_at_work(running, stop)

    assert missing == ["worker ended with exit code 1\n    the worker says why"]
    assert "MAIL WAITS" in welcome(running, missing)
    assert "the worker says why" in welcome(running, missing)


@pytest.mark.parametrize("name", [pytest.param("worker_2", marks=pytest.mark.matrix), "clock"])
def test_one_that_shows_no_life_is_told_when_patience_is_over(start: Start, stop: Stop, name: str) -> None:
    running = start(**{name: HANGS})

    told: list[str] = []

    def the_only_one() -> bool:
        told[:] = not_at_work(running, stop, 2)
        return [each.split()[0] for each in told] == [name.replace("_", "-")]

    wait_until(the_only_one)
    assert "has sent no heartbeat for 2 seconds" in told[0]
    assert "waiting for something" in told[0]


def test_a_start_that_is_called_off_waits_for_nobody(start: Start, stop: Stop) -> None:
    running = start(worker=HANGS)
    stop.request()

    assert not_at_work(running, stop) == []
