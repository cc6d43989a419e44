"""The whole service: up, used, wounded, down; and nothing of it left."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from funnel.cli.support.at_work import not_at_work
from funnel.cli.support.folder_lock import FolderLock, announced
from funnel.cli.support.ports import claim_port, free_port
from funnel.cli.support.problems import CannotStart
from funnel.cli.support.running import Running, start_service, web_answers
from funnel.queue import open_redis
from funnel.settings import load_settings
from tests.cli.test_commands import ROOT, funnel_command
from tests.workers.waiting_for import PATIENCE, is_gone, wait_until
from workers.stopping import Stop

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("up")
    settings = load_settings(
        {},
        data_dir=folder / "data",
        web_port=0,
        web_workers=1,
        # Nobody answers there: a lesson that went this way would never come.
        course_mail_url="smtp://127.0.0.1:9?tls=none",
        course_mail_pace="10/s",
    )
    running = start_service(settings, quiet_log=folder / "log", refuse=["dan@example.org"])
    stop = Stop()
    assert (
        not_at_work(running, stop, PATIENCE) == []
    )  # the site answers first; a confirmation is waited for less long below
    stop.close()
    yield running
    running.stop()


def page(url: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    data = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=20) as answer:  # noqa: S310 - our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_site_the_dashboard_and_the_outbox_answer(up: Running) -> None:
    assert page(f"{up.site_url}/")[0] == 200
    assert page(f"{up.site_url}/outbox")[0] == 200
    assert page(up.sign_in_url)[0] == 200
    assert up.alive()


def test_somebody_who_signs_up_gets_a_confirmation_mail(up: Running) -> None:
    form = {
        "email": "ada@example.org",
        "first_name": "Ada",
        "name": "Ada",
        "consent": "yes",
        "timezone": "Europe/Dublin",
    }
    status, _ = page(f"{up.site_url}/offers/course/signup", form)
    folder = up.outbox_dir
    assert status == 200
    assert folder is not None
    wait_until(lambda: any("ada@example.org" in path.read_text() for path in folder.glob("*.eml")))


def test_while_mail_is_caught_lessons_are_caught_too(up: Running) -> None:
    """Whatever way out of their own they have: nothing leaves."""
    folder = up.outbox_dir
    assert folder is not None
    assert up.settings.course_mail_url == ""
    form = {"email": "fay@example.org", "first_name": "Fay", "consent": "yes", "timezone": "Australia/Sydney"}
    page(f"{up.site_url}/offers/course/signup", form)

    def mails() -> list[str]:
        texts = [re.sub(rb"=\r?\n", b"", path.read_bytes()).decode() for path in folder.glob("*.eml")]
        return [text for text in texts if "To: fay@example.org" in text]

    wait_until(lambda: len(mails()) == 1)
    found = re.search(r"http://\S+/confirm/[\w.-]+", mails()[0])
    assert found is not None
    assert page(found[0], {})[0] == 200
    wait_until(lambda: any("List-Unsubscribe: " in text for text in mails()))


def test_the_log_of_all_processes_names_nobody_and_has_no_links(up: Running) -> None:
    form = {"email": "dan@example.org", "first_name": "Dan", "consent": "yes", "timezone": "Europe/Dublin"}
    page(f"{up.site_url}/offers/course/signup", form)  # whose mailbox the catcher refuses
    page(f"{up.site_url}/offers/course/signup", {"email": "gus@example"})
    for path in ("confirm", "p", "u", "c", "sign-in"):
        page(f"{up.site_url}/{path}/fay-canary-0123456789")
    wait_until(lambda: _refused(up.settings.data_dir / "funnel.sqlite3"))
    log = (up.settings.data_dir.parent / "log").read_text()
    assert "the worker takes batches" in log
    assert not re.search(r"@example|canary|/(confirm|p|u|c|o|sign-in)/\S|127\.0\.0\.1:\d+", log)


def _refused(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT 1 FROM delivery WHERE state = 'failed'").fetchall()


def test_the_folder_is_for_this_user_only(up: Running) -> None:
    assert up.settings.data_dir.stat().st_mode & 0o077 == 0
    assert (up.settings.data_dir / "secret-key").stat().st_mode & 0o077 == 0


def test_a_second_one_on_the_same_folder_is_refused(up: Running) -> None:
    with pytest.raises(CannotStart, match=r"already runs on .* \(process \d+\)"):
        start_service(load_settings({}, data_dir=up.settings.data_dir, web_port=0))
    assert up.alive()


def test_a_port_that_is_taken_is_told_with_another_one_to_try(up: Running, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=rf"Port {up.settings.web_port} is taken.*--port {up.settings.web_port + 1}"):
        start_service(load_settings({}, data_dir=tmp_path / "data", web_port=up.settings.web_port))
    FolderLock(tmp_path / "data").take()  # what the failed start had taken is free again


def test_other_commands_find_the_running_service_by_its_folder(up: Running) -> None:
    folder = {"FUNNEL_DATA_DIR": str(up.settings.data_dir)}

    status = funnel_command("status", **folder)
    added = funnel_command("user", "add", "fay@example.org", **folder)

    assert "urgent 0, lessons 0" in status.stdout
    assert "Workers      1 at work" in status.stdout
    assert f"\n{up.site_url}/sign-in/" in added.stdout


def test_a_test_from_a_second_terminal_goes_to_the_same_outbox(up: Running) -> None:
    sent = funnel_command(
        "send-test", "name-the-alarm", "eve@example.org", FUNNEL_DATA_DIR=str(up.settings.data_dir)
    )  # fmt: skip
    folder = up.outbox_dir
    assert folder is not None
    caught = [path.read_text() for path in folder.glob("*.eml") if "To: eve@example.org" in path.read_text()]

    assert sent.returncode == 0
    assert f"It was kept and sent to nobody: {up.site_url}/outbox shows it." in sent.stdout
    assert "Subject: [Test] " in caught[0]


def test_all_is_well_only_while_a_worker_runs(up: Running) -> None:
    def health() -> dict[str, object]:
        status, said = page(f"{up.site_url}/healthz")
        assert status == 200
        found: dict[str, object] = json.loads(said)
        return found

    wait_until(lambda: health()["ok"])
    with open_redis(up.settings.redis_url) as redis:
        redis.delete("funnel:workers")  # as if none had ever sent a heartbeat
    assert (health()["ok"], health()["workers"]) == (False, 0)
    wait_until(lambda: health()["ok"])


@pytest.mark.parametrize("name", ["redis", "catcher", "web", "worker", "clock"])
def test_each_process_that_is_killed_is_started_again(up: Running, name: str) -> None:
    first = up.supervisor.pids()[name]

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: up.supervisor.pids().get(name, first) != first and up.alive())
    assert f"{name} was ended by SIGKILL" in up.deaths
    wait_until(lambda: web_answers(up.settings.web_host, up.settings.web_port))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, marks=pytest.mark.matrix),
        pytest.param(signal.SIGINT, marks=pytest.mark.matrix),
        signal.SIGKILL,
    ],
)
def test_nothing_is_left_when_it_is_asked_to_stop_or_killed(number: signal.Signals, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUNNEL_")}
    command = [sys.executable, "-m", "funnel", "up", "--port", "0", "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(
        command, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if re.search(r"Mail +http", line):
                break
        family = descendants(process.pid)
        assert len(family) >= 7  # redis, catcher, web and its two, worker, clock
        process.send_signal(number)
        code = process.wait(PATIENCE)
    for pid in family:
        wait_until(lambda pid=pid: is_gone(pid))  # type: ignore[misc]
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert announced(tmp_path / "data") == {}


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == pid:
            child = int(status.parent.name)
            found += [child, *descendants(child)]
    return found


def test_a_port_is_claimed_only_where_nobody_listens() -> None:
    port = free_port("127.0.0.1")

    assert claim_port("127.0.0.1", port) == port
    with pytest.raises(CannotStart, match="not an address of this machine"):
        claim_port("192.0.2.1", port)
