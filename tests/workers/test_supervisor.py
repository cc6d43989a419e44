"""The supervisor keeps children alive, stops them in order, and never leaves one behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.workers.waiting_for import is_gone, wait_until
from workers.child import Child, SupervisedProcess
from workers.loglines import LogLines
from workers.supervisor import ChildFailed, Supervisor

_POLITE = """
import signal, sys
def end(*_):
    print("bye", flush=True)
    with open(sys.argv[1], "a") as file: file.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("here", flush=True)
while True: signal.pause()
"""
_STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("here", flush=True)
while True: signal.pause()
"""


def child(name: str, code: str, *arguments: str, **more: object) -> Child:
    return Child(name, (sys.executable, "-S", "-c", code, *arguments), dict(os.environ), **more)  # type: ignore[arg-type]


def supervisor(*groups: list[Child], deaths: list[str] | None = None) -> tuple[Supervisor, io.StringIO]:
    stream = io.StringIO()
    on_fall = None if deaths is None else deaths.append
    return Supervisor(groups, LogLines(stream), on_fall=on_fall), stream


def test_children_stop_stage_by_stage_each_asked_politely(tmp_path: Path) -> None:
    order = tmp_path / "order"
    stages = {"redis": 3, "web": 1, "worker": 2}
    kept, stream = supervisor([child(name, _POLITE, str(order), name, stop_stage=n) for name, n in stages.items()])
    kept.start()
    wait_until(lambda: stream.getvalue().count("here") == 3)

    kept.stop()

    assert order.read_text().split() == ["web", "worker", "redis"]
    assert not kept.alive()


def test_each_line_of_the_log_says_whose_it_is() -> None:
    kept, stream = supervisor([child("a", "print('one\\ntwo', flush=True)\nimport signal; signal.pause()")])
    kept.start()
    wait_until(lambda: "two" in stream.getvalue())
    kept.stop()

    assert "a          | one\n" in stream.getvalue()
    assert "a          | two\n" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_a_child_that_dies_is_told_of_and_started_again(tmp_path: Path) -> None:
    deaths: list[str] = []
    kept, stream = supervisor([child("worker", _POLITE, str(tmp_path / "order"), "worker")], deaths=deaths)
    kept.start()
    wait_until(lambda: "here" in stream.getvalue())
    first = kept.pids()["worker"]

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: kept.pids().get("worker", first) != first)
    kept.stop()

    assert deaths == ["worker was ended by SIGKILL"]
    assert "starting it again in 1 s" in stream.getvalue()


def test_a_child_that_keeps_dying_waits_longer_until_it_is_well() -> None:
    kept = SupervisedProcess(child("web", "raise SystemExit(3)"), LogLines(io.StringIO()))
    delays: list[float] = []

    def fall(looked: float) -> bool:
        delay = kept.poll_exit(looked)
        if delay is not None:
            delays.append(delay)
        return delay is not None

    now = 0.0
    for _ in range(7):
        kept.start(now)
        wait_until(partial(fall, now))
        now += 31
        assert kept.is_due(now)
    assert delays == [1, 2, 4, 8, 16, 30, 30]

    kept.start(now)
    wait_until(partial(fall, now + 61))
    assert delays[-1] == 1


def test_a_stubborn_child_is_ended_when_its_time_is_up() -> None:
    kept, stream = supervisor([child("web", _STUBBORN, stop_seconds=0.3)])
    kept.start()
    wait_until(lambda: "here" in stream.getvalue())
    pid = kept.pids()["web"]

    kept.stop()

    assert is_gone(pid)


def test_a_second_request_ends_everything_at_once() -> None:
    kept, stream = supervisor([child("worker", _STUBBORN, stop_seconds=3600)])
    kept.start()
    wait_until(lambda: "here" in stream.getvalue())
    pid = kept.pids()["worker"]

    kept.ask_to_stop()
    assert not kept.wait(0.3)
    kept.kill()

    assert kept.wait(10)
    assert is_gone(pid)


def test_what_a_dead_child_had_started_goes_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys, pathlib, signal\n"
        "inner = subprocess.Popen([sys.executable, '-S', '-c', 'import signal; signal.pause()'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(inner.pid) + chr(10))\n"
        "signal.pause()\n"
    )
    kept, _ = supervisor([child("web", code, str(note))])
    kept.start()
    wait_until(lambda: note.is_file() and note.read_text().endswith("\n"))
    inner = int(note.read_text())

    os.kill(kept.pids()["web"], signal.SIGKILL)

    wait_until(lambda: is_gone(inner))
    kept.stop()


def test_a_child_never_ready_is_reported_with_its_last_words(tmp_path: Path) -> None:
    broken = child("web", "print('port is taken'); raise SystemExit(1)", ready=lambda: False)
    kept, stream = supervisor([child("redis", _POLITE, str(tmp_path / "order"), "redis")], [broken])

    with pytest.raises(ChildFailed, match=r"web ended with exit code 1[\s\S]*port is taken"):
        kept.start()

    assert not kept.pids()
    assert stream.getvalue().count("starting it again") == 0


def test_a_quiet_child_is_heard_only_when_it_ends_by_itself() -> None:
    code = "print('all is well', flush=True); import signal; signal.pause()"
    deaths: list[str] = []
    kept, stream = supervisor([child("redis", code, quiet=True)], deaths=deaths)
    kept.start()
    wait_until(lambda: list(kept.last_lines("redis")) == ["all is well"])
    assert "all is well" not in stream.getvalue()

    os.kill(kept.pids()["redis"], signal.SIGKILL)
    wait_until(lambda: deaths)
    kept.stop()

    assert "redis      | all is well" in stream.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import os, sys, signal\n"
        "from workers.child import Child\n"
        "from workers.loglines import LogLines\n"
        "from workers.supervisor import Supervisor\n"
        "code = 'import signal; print(\"here\", flush=True); signal.pause()'\n"
        "one = Child('a', (sys.executable, '-S', '-c', code), dict(os.environ))\n"
        "kept = Supervisor([[one, one]], LogLines(sys.stdout))\n"
        "kept.start()\n"
        "print('pids', *[k.pid for g in kept._groups for k in g], flush=True)\n"
        "signal.pause()\n"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    ) as parent:
        assert parent.stdout is not None
        pids: list[int] = []
        here = 0
        for line in parent.stdout:
            if line.startswith("pids"):
                pids = [int(part) for part in line.split()[1:]]
            here += "here" in line
            if len(pids) == 2 and here == 2:
                break
        parent.kill()
        parent.wait()
    for pid in pids:
        wait_until(lambda pid=pid: is_gone(pid))  # type: ignore[misc]


def test_a_child_whose_parent_died_too_early_ends_at_once() -> None:
    tied = Path(__file__).parents[2] / "workers" / "parent_death.py"
    not_the_parent = 1 if os.getpid() != 1 else 2
    ended = subprocess.run(
        [sys.executable, "-I", "-S", str(tied), str(not_the_parent), "", "/bin/echo", "still here"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0, "")
