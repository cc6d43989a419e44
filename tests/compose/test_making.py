"""What a folder holds is made as it will be served."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from funnel.compose.making import make_files
from funnel.curriculum import check_library, parse_library, read_folder
from funnel.settings import starter
from tests.films import mp4, webm


def test_the_e_book_holds_its_pictures_and_changes_with_them(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    shutil.copytree(starter("sequences"), root)
    book = root / "assets" / "ebook.md"
    text = book.read_text(encoding="utf-8")

    def digest(colour: str, words: str) -> tuple[str, list[str]]:
        out = io.BytesIO()
        Image.new("RGB", (60, 40), colour).save(out, "PNG")
        (root / "assets" / "my leaf.png").write_bytes(out.getvalue())
        book.write_text(f"{text}\n{words}\n", encoding="utf-8")
        library, _ = parse_library(read_folder(root)[0])
        assert library is not None
        files, problems = make_files(root, library, None)
        return files["ebook.md"].digest if "ebook.md" in files else "", [str(problem) for problem in problems]

    green, problems = digest("green", "![A leaf](<assets/my leaf.png>)")
    assert problems == []
    assert digest("green", "![A leaf](<assets/my leaf.png>)") == (green, [])
    assert digest("red", "![A leaf](<assets/my leaf.png>)")[0] not in ("", green)
    _, (problem,) = digest("red", "![A leaf](<assets/my leaf.jpg>)")
    assert f"assets/ebook.md:{text.count(chr(10)) + 2}:" in problem
    assert "did you mean assets/my leaf.png?" in problem


FILM, TALK = mp4(), webm()
FILES = [
    ("talk.mp4", FILM, ""),
    ("talk.m4v", mp4(ftyp=b"\0\0\0\x10ftypM4V \0\0\0\0"), ""),
    ("talk.webm", TALK, ""),
    ("sheet.pdf", b"%PDF-1.7 a sheet", ""),
    ("sheet.pdf", b"\xef\xbb\xbf\n%PDF-1.4", ""),
    ("sheet.docx", b"PK", ""),
    ("talk.mp4", b"\0\0\0\x14ftypqt  \0\0\0\0", "a .mov film under another name"),
    ("talk.mp4", b"<!doctype html>", "no .mp4 film"),
    ("talk.webm", FILM, "no .webm film"),
    ("talk.mp4", b"", "empty"),
    ("sheet.pdf", b"<!doctype html>", "no PDF"),
    ("sheet.docx", b"", "empty"),
]


@pytest.mark.parametrize(("name", "content", "fault"), FILES, ids=[f"{each[0]} {each[2]}" for each in FILES])
def test_a_file_no_reader_could_open_is_found_beforehand(name: str, content: bytes, fault: str, tmp_path: Path) -> None:
    root = tmp_path / "mine"
    shutil.copytree(starter("sequences"), root)
    (root / "assets" / name).write_bytes(content)
    (root / "assets" / "unused.pdf").write_bytes(b"")
    if name.startswith("talk"):
        training = root / "assets" / "training.toml"
        training.write_text(training.read_text(encoding="utf-8").replace("training.webm", name), encoding="utf-8")
    else:
        lesson = root / "ebook-welcome" / "01-here-it-is.md"
        lesson.write_text(
            f'{lesson.read_text(encoding="utf-8")}\n[x]({{{{ download("{name}") }}}})\n', encoding="utf-8"
        )
    library, _ = parse_library(read_folder(root)[0])
    assert library is not None
    files, problems = make_files(root, library, None)
    assert [(problem.path, fault in problem.message) for problem in problems] == [(f"assets/{name}", True)] * bool(
        fault
    )
    assert (name in files) is not bool(fault)


def test_an_e_book_is_checked_for_what_is_not_understood(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    shutil.copytree(starter("sequences"), root)
    book = root / "assets" / "ebook.md"
    lines = book.read_text(encoding="utf-8").count("\n")
    book.write_text(f"{book.read_text(encoding='utf-8')}\n==Well== <b>now</b>\n", encoding="utf-8")
    found = [each for each in check_library(read_folder(root)[0])[1] if each.path == "assets/ebook.md"]
    assert {(each.line, each.code) for each in found} == {(lines + 2, "markdown"), (lines + 2, "html")}
