"""A portrait and a signature of the practice's own: in several widths, in words too, with nothing of the camera."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from funnel.compose.pictures import NARROWER, make_picture, narrower
from funnel.curriculum import check_library, library_from, practice_source
from tests.curriculum.examples import folder
from tests.web.conftest import Pages, on_one_database
from tests.web.site.test_practice_pages import changed as changed

HOME = (
    "---\ntitle: Come in\nportrait: ada.jpg\nportrait_alt: Ada at her desk\n"
    "signature: hand.png\nsignature_alt: Ada Byron\n---\nText.\n"
)
PLACE = "taken at Exampleton"


def portrait(width: int = 2_400, height: int = 3_000) -> bytes:
    """A photograph in which the camera wrote down where it was taken."""
    drawn = Image.effect_noise((width, height), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = PLACE
    out = io.BytesIO()
    drawn.save(out, "JPEG", exif=exif)
    return out.getvalue()


def signature() -> bytes:
    drawn = Image.new("RGBA", (1_000, 300))
    ImageDraw.Draw(drawn).line((20, 200, 500, 40, 980, 220), fill="#112233", width=9)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def hers(changed: Callable[..., Pages], tmp_path: Path) -> Pages:
    assets = tmp_path / "own" / "assets"
    assets.mkdir(parents=True)
    (assets / "ada.jpg").write_bytes(portrait())
    (assets / "hand.png").write_bytes(signature())
    return changed({"home.md": HOME})


def shown(pages: Pages, kind: str) -> str:
    (tag,) = re.findall(rf'<img class="{kind}"[^>]*>', pages.client.get("/").text)
    return str(tag)


@on_one_database
def test_both_stand_on_the_front_page_in_several_widths_and_in_words(hers: Pages) -> None:
    for kind, words in (("portrait", "Ada at her desk"), ("signature", "Ada Byron")):
        tag = shown(hers, kind)
        assert f'alt="{words}"' in tag
        versions = re.search(r'srcset="([^"]+)" sizes="[\d.]+rem"', tag)
        assert versions is not None
        found = [each.split(" ") for each in versions[1].split(", ")]
        assert [width for _, width in found][:2] == ["240w", "480w"]
        sizes = []
        for address, width in found:
            answer = hers.fetch(address)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"]
            with Image.open(io.BytesIO(answer.data)) as picture:
                assert f"{picture.width}w" == width
            assert PLACE.encode() not in answer.data
            assert b"Exif" not in answer.data
            sizes.append(len(answer.data))
        assert sizes == sorted(sizes)
        assert sizes[-1] <= 300_000
        assert found[-1][0] in tag.partition("srcset")[0]


@on_one_database
def test_an_edition_gives_back_every_width_and_names_no_path(hers: Pages) -> None:
    library = hers.service.library
    source = practice_source(library)
    assert "/own/" not in str(source["files"])
    assert library_from(source, library.sequences).files["ada.jpg"].narrower == library.files["ada.jpg"].narrower
    assert len(library.files["ada.jpg"].narrower) >= 2


def test_an_edition_from_before_there_were_widths_has_its_pictures() -> None:
    library, _ = check_library(folder())
    assert library is not None
    source = practice_source(library)
    source["files"] = {"sea.png": {"digest": "0" * 64, "suffix": ".png", "size": 9, "width": 800, "height": 600}}
    assert library_from(source, library.sequences).files["sea.png"].narrower == ()


def test_a_narrow_picture_and_a_moving_one_are_left_as_they_are() -> None:
    assert narrower(make_picture(portrait(200, 250), "assets/ada.jpg")) == []
    frames = [Image.new("RGB", (900, 300), colour) for colour in ("#112233", "#445566")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert narrower(make_picture(out.getvalue(), "assets/sea.gif")) == []


def test_a_drawing_one_can_see_through_stays_so_in_every_width() -> None:
    made = narrower(make_picture(signature(), "assets/hand.png"))
    assert [each.width for each in made] == list(NARROWER)
    for each in made:
        with Image.open(io.BytesIO(each.content)) as picture:
            assert picture.convert("RGBA").getchannel("A").getpixel((0, 0)) == 0
    assert narrower(make_picture(signature(), "assets/hand.png")) == made


def test_a_signature_needs_its_words() -> None:
    home = HOME.replace("signature_alt: Ada Byron\n", "").encode()
    _, problems = check_library({**folder(), "home.md": home, "assets/ada.jpg": b"", "assets/hand.png": b""})
    assert ["signature_alt" in each.message for each in problems if each.path == "home.md"] == [True]
