"""The commands: each says what it does with an example, and what went wrong in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import funnel
from funnel.cli import COMMANDS, cli
from funnel.cli.support.problems import sentence
from tests.cli.here import command_here
from tests.workers.waiting_for import PATIENCE

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="funnel", catch_exceptions=True)

    return run


def said_of(result: Result) -> str:
    """The sentence in which a command that failed says so to a person."""
    assert result.exception is not None
    return sentence(result.exception) or ""


def all_commands() -> list[tuple[str, ...]]:
    """The way to each command, those inside `db` and `user` too."""
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.list_commands(click.Context(command))]
    return found


def funnel_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, a process of its own; `command_here` does without that."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FUNNEL_")}
    return subprocess.run(
        [sys.executable, "-m", "funnel", *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("way", all_commands(), ids=" ".join)
def test_every_command_has_a_help_with_an_example(run: Run, way: tuple[str, ...]) -> None:
    result = run(*way, "--help")

    assert result.exit_code == 0
    assert "Example: " in result.output
    assert "funnel " + way[0] in result.output.partition("Example: ")[2]


def test_the_version_is_the_package_s(run: Run) -> None:
    assert run("--version").output == f"funnel {funnel.__version__}\n"


def test_a_misspelt_command_is_answered_with_the_nearest(run: Run) -> None:
    result = run("pubish")

    assert result.exit_code == 2
    assert "Did you mean 'funnel publish'?" in result.output


def test_a_misspelt_option_is_answered_with_the_nearest(run: Run) -> None:
    result = run("up", "--worker", "x")

    assert result.exit_code == 2
    assert "--workers" in result.output


def test_the_starter_folder_passes_the_check(run: Run) -> None:
    result = run("check")

    assert result.exit_code == 0
    assert "3 sequences" in result.output


def test_a_broken_folder_fails_the_check_line_by_line(run: Run, tmp_path: Path) -> None:
    run("init", str(tmp_path / "mine"))
    (tmp_path / "mine" / "practice.toml").write_text('name = "Harbour Practice"\nfrom = "nobody"\n')

    told = run("check", str(tmp_path / "mine"))
    as_json = json.loads(run("check", str(tmp_path / "mine"), "--json").stdout)

    assert told.exit_code == 1
    assert f"{tmp_path}/mine/practice.toml:2:" in told.output
    assert as_json["errors"] == sum(problem["severity"] == "error" for problem in as_json["problems"]) > 0


def test_init_makes_a_folder_that_passes_the_check(run: Run, tmp_path: Path) -> None:
    made = run("init", str(tmp_path / "mine"))

    assert made.exit_code == 0
    assert "funnel check" in made.output
    assert run("check", str(tmp_path / "mine")).exit_code == 0


def test_init_never_writes_into_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")

    result = funnel_command("init", str(tmp_path))

    assert result.returncode == 1
    assert result.stderr.startswith("funnel: ")
    assert "not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_folder_without_a_database_is_told_what_to_run(tmp_path: Path) -> None:
    result = command_here("status", FUNNEL_DATA_DIR=str(tmp_path / "data"))

    assert result.returncode == 1
    assert "funnel up" in result.stderr
    assert not (tmp_path / "data").exists()


def test_from_nothing_to_a_published_course_and_an_admin(run: Run, tmp_path: Path) -> None:
    assert run("db", "upgrade").output == "The database has been prepared.\n"
    assert run("db", "upgrade").output == "The database needs nothing.\n"

    asked = run("publish")
    published = run("publish", "--yes")
    again = run("publish", "--yes")
    added = run("user", "add", "ada@example.org")
    status = json.loads(run("status", "--json").stdout)

    assert asked.exit_code == 1  # nobody answered
    assert "anxious-attachment: edition 1 counts from now on." in published.output
    assert "nothing to publish" in again.output
    assert "/sign-in/" in added.output
    assert status["last_tick_seconds_ago"] is None
    assert set(status["deliveries"].values()) == {0}
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o077 == 0


def test_a_sign_in_link_is_not_made_for_what_is_no_address(run: Run) -> None:
    run("db", "upgrade")

    result = run("user", "add", "ada")

    assert result.exit_code == 2
    assert "not an e-mail address" in result.output


def test_too_short_a_password_is_refused_with_a_sentence(run: Run) -> None:
    run("db", "upgrade")
    run("user", "add", "ada@example.org")

    short = run("user", "password", "ada@example.org", "--password", "short")
    good = run("user", "password", "ada@example.org", "--password", "four calm blue boats")

    assert (short.exit_code, good.exit_code) == (1, 0)
    assert "at least 12 characters" in said_of(short)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FUNNEL_WEB_PORT", "eighty", "FUNNEL_WEB_PORT is wrong"),
        ("FUNNEL_DATABASE_URL", "mysql://x", "FUNNEL_DATABASE_URL is wrong"),
        ("FUNNEL_DATABASE_URL", "postgresql://ada:hunter2@127.0.0.1:1/x", "FUNNEL_DATABASE_URL is right"),
        ("FUNNEL_SECRET_KEY_FILE", "/nowhere", "FUNNEL_SECRET_KEY_FILE names /nowhere"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(variable: str, value: str, said: str, tmp_path: Path) -> None:
    result = command_here("status", **{"FUNNEL_DATA_DIR": str(tmp_path), variable: value})

    assert result.returncode == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


def test_a_worker_says_what_it_misses(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    without_mail = run("worker")
    monkeypatch.setenv("FUNNEL_MAIL_URL", "smptp://mail.example.org")
    misspelt = run("worker")
    # A process of its own, for it comes as far as setting up its logs.
    without_redis = funnel_command("worker", FUNNEL_MAIL_URL="memory://", FUNNEL_DATA_DIR=str(tmp_path / "data"))

    assert "FUNNEL_MAIL_URL is not set" in said_of(without_mail)
    assert "FUNNEL_MAIL_URL: the mail address is wrong" in said_of(misspelt)
    assert "FUNNEL_REDIS_URL is not set" in without_redis.stderr


def test_a_worker_checks_the_lessons_mail_url_before_it_begins(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    monkeypatch.setenv("FUNNEL_MAIL_URL", "memory://")
    monkeypatch.setenv("FUNNEL_COURSE_MAIL_URL", "postmark://hunter2?batch=many")
    misspelt = run("worker")

    assert misspelt.exit_code == 1
    assert "FUNNEL_COURSE_MAIL_URL is wrong: " in said_of(misspelt)
    assert "batch must be a number from 1 to 500" in said_of(misspelt)
    assert "hunter2" not in said_of(misspelt)


def test_commands_that_hand_mail_over_never_load_flask() -> None:
    code = "import sys, funnel.cli.worker, funnel.cli.clock, funnel.cli.catcher; print('flask' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True
    )

    assert result.stdout == "False\n"
