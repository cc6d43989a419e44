"""The demonstration itself, as somebody would run it: real processes, real mail, minutes of story in seconds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from funnel.clock import open_clock
from funnel.demo.mailbox import MailFolder

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("redis_url")]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`funnel demo` with these arguments and `folder` for temporary files; ended with the test, whatever happens."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUNNEL_")}
    environment |= {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "funnel", "demo", *arguments]
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a Redis socket beneath it."""
    with tempfile.TemporaryDirectory(prefix="fd-", dir="/tmp") as folder:
        yield Path(folder)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.05)


def figures(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return found


def test_eighteen_people_live_through_eight_weeks_and_all_agrees(short_folder: Path) -> None:
    arguments = ("--people", "18", "--weeks", "8", "--seconds", "30", "--exit", "--seed", "7")
    with running(short_folder, *arguments, "--json", str(short_folder / "out.json")) as process:
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    assert "All agrees" in output
    found = figures(short_folder)
    assert found["ok"] is True
    assert (found["people"], found["confirmed"], found["left"]) == (18, 14, 1)  # two look at the quiz and go away
    quiz = found["funnel"]["quiz"]
    assert quiz["visits"] >= quiz["begun"] > quiz["answered"] > quiz["signups"] >= found["results_kept"] >= 1
    assert {found["came_by"][door]["signed_up"] for door in ("iframe", "script")} != {0}
    assert found["breaks"] == 2
    assert found["readings"] >= 1
    assert found["letters_read_again"] > found["readings"]
    assert found["began_again"] == 1
    assert (found["languages_chosen"], found["addresses_changed"]) == (3, 2)
    assert found["taken_back"] == 1
    assert found["sessions_asked"] >= 3
    assert found["sessions_cancelled"] >= 1
    assert found["deliveries"]["accepted"] == found["caught"]
    assert (found["duplicates"], found["missing"], found["problems"]) == (0, 0, [])
    assert sum(stages["booked"] for stages in found["funnel"].values()) == 2
    assert found["expected"] > 10
    assert found["opens"] > 0
    assert found["clicks"] > 0
    assert [path.name for path in short_folder.iterdir()] == ["out.json"], "the folder of the service is gone"


@pytest.mark.matrix
def test_a_lost_mail_and_a_doubled_mail_are_found(short_folder: Path) -> None:
    data, outbox = short_folder / "data", short_folder / "data" / "outbox"
    arguments = ("--people", "8", "--weeks", "8", "--seconds", "12", "--exit", "--seed", "7")
    with running(
        short_folder, *arguments, "--data-dir", str(data), "--json", str(short_folder / "out.json")
    ) as process:
        folder = MailFolder(outbox)
        wait_for(lambda: sum(mail.recipient == "ada@example.org" for mail in folder.caught()) >= 4, process)
        to_ada = [mail.file for mail in folder.caught() if mail.recipient == "ada@example.org"]
        shutil.copy(outbox / to_ada[1], outbox / f"{9_999_999_999}-{'0' * 32}.eml")
        (outbox / to_ada[0]).unlink()
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, output
    found = figures(short_folder)
    assert found["ok"] is False
    assert (found["duplicates"], found["missing"]) == (1, 1), found["problems"]
    assert data.is_dir(), "a folder that was given is kept"
    clock = open_clock("56d/12s", data)
    assert clock.now() == clock.now(), "the story is over, and stays so"


def test_ctrl_c_stops_everything_and_leaves_nothing_behind(short_folder: Path) -> None:
    with running(short_folder, "--people", "8", "--seconds", "60") as process:
        wait_for(lambda: any(short_folder.glob("funnel-demo-*/outbox/*.eml")), process)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, output
    assert list(short_folder.iterdir()) == []
    assert not _processes_in(short_folder)


def test_a_folder_that_is_not_empty_is_refused_and_not_touched(short_folder: Path) -> None:
    (short_folder / "letters.txt").write_text("dear", encoding="utf-8")
    with running(short_folder, "--data-dir", str(short_folder)) as process:
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "is not empty" in output
    assert "Traceback" not in output
    assert [path.name for path in short_folder.iterdir()] == ["letters.txt"]


def _processes_in(folder: Path) -> list[str]:
    """Processes that still work on this folder, by their environment or command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended, or is somebody else's
        if str(folder).encode() in told:
            found.append(process.name)
    return found
