"""A practice's own picture is made fit for mail, and nothing of what its camera wrote reaches a reader."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from funnel.compose.errors import CompileError
from funnel.compose.picture import Picture, find_picture
from funnel.compose.pictures import LARGEST_SIDE, make_picture

PATH = "assets/me.jpg"
GPS, ORIENTATION, MAKER = 0x8825, 0x0112, 0x010F


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that no format makes small: the same one every time."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), random.Random(7).randbytes(width * height * bands))


def stored(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_photograph_is_turned_upright_without_camera_data() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "Camera of Ada"
    exif.get_ifd(GPS)[1] = "N"
    photo = Image.new("RGB", (400, 200), "#2f6f6b")
    photo.paste("#ffffff", (0, 0, 40, 200))
    made = make_picture(stored(photo, "JPEG", exif=exif, comment=b"of Ada"), PATH)
    shown = opened(made.content)
    assert (made.suffix, made.width, made.height) == (".jpg", 200, 400) == (".jpg", *shown.size)
    # The camera's left edge is the top.
    assert min(shown.convert("RGB").getpixel((100, 10))) > 240  # type: ignore[arg-type]
    assert not shown.getexif()
    assert b"Ada" not in made.content
    assert b"Exif" not in made.content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_large_picture_comes_out_small_and_fit_for_outlook(kind: str) -> None:
    made = make_picture(stored(noise(1300, 400), kind), PATH)
    assert made.suffix in (".jpg", ".png", ".gif")
    assert opened(made.content).format == {".jpg": "JPEG", ".png": "PNG", ".gif": "GIF"}[made.suffix]
    assert max(made.width, made.height) <= LARGEST_SIDE
    assert len(made.content) <= 300_000


def test_a_drawing_one_can_see_through_stays_one() -> None:
    drawing = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    drawing.paste("#2f6f6b", (10, 10, 90, 90))
    for content in (stored(drawing, "PNG"), stored(drawing, "WEBP", lossless=True)):
        made = make_picture(content, "assets/logo.png")
        assert (made.suffix, made.width, made.height) == (".png", 300, 100)
        assert opened(made.content).convert("RGBA").getpixel((200, 50))[3] == 0  # type: ignore[index]
    busy = make_picture(stored(noise(700, 300, "RGBA"), "PNG"), "assets/logo.png")
    assert busy.suffix == ".png"
    assert len(busy.content) <= 300_000


def test_a_small_picture_keeps_its_size() -> None:
    made = make_picture(stored(Image.new("RGB", (40, 30), "red"), "PNG"), PATH)
    assert (made.suffix, made.width, made.height) == (".png", 40, 30)


def test_a_moving_gif_goes_on_moving() -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    content = stored(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
    made = make_picture(content, "assets/wave.gif")
    moving = opened(made.content)
    assert (made.suffix, getattr(moving, "n_frames", 1)) == (".gif", 3)
    moving.seek(1)
    assert moving.info["duration"] == 200


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16", "YCbCr"])
def test_a_picture_of_any_kind_of_colour_is_made(mode: str) -> None:
    picture = (
        Image.new("L", (50, 50), 200).convert("RGB") if mode in ("CMYK", "YCbCr") else Image.new("L", (50, 50), 200)
    )
    if mode == "I;16":
        content = stored(Image.frombytes("I;16", (50, 50), struct.pack("<H", 200 * 257) * 2500), "PNG")
    else:
        content = stored(picture.convert(mode), "JPEG" if mode in ("CMYK", "YCbCr") else "PNG")
    grey = opened(make_picture(content, PATH).content).convert("L").getpixel((25, 25))
    assert isinstance(grey, int | float)
    assert grey == 255 if mode == "1" else abs(grey - 200) <= 3


def test_the_same_picture_is_made_into_the_same_bytes() -> None:
    content = stored(noise(1300, 300), "JPEG")
    assert make_picture(content, PATH) == make_picture(content, PATH)


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 50,000 pixels wide and high."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no JPEG, PNG, GIF or WebP"),
        (b"\0\0\0\x18ftypheic", "no JPEG, PNG, GIF or WebP"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "do not show SVG"),
        (b"%PDF-1.7", "no JPEG, PNG, GIF or WebP"),
        (stored(noise(300, 300), "JPEG")[:9_000], "broken"),
        (stored(noise(300, 300), "PNG")[:9_000], "broken"),
        (bomb(), "too many pixels"),
        (stored(Image.new("1", (9_000, 9_000)), "PNG"), "64 million"),
        (b"\xff" * 25_000_001, "25 MB"),
    ],
)
def test_what_is_no_picture_for_mail_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(CompileError) as raised:
        make_picture(content, "assets/odd.jpg")
    assert raised.value.path == "assets/odd.jpg"
    assert says in raised.value.message
    assert "ave " in raised.value.message


def test_a_picture_is_shown_at_its_size_up_to_the_column() -> None:
    assert Picture("/a.png", 40, 30).within(552) == (40, 30)
    assert Picture("/a.png", 1200, 600).within(552) == (552, 276)
    assert Picture("/a.png", 9000, 1).within(552) == (552, 1)


def test_a_name_that_is_not_there_is_answered_with_the_nearest() -> None:
    pictures = {"assets/me.jpg": Picture("/media/a.jpg", 10, 10)}
    assert find_picture("assets/me.jpg", pictures) == pictures["assets/me.jpg"]
    assert "did you mean assets/me.jpg?" in str(find_picture("assets/me.jpeg", pictures))
    assert "did you mean assets/me.jpg?" in str(find_picture("me.jpg", pictures))
    assert "put it into assets/" in str(find_picture("https://example.org/x.png", pictures))
