"""How long a film lasts is what its header says, and a broken film is found before anybody is led to it."""

from __future__ import annotations

import contextlib
import io
import shutil
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.compose.films import FilmFault, film_seconds
from funnel.compose.folder import examine
from funnel.curriculum import Library, Problem
from funnel.settings import starter
from tests.films import FTYP, box, element, mp4, mvhd, webm

LONG = box(b"mvhd", struct.pack(">IQQIQ", 1 << 24, 0, 0, 90_000, 90_000 * 4000) + bytes(80))
PIECES = box(b"mvex", box(b"mehd", struct.pack(">II", 0, 42_000)))
LATE = struct.pack(">I4sQ", 1, b"mdat", 16 + 300) + bytes(300)
INFO = element("1549a966", element("4489", struct.pack(">f", 61_000)))
FILMS = [
    (".mp4", mp4(1404), 1404),
    (".m4v", mp4(0.2), 1),
    (".mp4", FTYP + LATE + box(b"moov", mvhd(90_400)), 90),
    (".mp4", FTYP + box(b"moov", LONG), 4000),
    (".mp4", FTYP + box(b"moov", mvhd(0) + PIECES), 42),
    (".mp4", FTYP + box(b"moov", mvhd(0xFFFFFFFF)), 0),
    (".mp4", FTYP + box(b"moov", mvhd(5, scale=0)), 0),
    (".mp4", FTYP + box(b"moov", mvhd(9)) + b"\0\0\0\0mdat" + bytes(99), 1),
    (".webm", webm(27.04), 27),
    (".webm", webm(None), 0),
    (".webm", webm(float("nan")), 0),
    (".webm", element("1a45dfa3", b"") + bytes.fromhex("1853806701ffffffffffffff") + INFO, 61),
    (".webm", element("1a45dfa3", b"") + bytes.fromhex("18538067ff") + bytes.fromhex("1f43b675ff"), 0),
]


@pytest.mark.parametrize(("suffix", "content", "seconds"), FILMS, ids=range(len(FILMS)))
def test_the_length_is_what_the_header_says(suffix: str, content: bytes, seconds: int) -> None:
    assert film_seconds(io.BytesIO(content), suffix) == seconds


def test_the_starters_clip_lasts_27_seconds() -> None:
    with (starter("sequences") / "assets" / "training.webm").open("rb") as clip:
        assert film_seconds(clip, ".webm") == 27


BROKEN = [
    (".mp4", mp4()[:-1], "ends in the middle"),
    (".mp4", FTYP + box(b"mdat", bytes(9)), "no index"),
    (".mp4", FTYP + box(b"moov", box(b"mvhd", b"")), "cannot be read"),
    (".mp4", FTYP + struct.pack(">I4sQ", 1, b"mdat", 3), "cannot be read"),
    (".webm", webm()[:-1], "ends in the middle"),
    (".webm", b"\x1a\x45\xdf\xa3\x80", "cannot be read"),
    (".webm", b"\x1a\x45\xdf\xa3\x00\x00", "cannot be read"),
]


@pytest.mark.parametrize(("suffix", "content", "fault"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_film_says_what_is_wrong(suffix: str, content: bytes, fault: str) -> None:
    with pytest.raises(FilmFault, match=fault):
        film_seconds(io.BytesIO(content), suffix)


@given(
    st.sampled_from([(".mp4", mp4()), (".webm", webm())]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=12),
    st.integers(0, 300),
)
def test_no_film_however_garbled_is_more_than_a_fault(
    film: tuple[str, bytes], changes: list[tuple[int, int]], length: int
) -> None:
    content = bytearray(film[1])
    for place, value in changes:
        content[place % len(content)] = value
    with contextlib.suppress(FilmFault):
        assert film_seconds(io.BytesIO(bytes(content[:length])), film[0]) >= 0


def examined(root: Path, film: bytes, said: str) -> tuple[Library | None, list[Problem]]:
    shutil.copytree(starter("sequences"), root)
    (root / "assets" / "talk.webm").write_bytes(film)
    (root / "assets" / "training.toml").write_text(
        f'title = "A talk"\nvideo = "talk.webm"\ncaptions = "training.en.vtt"\n{said}\n', encoding="utf-8"
    )
    library, problems = examine(root, starter("templates"), "https://letters.example.org")
    return library, [problem for problem in problems if "assets/t" in problem.path]


def test_check_says_where_words_and_file_differ(tmp_path: Path) -> None:
    library, problems = examined(tmp_path / "right", webm(1380), "minutes = 23")
    assert library is not None
    assert (library.files["talk.webm"].seconds, problems) == (1380, [])
    _, (wrong,) = examined(tmp_path / "wrong", webm(1080), "minutes = 23")
    assert (wrong.path, wrong.line, wrong.severity) == ("assets/training.toml", 4, "warning")
    assert wrong.message == "minutes says 23, and the film lasts 18:00"
    assert examined(tmp_path / "clip", webm(27), "minutes = 23\nstand_in = true")[1] == []


def test_check_says_that_a_film_is_broken_or_has_no_length(tmp_path: Path) -> None:
    _, (broken,) = examined(tmp_path / "broken", webm()[:-1], "")
    assert (broken.path, broken.severity) == ("assets/talk.webm", "error")
    assert "ends in the middle" in broken.message
    _, (unknown,) = examined(tmp_path / "unknown", webm(None), "")
    assert (unknown.path, unknown.severity, unknown.code) == ("assets/talk.webm", "warning", "no-length")
