"""Hits in files: whole lines, one writer, one taker, bounded, whatever is in the way."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from funnel.tracking.hit import Hit
from funnel.tracking.spool import HitSpool, SpoolFull
from tests.conftest import MONDAY
from tests.tracking.dying import ONE, left_behind


def test_a_process_without_the_turn_leaves_its_files_to_another(tmp_path: Path) -> None:
    web, clock = HitSpool(tmp_path), HitSpool(tmp_path)
    web.hand_over()
    for _ in range(3):
        web.write(ONE)
        web.hand_over()
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
    (path,) = clock.files_to_take_in()
    path.unlink()
    assert list(clock.files_to_take_in()) == []
    web.hand_over()
    assert [len(path.read_bytes().splitlines()) for path in clock.files_to_take_in()] == [2]


def test_one_process_at_a_time_has_the_turn_and_no_killed_one(tmp_path: Path) -> None:
    first, second = HitSpool(tmp_path), HitSpool(tmp_path)
    with first.intake_lock() as ours, second.intake_lock() as theirs:
        assert (ours, theirs) == (True, False)
    with second.intake_lock() as theirs:
        assert theirs
    assert list(first.files_to_take_in()) == []


def test_two_processes_never_work_on_one_file(tmp_path: Path) -> None:
    left_behind(tmp_path, [ONE])
    first, second = HitSpool(tmp_path), HitSpool(tmp_path)
    files_to_take_in = first.files_to_take_in()
    path = next(files_to_take_in)
    assert list(second.files_to_take_in()) == []
    path.unlink()
    assert list(files_to_take_in) == []
    assert list(second.files_to_take_in()) == []


def test_a_file_taken_in_before_it_is_locked_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind(tmp_path, [ONE])
    lock = fcntl.flock

    def late(handle: int, how: int) -> None:
        for path in tmp_path.glob("*.jsonl"):
            path.unlink()
        lock(handle, how)

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", late)
        assert list(HitSpool(tmp_path).files_to_take_in()) == []


def test_the_file_of_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    writer = HitSpool(tmp_path)
    writer.write(ONE)
    assert list(HitSpool(tmp_path).files_to_take_in()) == []
    assert [path.read_bytes() for path in writer.files_to_take_in()] == [ONE.to_line()]


def test_a_new_file_is_not_taken_before_its_writer_locks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[Path]] = []
    lock = fcntl.flock

    def look(handle: int, how: int) -> None:
        seen.append(list(tmp_path.glob("*.jsonl")))
        lock(handle, how)

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", look)
        HitSpool(tmp_path).write(ONE)
    assert seen == [[]]


def test_a_forked_child_writes_to_its_own_file(tmp_path: Path) -> None:
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
    lines = [line for path in spool.files_to_take_in() for line in path.read_bytes().splitlines()]
    assert len(lines) == 2


def test_threads_write_whole_lines_while_files_are_moved_aside(tmp_path: Path) -> None:
    spool, taken = HitSpool(tmp_path), []
    threads = [threading.Thread(target=write_often, args=(spool,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or list(tmp_path.glob("*.jsonl")):
        for path in spool.files_to_take_in():
            taken += path.read_bytes().splitlines(keepends=True)
            path.unlink()
    assert taken == [ONE.to_line()] * 1200


def write_often(spool: HitSpool) -> None:
    for _ in range(200):
        spool.write(ONE)


def test_a_folder_that_cannot_be_written_to_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "hits").write_text("in the way", encoding="ascii")
    spool = HitSpool(tmp_path / "hits")
    for _ in range(2):
        with pytest.raises(OSError, match="hits"):
            spool.write(ONE)
    assert list(spool.files_to_take_in()) == []
    (tmp_path / "hits").unlink()
    spool.write(ONE)
    assert len(list(spool.files_to_take_in())) == 1


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
    assert sum(len(path.read_bytes().splitlines()) for path in spool.files_to_take_in()) == kept <= 3


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
    (path,) = spool.files_to_take_in()
    assert path.read_bytes() == ONE.to_line() * 2


def test_a_hit_comes_back_from_its_line_as_it_was() -> None:
    whole = Hit(
        "click", 7, MONDAY, "0a1b2c3d", 3, 0, "HEAD", "2001:db8:1::/48", 'odd "agent"\u2028\x00', {"Accept": "*/*"}
    )
    assert Hit.from_line(whole.to_line()) == whole
    for broken in (b"", b"[]", b"null", b"{", whole.to_line()[:-9], whole.to_line().replace(b"click", b"press")):
        with pytest.raises(ValueError, match=r"."):
            Hit.from_line(broken)
