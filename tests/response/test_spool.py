"""No hit lost, none counted twice: whoever is killed, whenever, and whatever is away."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from funnel.models import Delivery, Event
from funnel.response.hit import Hit
from funnel.response.spool import HitSpool, SpoolFull
from funnel.response.tracking import take_in
from funnel.wiring import Service
from tests.conftest import MONDAY, SECRET
from tests.response.steps import counts, hit

ONE = Hit(kind="open", delivery_id=1, at=MONDAY, user_agent="Mozilla/5.0 (X11) Firefox/140.0")

WRITES_AND_DIES = """
import os, sys
from pathlib import Path
from funnel.response.hit import Hit
from funnel.response.spool import HitSpool
spool = HitSpool(Path(sys.argv[1]))
for line in sys.stdin.buffer:
    spool.write(Hit.from_line(line))
os.kill(os.getpid(), 9)
"""

# Dies in the middle of its second batch: the first is in the database, the rest is not.
TAKES_IN_AND_DIES = """
import os, sys
from pathlib import Path
from funnel.response import tracking
from funnel.settings import load_settings
from funnel.wiring import build_service
service = build_service(load_settings({}, data_dir=Path(sys.argv[1]), database_url=sys.argv[2], secret_key=sys.argv[3]))
tracking._AT_ONCE = 10
stored, left = tracking._store_all, [1]
def dies(session, *rest):
    stored(session, *rest)
    if not left:
        session.flush()
        os.kill(os.getpid(), 9)
    left.pop()
tracking._store_all = dies
tracking.take_in(service, service.hits)
"""


def run(program: str, *arguments: object, lines: bytes = b"") -> int:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, input=lines, check=False, timeout=60).returncode


def left_behind(folder: Path, hits: list[Hit]) -> None:
    """The file of a web process that took these hits and was killed."""
    lines = b"".join(one.to_line() for one in hits)
    assert run(WRITES_AND_DIES, folder, lines=lines) == -signal.SIGKILL


def files(spool_folder: Path) -> list[str]:
    return sorted(path.suffix for path in spool_folder.iterdir())


@pytest.fixture
def folder(service: Service) -> Path:
    return service.settings.data_dir / "hits"


def test_hits_of_a_process_that_was_killed_are_taken_in_by_another(
    service: Service, lesson: Delivery, folder: Path
) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(20)])
    assert take_in(service, service.hits) == 20
    assert counts(service)["opened"] == 1
    assert files(folder) == []


def test_the_thread_of_a_web_process_takes_in_what_another_left_behind(
    service: Service, lesson: Delivery, folder: Path
) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(3)])
    dies = "from funnel.wiring import build_service; from funnel.response.tracking import start_intake\n"
    dies += "s = build_service(); start_intake(s, s.hits).join()"
    environment = {**os.environ, **service.settings.environment()}
    with subprocess.Popen([sys.executable, "-c", dies], env=environment) as process:
        deadline = time.monotonic() + 60
        while list(folder.glob("*.jsonl")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
    assert counts(service)["opened"] == 1


def test_killed_in_the_middle_of_taking_in_loses_none_and_counts_none_twice(
    service: Service, lesson: Delivery, folder: Path
) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(35)])
    settings = service.settings
    assert run(TAKES_IN_AND_DIES, settings.data_dir, settings.database_url, SECRET) == -signal.SIGKILL
    with service.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 10
    assert take_in(service, service.hits) == 25
    assert counts(service) == {"accepted": 1, "opened": 1}


def test_killed_after_the_commit_and_before_the_file_was_removed_counts_none_twice(
    service: Service, lesson: Delivery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(folder, [hit(service, lesson) for _ in range(5)])

    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            take_in(service, service.hits)
    assert take_in(service, service.hits) == 0
    assert counts(service)["opened"] == 1
    assert files(folder) == []


def test_only_one_process_at_a_time_has_its_turn_and_a_killed_one_does_not_keep_it(tmp_path: Path) -> None:
    first, second = HitSpool(tmp_path), HitSpool(tmp_path)
    with first.turn() as ours, second.turn() as theirs:
        assert (ours, theirs) == (True, False)
    with second.turn() as theirs:
        assert theirs
    assert list(first.segments()) == []


def test_two_processes_never_work_on_one_file(tmp_path: Path) -> None:
    left_behind(tmp_path, [ONE])
    first, second = HitSpool(tmp_path), HitSpool(tmp_path)
    segments = first.segments()
    path = next(segments)
    assert list(second.segments()) == []
    path.unlink()
    assert list(segments) == []
    assert list(second.segments()) == []


def test_a_file_that_was_taken_in_between_finding_and_locking_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(tmp_path, [ONE])
    lock = fcntl.flock

    def late(handle: int, how: int) -> None:
        for path in tmp_path.glob("*.jsonl"):
            path.unlink()
        lock(handle, how)

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", late)
        assert list(HitSpool(tmp_path).segments()) == []


def test_the_file_of_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    writer = HitSpool(tmp_path)
    writer.write(ONE)
    assert list(HitSpool(tmp_path).segments()) == []
    assert [path.read_bytes() for path in writer.segments()] == [ONE.to_line()]


def test_a_new_file_cannot_be_taken_away_before_its_writer_has_locked_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Path]] = []
    lock = fcntl.flock

    def look(handle: int, how: int) -> None:
        seen.append(list(tmp_path.glob("*.jsonl")))
        lock(handle, how)

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", look)
        HitSpool(tmp_path).write(ONE)
    assert seen == [[]]


def test_a_forked_child_writes_to_a_file_of_its_own_and_holds_its_parents_no_longer(tmp_path: Path) -> None:
    spool = HitSpool(tmp_path)
    spool.write(ONE)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        spool.write(ONE)
        os.write(write, str(len(list(tmp_path.glob("*.jsonl")))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"2"
    os.close(read)
    os.close(write)
    lines = [line for path in spool.segments() for line in path.read_bytes().splitlines()]
    assert len(lines) == 2


def test_many_threads_write_whole_lines_while_files_are_moved_aside(tmp_path: Path) -> None:
    spool, taken = HitSpool(tmp_path), []
    threads = [threading.Thread(target=write_often, args=(spool,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or list(tmp_path.glob("*.jsonl")):
        for path in spool.segments():
            taken += path.read_bytes().splitlines(keepends=True)
            path.unlink()
    assert taken == [ONE.to_line()] * 1200


def write_often(spool: HitSpool) -> None:
    for _ in range(200):
        spool.write(ONE)


def test_a_folder_that_cannot_be_written_to_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "hits").write_text("in the way", encoding="ascii")
    spool = HitSpool(tmp_path / "hits")
    for _ in range(2):
        with pytest.raises(OSError, match="hits"):
            spool.write(ONE)
    assert list(spool.segments()) == []
    (tmp_path / "hits").unlink()
    spool.write(ONE)
    assert len(list(spool.segments())) == 1


@pytest.mark.parametrize(
    "spool_of", [lambda folder: HitSpool(folder, limit=600), lambda folder: HitSpool(folder, reserve=1 << 60)]
)
def test_what_waits_is_bounded_and_the_disk_is_never_filled(
    tmp_path: Path, spool_of: Callable[[Path], HitSpool]
) -> None:
    spool = spool_of(tmp_path)
    kept = 0
    for _ in range(10):
        try:
            spool.write(ONE)
        except SpoolFull:
            continue
        kept += 1
    assert sum(len(path.read_bytes().splitlines()) for path in spool.segments()) == kept <= 3


def test_half_a_line_on_a_full_disk_does_not_spoil_the_next_hit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, write = HitSpool(tmp_path), os.write
    spool.write(ONE)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda handle, line: write(handle, line[:20]))
        with pytest.raises(SpoolFull):
            spool.write(ONE)
    spool.write(ONE)
    (path,) = spool.segments()
    assert path.read_bytes() == ONE.to_line() * 2


def test_a_hit_comes_back_from_its_line_as_it_was() -> None:
    whole = Hit("click", 7, MONDAY, 3, 0, "HEAD", "2001:db8:1::/48", 'odd "agent"\u2028\x00', {"Accept": "*/*"})
    assert Hit.from_line(whole.to_line()) == whole
    for broken in (b"", b"[]", b"null", b"{", whole.to_line()[:-9], whole.to_line().replace(b"click", b"press")):
        with pytest.raises(ValueError, match=r"."):
            Hit.from_line(broken)
