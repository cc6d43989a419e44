"""No hit lost, none counted twice: whoever is killed while taking in, whenever."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from funnel.models import Delivery, Event
from funnel.tracking import tracking
from funnel.tracking.spool import HitSpool
from funnel.tracking.spool_reader import line_batches, remove
from funnel.tracking.tracking import take_in
from funnel.wiring import Service
from tests.conftest import SECRET
from tests.tracking.dying import ONE, TAKES_IN_AND_DIES, files, left_behind, run
from tests.tracking.steps import counts, hit


@contextmanager
def intake(service: Service, how: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing but take hits in, until it is killed."""
    program = "from funnel.wiring import build_service; from funnel.tracking.tracking import start_intake\n"
    program += f"s = build_service(); start_intake(s, s.hits, {how}).join()"
    environment = {**os.environ, **service.settings.environment()}
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def someone_has_the_turn(spool: HitSpool) -> bool:
    with spool.intake_lock() as ours:
        return not ours


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def folder(service: Service) -> Path:
    return service.settings.data_dir / "hits"


def test_a_killed_processs_hits_are_taken_in_by_another(service: Service, lesson: Delivery, folder: Path) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(20)])
    assert take_in(service, service.hits) == 20
    assert counts(service)["opened"] == 1
    assert files(folder) == []


def test_a_web_processs_thread_takes_in_what_another_left(service: Service, lesson: Delivery, folder: Path) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(3)])
    with intake(service):
        until(lambda: not list(folder.glob("*.jsonl")))
    assert counts(service)["opened"] == 1


def test_killed_while_taking_in_loses_none_and_doubles_none(service: Service, lesson: Delivery, folder: Path) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(35)])
    settings = service.settings
    assert run(TAKES_IN_AND_DIES, settings.data_dir, settings.database_url, SECRET) == -signal.SIGKILL
    with service.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 10
    assert take_in(service, service.hits) == 25
    assert counts(service) == {"accepted": 1, "opened": 1}


def test_killed_after_the_commit_counts_none_twice(
    service: Service, lesson: Delivery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(5)])

    def killed(_path: Path, **_: bool) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            take_in(service, service.hits)
    assert take_in(service, service.hits) == 0
    assert counts(service)["opened"] == 1
    assert files(folder) == []


def test_who_goes_on_after_a_killed_one_begins_where_it_stopped(
    service: Service, lesson: Delivery, folder: Path
) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(35)])
    settings = service.settings
    assert run(TAKES_IN_AND_DIES, settings.data_dir, settings.database_url, SECRET) == -signal.SIGKILL
    (path,) = folder.glob("*.jsonl")
    assert [len(lines) for lines in line_batches(path, 20)] == [20, 5]
    remove(path)
    assert files(folder) == []


def test_the_clock_takes_in_what_a_live_web_process_answered(service: Service, lesson: Delivery, folder: Path) -> None:
    with intake(service, "keeps_lock=True"):
        until(lambda: someone_has_the_turn(service.hits))
        for _ in range(3):
            service.hits.write(hit(service, lesson))
            service.hits.hand_over()
            until(lambda: not list(folder.glob("*.jsonl")))
    assert counts(service)["opened"] == 1
    with service.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 3
    with service.hits.intake_lock() as ours:
        assert ours, "a clock that dies does not keep its turn"


def test_a_note_that_is_none_costs_nothing_but_time(tmp_path: Path) -> None:
    left_behind(tmp_path, [ONE] * 3)
    (path,) = tmp_path.glob("*.jsonl")
    for spoiled in (b"", b"\xff", b"-1", b"one"):
        path.with_suffix(".taken").write_bytes(spoiled)
        assert list(line_batches(path, 2)) == [[ONE.to_line()] * 2, [ONE.to_line()]]


def test_hits_are_taken_in_though_no_note_can_be_written_of_it(
    service: Service, lesson: Delivery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(25)])

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        patched.setattr(tracking, "_AT_ONCE", 10)
        assert take_in(service, service.hits) == 25
    assert files(folder) == []


def test_a_file_that_cannot_be_opened_keeps_back_none_behind_it(
    service: Service, lesson: Delivery, folder: Path
) -> None:
    service.hits.write(hit(service, lesson))
    (folder / "0-of-somebody-else.jsonl").mkdir()
    assert take_in(service, service.hits) == 1
    assert service.hits.waiting_bytes() == 0, "nobody waits for what nobody can take in"
    (folder / "0-of-somebody-else.jsonl").rmdir()
