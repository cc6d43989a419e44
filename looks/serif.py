"""Makes the serif of pages and web copies: the e-book's own font, cut down to what headings need. `make serif`.

The font is Libertinus Serif Regular (SIL Open Font License 1.1, see `OFL.txt` beside the file). It is taken from the
typesetter that sets the e-book, which carries it inside, so that page and book are set in the same drawing of it.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

STATIC = Path(__file__).parent.parent / "funnel/web/static"
FONT = STATIC / "fonts/libertinus-serif.woff2"
SHEETS = (STATIC / "site.css", STATIC / "letter.css")
NAME = "Libertinus Serif Regular"
# Basic Latin, Latin-1, Latin Extended-A; the commas below of Romanian and the capital sharp s of German; spaces,
# dashes, quotes, bullet, ellipsis, primes; the euro and a few signs; the accents of decomposed text.
CHARACTERS = (
    range(0x20, 0x7F), range(0xA0, 0x180), range(0x218, 0x21C), (0x1E9E,), range(0x300, 0x30D), (0x326, 0x327, 0x328),
    (0x2002, 0x2003, 0x2009, 0x200A, 0x202F), range(0x2010, 0x2016), range(0x2018, 0x201F), (0x2020, 0x2022, 0x2026),
    (0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2116, 0x2122, 0x2190, 0x2192, 0x2212),
)  # fmt: skip
# What CSS switches on by itself: kerning, ligatures, marks, and the forms of a language.
FEATURES = ("calt", "ccmp", "kern", "liga", "locl", "mark", "mkmk")
_IN_A_SHEET = re.compile(r"(fonts/libertinus-serif\.woff2\?v=)\w*")


def source_font() -> bytes | None:
    """The whole font as it lies in the typesetter's program; None where that program does not hold it."""
    spec = find_spec("typst")
    folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec is not None else []
    for program in sorted(path for folder in folders for path in folder.glob("_typst*")):
        for font in _fonts_in(program.read_bytes()):
            if TTFont(io.BytesIO(font))["name"].getDebugName(4) == NAME:
                return font
    return None


def _fonts_in(program: bytes) -> Iterator[bytes]:
    """The OpenType fonts with CFF outlines that stand whole in a program; its table directory says how long each is."""
    place = -1
    while (place := program.find(b"OTTO", place + 1)) >= 0:
        (tables,) = struct.unpack_from(">H", program, place + 4)
        if not 8 <= tables <= 32:
            continue
        directory = [struct.unpack_from(">4sIII", program, place + 12 + 16 * number) for number in range(tables)]
        end = max(offset + length for _, _, offset, length in directory)
        if any(tag == b"CFF " for tag, *_ in directory) and end < 4_000_000:
            yield program[place : place + end]


def make_serif(source: bytes) -> bytes:
    """The WOFF2 of `CHARACTERS`: for the same font and the same libraries, the same bytes."""
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    options = Options()
    options.layout_features = list(FEATURES)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # whose it is, and its licence
    options.notdef_outline = True
    options.recalc_timestamp = False
    wanted = Subsetter(options)
    wanted.populate(unicodes=[code for part in CHARACTERS for code in part])
    wanted.subset(font)
    font.flavor = "woff2"
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()


def name_in_sheets(content: bytes) -> None:
    """Write the mark of this content into the style sheets, as `static_url` does in pages: one address for both."""
    mark = hashlib.sha256(content).hexdigest()[:10]
    for sheet in SHEETS:
        sheet.write_text(_IN_A_SHEET.sub(rf"\g<1>{mark}", sheet.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> int:
    source = source_font()
    if source is None:
        print(f"There is no {NAME} in the typesetter installed here.", file=sys.stderr)
        return 1
    made = make_serif(source)
    FONT.parent.mkdir(exist_ok=True)
    FONT.write_bytes(made)
    name_in_sheets(made)
    print(f"{FONT.name}: {len(made) / 1000:.1f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
