"""Reading the folder: nothing outside it, nothing too large, nothing that is no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from funnel.curriculum import read_folder


def test_texts_are_read_and_media_only_listed(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "practice.toml").write_bytes(b"name = 1")
    (tmp_path / "assets" / "film.webm").write_bytes(b"\x1aE\xdf\xa3")
    (tmp_path / ".hidden").write_bytes(b"x")
    files, found = read_folder(tmp_path)
    assert files == {"practice.toml": b"name = 1", "assets/film.webm": b""}
    assert found == []


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    home = tmp_path / "home"
    outside.mkdir()
    home.mkdir()
    (outside / "secret.md").write_text("secret")
    (home / "a.md").write_text("a")
    (home / "link.md").symlink_to(outside / "secret.md")
    (home / "up.md").symlink_to("../outside/secret.md")
    (home / "folder").symlink_to(outside)
    (home / "round").symlink_to(home)
    (home / "circle.md").symlink_to("circle.md")
    (home / "inside.md").symlink_to("a.md")
    files, found = read_folder(home)
    assert files == {"a.md": b"a", "inside.md": b"a"}
    assert {problem.path: problem.code for problem in found} == {
        "link.md": "link-outside",
        "up.md": "link-outside",
        "folder": "link-outside",
        "circle.md": "link-outside",
        "round": "linked-folder",
    }


def test_too_large_a_file_and_a_pipe_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "large.md").write_bytes(b"x" * 1_000_001)
    os.mkfifo(tmp_path / "pipe.md")
    files, found = read_folder(tmp_path)
    assert files == {}
    assert {problem.code for problem in found} == {"too-large", "not-a-file"}


def test_folders_too_deep_inside_one_another_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a/b/c/d/e/f/g/h").mkdir(parents=True)
    _, found = read_folder(tmp_path)
    assert [problem.code for problem in found] == ["too-deep"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    files, found = read_folder(tmp_path / "nowhere")
    assert files == {}
    assert [problem.code for problem in found] == ["no-folder"]


@pytest.mark.parametrize("name", ["~$week-1.md", "week-1.md~", ".DS_Store", "Thumbs.db", "desktop.ini"])
def test_what_other_programs_leave_is_left_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00")
    assert read_folder(tmp_path) == ({}, [])
