"""What was promised, as files: the e-book made into a PDF once, and the training with all that belongs to it."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from funnel import __version__
from funnel.compose.pdf import make_ebook
from funnel.curriculum.model import Library
from funnel.settings import Settings

# Making a PDF takes a processor for half a second: the threads of one process make it once.
_MAKING = threading.Lock()
_VIDEO_TYPES = {".webm": "video/webm", ".mp4": "video/mp4", ".m4v": "video/mp4", ".ogv": "video/ogg"}


def ebook_file(settings: Settings, library: Library, name: str) -> Path | None:
    """The PDF of `assets/<name>.md`; made when first asked for, and again when its text or the practice has changed.

    None where there is no such text. Two processes may make it at once: each writes beside it and moves it into
    place whole, so nobody ever reads half a file.
    """
    if f"{name}.md" not in library.assets:
        return None
    text = (settings.sequences_dir / "assets" / f"{name}.md").read_bytes()
    practice = library.practice
    what = (practice.name, practice.language, practice.postal_address, sorted(practice.colours.items()))
    mark = hashlib.sha256(f"{__version__} {what!r}\n".encode() + text).hexdigest()[:16]
    path = settings.data_dir / "assets" / f"{name}-{mark}.pdf"
    with _MAKING:
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        pdf = make_ebook(text, practice, f"assets/{name}.md")
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as draft:
            draft.write(pdf)
        os.replace(draft.name, path)
    return path


@dataclass(frozen=True)
class Chapter:
    """Where a part of the video begins, in whole seconds."""

    start: int
    title: str

    @property
    def clock(self) -> str:
        """As a player shows it: 4:30."""
        return f"{self.start // 60}:{self.start % 60:02d}"


@dataclass(frozen=True)
class Training:
    """`assets/<name>.toml`, read. Paths are None where there is no such file; `minutes` is the talk's length."""

    title: str
    minutes: int
    stand_in: bool
    video: Path | None
    video_url: str | None
    video_type: str | None
    captions: Path | None
    chapters: Path | None
    chapter_list: tuple[Chapter, ...]
    transcript: str

    @property
    def plays_here(self) -> bool:
        """Whether the page can play it: a file of the practice's, or an address that ends like a video file."""
        return self.video is not None or self.video_type is not None

    @property
    def video_origin(self) -> str | None:
        """The site a video comes from that is played here from elsewhere, for the page's security policy."""
        return "/".join(self.video_url.split("/", 3)[:3]) if self.video_url and self.plays_here else None


def read_training(settings: Settings, library: Library, name: str) -> Training | None:
    """The training of that name, or None where there is none."""
    if f"{name}.toml" not in library.assets:
        return None
    folder = settings.sequences_dir / "assets"
    said = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))

    def file(key: str) -> Path | None:
        value = str(said.get(key, ""))
        return folder / value if value in library.assets else None

    video, chapters, transcript = str(said.get("video", "")), file("chapters"), file("transcript")
    return Training(
        title=str(said.get("title", "")),
        minutes=int(said.get("minutes", 0)),
        stand_in=bool(said.get("stand_in", False)),
        video=file("video"),
        video_url=video if video.startswith("https://") else None,
        video_type=_VIDEO_TYPES.get(Path(urlsplit(video).path).suffix.lower()),
        captions=file("captions"),
        chapters=chapters,
        chapter_list=read_chapters(chapters.read_text(encoding="utf-8")) if chapters else (),
        transcript=transcript.read_text(encoding="utf-8") if transcript else "",
    )


def read_chapters(text: str) -> tuple[Chapter, ...]:
    """The cues of a WebVTT chapters file (W3C WebVTT, section 4): the line below each time is the title."""
    lines = text.splitlines()
    return tuple(
        Chapter(_seconds(line.partition("-->")[0].strip()), title.strip())
        for line, title in pairwise(lines)
        if "-->" in line
    )


def _seconds(stamp: str) -> int:
    total = 0.0
    for part in stamp.split(":"):
        total = total * 60 + float(part)
    return int(total)
