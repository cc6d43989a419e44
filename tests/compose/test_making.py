"""What a folder holds is made as it will be served."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image

from funnel.compose.making import make_files
from funnel.curriculum import parse_library, read_folder
from funnel.settings import starter


def test_the_e_book_holds_the_folders_pictures_and_changes_with_them(tmp_path: Path) -> None:
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
