"""Makes a practice's pictures fit for mail and strips everything the camera wrote into them."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from funnel.compose.errors import CompileError
from funnel.compose.picture import MadePicture

NARROWER = (240, 480, 800)  # pixels wide, of the pictures of the front page
LARGEST_SIDE = 1_200  # pixels: the column on a screen of twice the density, and a little more
_MOST_BYTES, _MOST_MOVING = 300_000, 1_000_000
LARGEST_PICTURE, _MOST_PIXELS, _MOST_FRAMES, _MOST_FRAME_PIXELS = 25_000_000, 64_000_000, 200, 60_000_000
_QUALITIES = (84, 78, 70, 62, 54)
_SMALLER = (1.0, 0.8, 0.64, 0.5, 0.4)
# Outlook and older programs show these three but no WebP.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, OverflowError, struct.error)
_SAVE_AS: Final = "Save it as JPEG or PNG and put that into assets/"

# Pillow only warns of a picture that would fill the memory; here that is an error.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def make_picture(content: bytes, path: str) -> MadePicture:
    """The picture to serve: upright, in sRGB, at most 1,200 pixels a side and about 300 kB.

    Takes JPEG, PNG, GIF and WebP; gives JPEG, PNG and GIF, the same bytes for the same content. Nothing the camera
    wrote (place, time, owner) is left. An animated GIF stays animated. Raises CompileError with what to do.
    """
    if len(content) > LARGEST_PICTURE:
        raise CompileError(path, 1, "This picture is over 25 MB: save a smaller copy of it, 2,000 pixels wide")
    if b"<svg" in content[:2_000].lower():
        raise CompileError(path, 1, f"Mail programs do not show SVG. {_SAVE_AS}")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise CompileError(path, 1, f"This picture has over 64 million pixels. {_SMALLER_COPY}")
            if opened.format == "GIF" and getattr(opened, "is_animated", False):
                return _moving(opened, path)
            return _still(opened, path)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise CompileError(path, 1, f"This picture has far too many pixels. {_SMALLER_COPY}") from None
    except UnidentifiedImageError:
        raise CompileError(path, 1, f"This is no JPEG, PNG, GIF or WebP (a .heic is not either). {_SAVE_AS}") from None
    except _BROKEN as error:
        raise CompileError(path, 1, f"This picture is broken ({error}). {_SAVE_AS}") from error


def narrower(made: MadePicture) -> list[MadePicture]:
    """The same picture for smaller screens, the narrowest first; none of one that moves or is narrow itself."""
    widths = [width for width in NARROWER if width <= 0.8 * made.width]
    if made.suffix == ".gif" or not widths:
        return []
    with Image.open(io.BytesIO(made.content), formats=_FORMATS) as opened:
        whole = opened.convert("RGBA" if _see_through(opened.convert("RGBA")) else "RGB")
    found = []
    for width in widths:
        sized = whole.resize((width, max(1, round(made.height * width / made.width))), Image.Resampling.LANCZOS)
        if made.suffix == ".jpg":
            found.append(_saved(sized, "JPEG", quality=_QUALITIES[1], optimize=True, progressive=True))
        else:
            found.append(_saved(sized.quantize(256, method=Image.Quantize.FASTOCTREE), "PNG", optimize=True))
    return [each for each in found if len(each.content) < len(made.content)]


_SMALLER_COPY: Final = "Save a smaller copy of it, 2,000 pixels wide"


def _still(opened: Image.Image, path: str) -> MadePicture:
    opened.draft("RGB", (2 * LARGEST_SIDE, 2 * LARGEST_SIDE))
    upright = _plain(ImageOps.exif_transpose(opened))
    whole = _fitted(upright, LARGEST_SIDE)
    if opened.format != "JPEG":
        see_through = _see_through(whole)
        # A photograph takes a tenth of the space as JPEG; a picture with transparency has to stay a PNG.
        for sized in _sizes(whole) if see_through else (whole,):
            for drawn in (sized, sized.quantize(256, method=Image.Quantize.FASTOCTREE)) if see_through else (sized,):
                made = _saved(drawn, "PNG", optimize=True)
                if len(made.content) <= _MOST_BYTES:
                    return made
    for sized in _sizes(whole.convert("RGB")):
        for quality in _QUALITIES:
            made = _saved(sized, "JPEG", quality=quality, optimize=True, progressive=True)
            if len(made.content) <= _MOST_BYTES:
                return made
    raise CompileError(path, 1, f"This picture cannot be made small enough for mail. {_SMALLER_COPY}")


def _plain(picture: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB, RGBA or grey in sRGB."""
    if picture.mode.startswith(("I", "F")):
        scale = 1 / 257 if picture.mode.startswith("I") else 1.0
        return picture.convert("F").point(lambda value: value * scale).convert("L")
    see_through = "A" in picture.mode or "transparency" in picture.info
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        to = "RGBA" if see_through else "RGB"
        try:
            changed = ImageCms.profileToProfile(
                picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode=to
            )
        except (ImageCms.PyCMSError, *_BROKEN):
            changed = None  # an unreadable profile says nothing about the colours
        if changed is not None:
            return changed
    if see_through:
        return picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L") else picture.convert("RGB")


def _see_through(picture: Image.Image) -> bool:
    return picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255)


def _sizes(picture: Image.Image) -> Iterator[Image.Image]:
    return (_fitted(picture, int(max(picture.size) * share)) for share in _SMALLER)


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    """The picture scaled so that no side is longer than this; a smaller one unchanged."""
    most = max(picture.size)
    if most <= side:
        return picture
    width, height = (max(1, round(length * side / most)) for length in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _saved(picture: Image.Image, kind: str, **options: object) -> MadePicture:
    # A copy of the pixels alone: any metadata would be written out again.
    clean = picture.copy()
    clean.info = {key: value for key, value in picture.info.items() if key == "transparency" and picture.mode == "P"}
    out = io.BytesIO()
    clean.save(out, kind, **options)
    return MadePicture(out.getvalue(), {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif"}[kind], *clean.size)


def _moving(opened: Image.Image, path: str) -> MadePicture:
    frames: list[Image.Image] = []
    times: list[int] = []
    for frame in ImageSequence.Iterator(opened):
        if len(frames) >= _MOST_FRAMES or len(frames) * opened.width * opened.height > _MOST_FRAME_PIXELS:
            raise CompileError(path, 1, "This moving picture is too long: at most 200 pictures, or a smaller one")
        times.append(int(frame.info.get("duration", 100)))
        frames.append(_fitted(frame.convert("RGBA"), LARGEST_SIDE))
    out = io.BytesIO()
    for frame in frames:
        frame.info = {}
    frames[0].save(
        out, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=int(opened.info.get("loop", 1)),
        disposal=2,
    )  # fmt: skip
    if len(out.getvalue()) > _MOST_MOVING:
        raise CompileError(path, 1, "This moving picture is over 1 MB: make it shorter or smaller, or use one still")
    return MadePicture(out.getvalue(), ".gif", *frames[0].size)
