"""The card of an offer: the picture that other sites show beside a link to it (Open Graph, 1,200 by 630 pixels)."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import typst
from PIL import Image

from funnel.compose.fonts import families_for, lend_fonts
from funnel.curriculum.palette import palette
from funnel.curriculum.practice import Practice

WIDTH, HEIGHT = 1200, 630
_SHEET = Path(__file__).with_name("card.typ")
# Latin, Greek, Cyrillic and punctuation: the typesetter's own serif has them. Else this machine's fonts are asked.
_OWN = (range(0x20, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000), range(0x2000, 0x2070), range(0x20A0, 0x20C0))
_LONGEST = 300
_making = Lock()


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says, and all that its picture depends on. `colours` are pairs of a name and #rrggbb."""

    title: str
    kind: str
    practice: str
    language: str
    rtl: bool
    wave: bool
    colours: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, title: str, kind: str, practice: Practice, language: str, *, rtl: bool = False) -> Card:
        """The card of what bears this title, in the practice's colours."""
        title, kind, name = (" ".join(text.split())[:_LONGEST] for text in (title, kind, practice.name))
        return cls(title, kind, name, language, rtl, practice.wave, tuple(sorted(palette(practice.colours).items())))

    @property
    def mark(self) -> str:
        """What tells it from every other card, for its address."""
        said = json.dumps(asdict(self), sort_keys=True).encode() + _sheet()
        return hashlib.sha256(said).hexdigest()[:10]


def card_picture(card: Card) -> bytes:
    """The PNG, the same bytes for the same card and fonts. Made once and kept in memory, some hundred at most."""
    with _making:
        return _made(card)


@cache
def _sheet() -> bytes:
    return _SHEET.read_bytes()


@lru_cache(maxsize=128)
def _made(card: Card) -> bytes:
    text = card.title + card.kind + card.practice
    beyond = {char for char in text if not any(ord(char) in part for part in _OWN)}
    fonts = [font.family for font in families_for(beyond, card.language)] if beyond else []
    said = {
        "title": card.title, "kind": card.kind, "practice": card.practice, "rtl": card.rtl, "wave": card.wave,
        "language": card.language.partition("-")[0], "colour": dict(card.colours), "fonts": fonts,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="card-") as folder:
        place = Path(folder, "card.typ")
        place.write_bytes(_sheet())
        drawn = typst.compile(
            place, root=Path(folder), font_paths=lend_fonts(fonts, Path(folder)), ignore_system_fonts=True,
            format="png", ppi=72.0, sys_inputs={"card": json.dumps(said, ensure_ascii=False, sort_keys=True)},
        )  # fmt: skip
    if not isinstance(drawn, bytes):
        raise TypeError("the typesetter gave no picture")
    return _small(drawn)


def _small(drawn: bytes) -> bytes:
    """The picture in few colours: a third of the size, and nobody sees a difference."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(drawn)) as opened:
        few = opened.convert("RGB").quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(out, "PNG", optimize=True)
    return out.getvalue()
