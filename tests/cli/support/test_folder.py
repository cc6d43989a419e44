"""Which folder a command reads, that it says so, and that one practice is not published over another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from funnel.cli import cli
from funnel.cli.support.folder import find_folder
from funnel.cli.support.last_published import Identity, last_published, note_published
from funnel.cli.support.options import settings_with
from funnel.cli.support.prepare import prepare_service
from funnel.settings import load_settings, starter
from tests.cli.test_commands import ROOT, funnel_command, said_of

Run = Callable[..., Result]
HERS = Identity("abcdefghijkl", "Ada Quay", "/home/ada/letters")
OTHERS = Identity("mnopqrstuvwx", "Fay", "/home/fay/letters")
OLD = Identity("", "Ada Quay", "/home/ada/old letters")
STARTER = Identity("", "Harbour Practice", "/usr/lib/funnel", starter=True)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with a space and an umlaut in its path, and nothing set."""
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "Übung eins"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(place: Path) -> Run:
    def run(*arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(cli, arguments, input=answer, prog_name="funnel")

    return run


@pytest.fixture
def made(run: Run, place: Path) -> Callable[[str, str], Path]:
    """Makes a folder of somebody's own with `funnel init`."""

    def made(name: str, practice: str) -> Path:
        assert run("init", name, "--name", practice).exit_code == 0
        return place / name

    return made


def first_line(result: Result) -> str:
    return result.output.partition("\n")[0]


def test_argument_then_variable_then_current_folder_decide(
    made: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three, four = (made(name, name) for name in ("one", "two", "three", "four"))
    note_published(settings_with().data_dir, Identity("x", "four", str(four)))
    monkeypatch.setenv("FUNNEL_SEQUENCES_DIR", str(two))
    monkeypatch.chdir(three / "offers")

    found = [find_folder(settings_with(), Path("../../one")), find_folder(settings_with())]
    monkeypatch.delenv("FUNNEL_SEQUENCES_DIR")
    found.append(find_folder(settings_with()))
    monkeypatch.chdir(one.parent)
    found.append(find_folder(settings_with()))

    assert [each.path for each in found] == [one, two, three, four]
    assert [each.practice.name for each in found] == ["one", "two", "three", "four"]
    assert [each.why for each in found] == [
        "as you said", "FUNNEL_SEQUENCES_DIR", "you are in a folder of it", "published last",
    ]  # fmt: skip


def test_without_a_folder_of_ones_own_it_is_the_starter(run: Run, place: Path) -> None:
    assert first_line(run("check")) == (
        f"Harbour Practice, in {starter('sequences')} (the starter, for no folder of your own was named or found)"
    )
    note_published(place / "data", Identity("x", "Ada Quay", str(place / "moved away")))
    assert f"the folder published last is gone: {place}/moved away" in first_line(run("check"))


def test_a_folder_whose_practice_cannot_be_read_is_still_named(run: Run, place: Path) -> None:
    (place / "practice.toml").write_text("name = ")
    assert first_line(run("check")).startswith("A practice without a name that can be read from practice.toml, in ")


@pytest.mark.parametrize(
    "command",
    [("check",), ("plan",), ("publish", "--yes"), ("rehearse", "ebook-welcome"), ("diff", "ebook-welcome@1")],
    ids=" ".join,
)
def test_every_command_first_names_its_folder_and_practice(
    run: Run, made: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    folder = made("mine", "Ada Quay")
    monkeypatch.chdir(folder)
    run("db", "upgrade")
    run("publish", "--yes")

    assert first_line(run(*command)) == f"Ada Quay, in {folder} (the folder you are in)"


@pytest.mark.parametrize(
    "command", [("check",), ("plan",), ("publish", "--yes"), ("rehearse", "ebook-welcome")], ids=" ".join
)
def test_stdout_is_json_alone_and_stderr_names_the_folder(
    run: Run, made: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(made("mine", "Ada Quay"))
    run("db", "upgrade")

    result = run(*command, "--json")

    json.loads(result.stdout)
    assert result.stderr.startswith("Ada Quay, in ")


def test_inside_the_practices_folder_the_data_is_beside_it(
    made: Callable[[str, str], Path], place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is kept is about people: it does not belong among what is written, checked and perhaps shared."""
    folder = made("mine", "Ada Quay")
    monkeypatch.chdir(folder / "assets")
    assert settings_with().data_dir == place / "data"
    assert settings_with(data_dir=Path("here")).data_dir == folder / "assets" / "here"
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path))
    assert settings_with().data_dir == tmp_path
    monkeypatch.delenv("FUNNEL_DATA_DIR")
    (folder / "assets" / "data").mkdir()  # it is there already, from before
    assert settings_with().data_dir == folder / "assets" / "data"


def test_init_writes_a_new_id_and_the_name_and_nothing_else(made: Callable[[str, str], Path], run: Run) -> None:
    name = 'Ada "Q" Übung \\ Söhne'
    one, two = made("one", name), made("two", "")
    read = [tomllib.loads((folder / "practice.toml").read_text()) for folder in (one, two)]
    original = tomllib.loads((starter("sequences") / "practice.toml").read_text())

    assert len({read[0].pop("id"), read[1].pop("id")}) == 2
    assert (read[0].pop("name"), read[0].pop("sender")) == (name, name)
    assert read[1] == original
    assert read[0] == {key: value for key, value in original.items() if key not in ("name", "sender")}
    assert "id" not in original
    assert run("check", "one").exit_code == 0
    assert run("init", "three", "--name", "x" * 101).exit_code == 2


def test_an_id_that_init_did_not_write_is_an_error_of_the_check(made: Callable[[str, str], Path], run: Run) -> None:
    file = made("mine", "Ada Quay") / "practice.toml"
    file.write_text(file.read_text().replace('id = "', 'id = "My own: ', 1))
    result = run("check", "mine")
    assert result.exit_code == 1
    assert "id is not one that 'funnel init' wrote" in result.output


@pytest.mark.parametrize(
    ("last", "new", "other"),
    [
        (STARTER, HERS, False),  # the starter is nobody's
        (STARTER, Identity("", "Harbour Practice", "/elsewhere", starter=True), False),
        (HERS, STARTER, True),
        (OLD, STARTER, True),
        (HERS, OTHERS, True),
        (HERS, Identity(HERS.id, "Another name", "/moved"), False),
        (HERS, Identity(OTHERS.id, HERS.name, HERS.folder), True),
        (OLD, Identity("", "Another name", OLD.folder), False),
        (OLD, Identity("", OLD.name, "/copied"), True),
        (OLD, Identity(HERS.id, OLD.name, OLD.folder), False),  # it has got one meanwhile
        (HERS, Identity("", HERS.name, HERS.folder), False),
        (HERS, OLD, True),
        (replace(OLD, folder=""), OLD, False),  # published by a version that did not note where from
        (replace(OLD, folder=""), STARTER, True),
        (replace(HERS, folder=""), HERS, False),
        (replace(HERS, folder=""), OTHERS, True),
        (replace(HERS, folder=""), OLD, True),
    ],
)
def test_a_practice_is_known_by_its_id_or_else_by_its_folder(last: Identity, new: Identity, other: bool) -> None:
    assert last.is_other(new) is other


def test_another_practice_is_published_only_when_told_to(run: Run, made: Callable[[str, str], Path]) -> None:
    hers, others = made("hers", "Ada Quay"), made("others", "Fay Sydney")
    run("db", "upgrade")
    assert run("publish", str(starter("sequences")), "--yes").exit_code == 0
    assert run("publish", "hers", "--yes").exit_code == 0

    refused = run("publish", str(starter("sequences")), "--yes")
    other = run("publish", "others", "--yes")
    planned = run("plan", "others")
    again = run("publish", "--yes")
    replaced = run("publish", "others", "--yes", "--replace-practice")

    assert refused.exit_code == other.exit_code == 1
    assert f"Readers get Ada Quay ({hers}) now, and this is the starter" in said_of(refused)
    assert f"Readers get Ada Quay ({hers}) now, and this is Fay Sydney ({others})" in said_of(other)
    assert "add --replace-practice" in said_of(other)
    assert "'funnel publish' will refuse: Readers get Ada Quay" in planned.output
    assert first_line(again) == f"Ada Quay, in {hers} (published last)"
    assert "nothing to publish" in again.output
    assert replaced.exit_code == 0
    assert last_published(settings_with().data_dir) == Identity(
        tomllib.loads((others / "practice.toml").read_text())["id"], "Fay Sydney", str(others)
    )


def test_the_database_knows_what_another_machine_published(run: Run, made: Callable[[str, str], Path]) -> None:
    hers, others = made("hers", "Ada Quay"), made("others", "Fay Sydney")
    run("db", "upgrade")
    run("publish", "hers", "--yes")
    note = settings_with().data_dir / "published.json"
    note.unlink()

    starters = run("publish", "--yes")
    note_published(note.parent, replace(OTHERS, id=tomllib.loads((others / "practice.toml").read_text())["id"]))
    other = run("publish", "others", "--yes")

    assert starters.exit_code == other.exit_code == 1
    assert "Readers get Ada Quay now, and this is the starter" in said_of(starters)
    assert "Readers get Ada Quay now, and this is Fay Sydney" in said_of(other)
    assert "nothing to publish" in run("publish", "hers", "--yes").output
    edited = (hers / "practice.toml").read_text().replace("Ada Quay", "Ada Quay and Fay")
    (hers / "practice.toml").write_text(edited)
    assert run("publish", "hers", "--yes").exit_code == 0


def test_another_practices_edition_is_restored_only_when_told(run: Run, made: Callable[[str, str], Path]) -> None:
    made("hers", "Ada Quay")
    run("db", "upgrade")
    for folder in (str(starter("sequences")), "hers"):
        assert run("publish", folder, "--yes").exit_code == 0

    refused = run("restore", "practice@1", "--yes")
    restored = run("restore", "practice@1", "--yes", "--replace-practice")

    assert refused.exit_code == 1
    assert "Readers get Ada Quay now, and that edition is another practice, Harbour Practice" in said_of(refused)
    assert restored.exit_code == 0
    assert run("restore", "practice@2", "--yes").exit_code == 0  # the starter was nobody's


def test_a_note_that_cannot_be_read_is_no_note(place: Path) -> None:
    for text in ("", "[1]", "{", "\0"):
        (place / "published.json").write_text(text)
        assert last_published(place) is None


def test_the_first_start_remembers_what_it_published(made: Callable[[str, str], Path], place: Path) -> None:
    folder = made("mine", "Ada Quay")
    settings = load_settings({}, data_dir=place / "data", sequences_dir=folder, secret_key="k" * 40)

    prepare_service(settings)

    last = last_published(place / "data")
    assert last is not None
    assert (last.name, last.folder, last.starter) == ("Ada Quay", str(folder), False)


def test_every_command_says_where_files_cannot_be_locked() -> None:
    code = "import sys; sys.modules['fcntl'] = None; from funnel.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "check"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("funnel: This system cannot lock files")
    assert done.stderr.count("\n") == 1
    assert funnel_command("--version").returncode == 0
