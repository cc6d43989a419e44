"""The serif of headings: small, whole for every Latin language, kept for ever, and nothing jumps when it comes."""

from __future__ import annotations

import io
import re

import pytest
from fontTools.ttLib import TTFont

from funnel.curriculum.languages import is_latin
from funnel.links import Purpose
from looks.serif import FONT, SHEETS, make_serif, source_font
from tests.web.conftest import Pages, Reader, on_one_database

SHEET = SHEETS[0].read_text(encoding="utf-8")
EXTENDED_A = "".join(chr(code) for code in range(0x100, 0x180))


def test_the_file_is_small_and_whole_and_brings_its_licence() -> None:
    content = FONT.read_bytes()
    font = TTFont(io.BytesIO(content))
    shown = set(font.getBestCmap())
    assert len(content) < 60_000
    for text in ("Grüße, Łódź, œuvre, ſ", EXTENDED_A, "„“”‚’‘»«–—…•€ẞșț", "\u00a0\u202f\u2009"):
        assert {ord(sign) for sign in text} - shown == set()
    kept = {record.FeatureTag for name in ("GSUB", "GPOS") for record in font[name].table.FeatureList.FeatureRecord}
    assert kept >= {"kern", "liga", "ccmp", "locl"}
    assert "SIL Open Font License" in font["name"].getDebugName(13)
    assert "SIL OPEN FONT LICENSE Version 1.1" in FONT.with_name("OFL.txt").read_text(encoding="utf-8")


def test_the_file_is_what_the_script_makes_of_the_font_of_the_book() -> None:
    source = source_font()
    if source is None:
        pytest.skip("the typesetter installed here does not bring the font")
    assert make_serif(source) == FONT.read_bytes()


@on_one_database
def test_a_page_loads_the_font_early_and_once_and_the_browser_keeps_it(pages: Pages) -> None:
    front = pages.client.get("/").text
    (early,) = re.findall(
        r'<link rel="preload" href="(/static/fonts/[^"]+)" as="font" type="font/woff2" crossorigin>', front
    )
    named = {found for sheet in SHEETS for found in re.findall(r'url\("(fonts/[^"]+)"\)', sheet.read_text("utf-8"))}
    assert named == {early.removeprefix("/static/")}
    answer = pages.fetch(early)
    assert (answer.status_code, answer.mimetype) == (200, "font/woff2")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.data == FONT.read_bytes()
    for other in ("", "?v=", "?v=0123456789"):
        assert "immutable" not in pages.fetch(early.partition("?")[0] + other).headers["Cache-Control"]


@on_one_database
def test_all_that_a_page_loads_is_kept_for_ever_and_changes_its_address(pages: Pages) -> None:
    head = pages.client.get("/offers/ebook").text.partition("</head>")[0]
    loaded = re.findall(r'(?:href|src)="(/static/[^"]+)"', head)
    assert len(loaded) >= 5
    for address in loaded:
        assert re.search(r"\?v=[0-9a-f]{10}$", address)
        assert "immutable" in pages.fetch(address).headers["Cache-Control"], address
    assert "no-cache" in pages.fetch("/static/practice.css?v=0123456789").headers["Cache-Control"]


def test_what_stands_there_before_the_font_takes_its_room() -> None:
    """Libertinus rises 0.894 em above the line and falls 0.246 below; each font of a machine is made to do the same."""
    rooms = re.findall(
        r"size-adjust: ([\d.]+)%; ascent-override: ([\d.]+)%; descent-override: ([\d.]+)%; line-gap-override: 0%", SHEET
    )
    assert len(rooms) == 3
    for size, above, below in (tuple(float(part) / 100 for part in room) for room in rooms):
        assert size * above == pytest.approx(0.894, abs=0.002)
        assert size * below == pytest.approx(0.246, abs=0.002)
    own = re.search(r'@font-face \{\s*font-family: "Libertinus Serif".*?\}', SHEET, re.S)
    assert own is not None
    assert "font-display: swap" in own[0]


@pytest.mark.parametrize(
    ("tag", "latin"), [("en", True), ("pt-BR", True), ("el", False), ("sr", False), ("sr-Latn", True)]
)
def test_only_a_language_in_latin_letters_needs_it(tag: str, latin: bool) -> None:
    assert is_latin(tag) is latin


@on_one_database
def test_a_letter_has_it_on_the_web_and_may_load_nothing_else_of_others(pages: Pages, ada: Reader) -> None:
    answer = pages.client.get(f"/r/{pages.token(Purpose.WEB_COPY, ada.delivery_id)}")
    (sheet,) = re.findall(r'<link rel="stylesheet" href="(/static/letter\.css\?v=[0-9a-f]{10})">', answer.text)
    assert "immutable" in pages.fetch(sheet).headers["Cache-Control"]
    policy = answer.headers["Content-Security-Policy"]
    assert "font-src 'self'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert policy.endswith("; script-src 'self'")  # the way out at once
