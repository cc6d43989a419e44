"""Whoever may look at the list of processes, as `ps e` and /proc show it, finds no secret there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from funnel.cli.support.ports import free_port
from funnel.cli.support.running import web_answers
from funnel.environment import for_child
from funnel.settings import Settings, load_settings
from tests.cli.here import command_here
from tests.cli.test_commands import ROOT
from tests.servers import redis_server
from tests.workers.waiting_for import wait_until

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows processes as files"),
]
CANARY = "canary0123456789abcdef0123456789abcdefghijk"  # with a sign more, 32 bytes in base64
# Those that say what is wrong with a value are given one that is right.
_VALUES = {
    "FUNNEL_MAIL_URL": f"smtp://ada:{CANARY}@127.0.0.1:9?tls=none",
    "FUNNEL_COURSE_MAIL_URL": f"smtp://ada:{CANARY}@127.0.0.1:9?tls=none",
    "FUNNEL_DATABASE_URL": f"sqlite:///DATA/{CANARY}.sqlite3",
    "FUNNEL_DATA_KEY": f"{CANARY}=",
    "FUNNEL_HOOK_PASSWORD": f"hook:{CANARY}",
    "FUNNEL_HOOK_RESEND_SECRET": f"whsec_{CANARY}",
    "FUNNEL_REPLIES_MAILBOX": f"imaps://ada:{CANARY}@127.0.0.1:9/INBOX",
    "FUNNEL_REPLIES_OAUTH": json.dumps(
        {
            "token_url": "https://127.0.0.1:9/token",
            "client_id": "funnel",
            "client_secret": CANARY,
            "refresh_token": CANARY,
        }
    ),
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "AWS_SESSION_TOKEN": CANARY,
    "PGPASSWORD": CANARY,
}
# Of `funnel up`: it starts a Redis and signs with a key only where it finds none of these.
_ELSEWHERE = {"redis_url", "dkim_key"}


def secrets() -> list[str]:
    """The names of the settings that are never shown."""
    return [
        name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation) or not field.repr
    ]


def test_no_secret_is_shown_where_settings_are_printed(tmp_path: Path) -> None:
    assert {"secret_key", "mail_url", "course_mail_url", "database_url", "redis_url", "hook_password"} <= {*secrets()}
    said = {name: value for name, value in variables(tmp_path).items() if name.startswith("FUNNEL_")}
    assert CANARY not in repr(load_settings(said))


def variables(data: Path) -> dict[str, str]:
    given = {f"FUNNEL_{name.upper()}": CANARY for name in secrets() if name not in _ELSEWHERE} | _VALUES
    given["FUNNEL_DATABASE_URL"] = given["FUNNEL_DATABASE_URL"].replace("DATA", str(data))
    return given


def processes() -> dict[int, int]:
    """Every process of this machine, by number, and who started it."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
    return found


def family(first: int) -> list[int]:
    """The process and all that it started, and those started."""
    parents, found = processes(), [first]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def shown(pid: int) -> str:
    folder = Path(f"/proc/{pid}")
    return (folder / "environ").read_bytes().decode() + (folder / "cmdline").read_bytes().decode()


@contextmanager
def started(command: list[str], given: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FUNNEL_")}
    environment = {**kept, **given, "PYTHONPATH": str(ROOT)}
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "funnel", *command], env=environment, cwd=log.parent, stdout=file, stderr=file
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def test_no_process_of_the_whole_service_shows_a_secret(tmp_path: Path) -> None:
    port, log = free_port("127.0.0.1"), tmp_path / "log"
    given = variables(tmp_path) | {"FUNNEL_DATA_DIR": str(tmp_path / "data"), "FUNNEL_WEB_PORT": str(port)}
    with started(["up"], given, log) as up:
        wait_until(lambda: up.poll() is not None or b"Dashboard" in log.read_bytes())
        assert up.poll() is None, log.read_text()
        everybody = family(up.pid)
        names = [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in everybody]
        assert len(everybody) >= 6, names  # itself, the web server and its two, a worker, the clock, Redis
        assert any("valkey" in name or "redis-server" in name for name in names)
        assert [name for pid, name in zip(everybody, names, strict=True) if CANARY in shown(pid)] == []
    assert CANARY not in log.read_text()


@pytest.mark.parametrize("command", ["web", "worker", "clock"])
def test_no_process_started_alone_shows_a_secret(command: str, tmp_path: Path) -> None:
    port, log = free_port("127.0.0.1"), tmp_path / "log"
    with redis_server() as redis:
        given = variables(tmp_path) | {
            "FUNNEL_DATA_DIR": str(tmp_path / "data"),
            "FUNNEL_REDIS_URL": redis,
            "FUNNEL_WEB_PORT": str(port),
        }
        assert command_here("db", "upgrade", **given).returncode == 0
        ready = {"web": lambda: web_answers("127.0.0.1", port), "worker": lambda: b"takes batches" in log.read_bytes()}
        with started([command], given, log) as process:
            wait_until(lambda: process.poll() is not None or ready.get(command, lambda: b"clock" in log.read_bytes())())
            assert process.poll() is None, log.read_text()
            assert [pid for pid in family(process.pid) if CANARY in shown(pid)] == []
        assert CANARY not in log.read_text()


def test_a_process_is_told_also_what_libraries_read_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("FUNNEL_SECRET_KEY", CANARY)

    environment, told = for_child({"FUNNEL_DATA_DIR": "/srv"})

    assert CANARY not in str(environment)
    assert json.loads(told) == {"AWS_SECRET_ACCESS_KEY": CANARY, "FUNNEL_DATA_DIR": "/srv"}


def test_a_process_reads_its_told_settings_and_libraries_theirs() -> None:
    said = {"FUNNEL_SITE_URL": "https://letters.example.org", "PGPASSWORD": CANARY}
    code = (
        "import os; from pathlib import Path; from funnel.environment import take_settings;"
        "from funnel.settings import load_settings; take_settings();"
        "print(load_settings().site_url, os.environ['PGPASSWORD'], load_settings().web_port,"
        " 'canary' in Path('/proc/self/environ').read_text())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FUNNEL_GIVEN_ON_STDIN": "1", "FUNNEL_WEB_PORT": "8123"}
    environment["AWS_SESSION_TOKEN"] = CANARY

    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        input=json.dumps(said),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["https://letters.example.org", CANARY, "8123", "False"]
