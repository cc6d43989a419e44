"""Pictures of every page a visitor or reader meets, and the contact sheets in docs/images. `make pictures`."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright

from looks.serif import FONT
from looks.stage import SITE, Stage, stage

SHEETS = Path(__file__).parent.parent / "docs/images"
CHROMIUM = "/usr/bin/chromium"
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
_GAP, _LABEL = 28, 34


class Device(NamedTuple):
    """A screen in CSS pixels. On the sheet each picture is `shown` pixels wide, `columns` in a row."""

    width: int
    height: int
    scheme: Literal["light", "dark"]
    shown: int
    columns: int


DEVICES = {
    "desktop": Device(1280, 800, "light", 300, 7),
    "phone": Device(390, 844, "light", 220, 7),
    "dark": Device(390, 844, "dark", 220, 7),
    "narrow": Device(320, 640, "light", 180, 7),
    "desktop-dark": Device(1280, 800, "dark", 300, 7),
}
_ON_SHEETS = ("desktop", "phone", "dark")


def take(browser: Browser, place: Stage, device: Device, names: Iterable[str], *, whole: bool) -> dict[str, bytes]:
    """A PNG of each of these pages: what the screen shows at first or, with `whole`, the page to its end."""
    context = browser.new_context(
        viewport={"width": device.width, "height": device.height}, color_scheme=device.scheme, reduced_motion="reduce"
    )
    context.route("**/*", place.answer)
    page = context.new_page()
    taken = {}
    for name in names:
        page.goto(f"{SITE}/show/{name}")
        page.evaluate("document.fonts.ready")
        taken[name] = page.screenshot(full_page=whole)
    context.close()
    return taken


def sheet(pictures: Mapping[str, bytes], device: Device) -> Image.Image:
    """All pictures side by side, each with its name above."""
    high = round(device.height * device.shown / device.width)
    rows = -(-len(pictures) // device.columns)
    size = (device.columns * (device.shown + _GAP) + _GAP, rows * (high + _LABEL + _GAP) + _GAP)
    ground, ink = ("#d9d6cf", "#333333") if device.scheme == "light" else ("#2a2a2a", "#dddddd")
    made = Image.new("RGB", size, ground)
    draw, font = ImageDraw.Draw(made), ImageFont.truetype(FONT, 20)
    for number, (name, picture) in enumerate(pictures.items()):
        row, column = divmod(number, device.columns)
        left, top = _GAP + column * (device.shown + _GAP), _GAP + row * (high + _LABEL + _GAP)
        draw.text((left, top), name, font=font, fill=ink)
        with Image.open(io.BytesIO(picture)) as opened:
            small = opened.convert("RGB").resize((device.shown, high), Image.Resampling.LANCZOS)
        made.paste(small, (left, top + _LABEL))
    return made


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m looks.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these pages, whole and each in a file of its own")
    parser.add_argument("--to", type=Path, default=Path("data/pictures"), help="where those go (data/pictures)")
    parser.add_argument("--fold", action="store_true", help="of those only what the screen shows at first")
    parser.add_argument("--sequences", type=Path, help="another folder than the starter's")
    parser.add_argument("--language", default="", help="in which the pages are said, such as de")
    said = parser.parse_args(arguments)
    with stage(said.sequences, said.language) as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        if said.names:
            _each(browser, place, said.names, said.to, whole=not said.fold)
        else:
            for name in _ON_SHEETS:
                device = DEVICES[name]
                file = SHEETS / f"pages-{name}.webp"
                sheet(take(browser, place, device, place.pages, whole=False), device).save(file, quality=45, method=6)
                print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")
        browser.close()
    return 0


def _each(browser: Browser, place: Stage, names: list[str], to: Path, *, whole: bool) -> None:
    to.mkdir(parents=True, exist_ok=True)
    for kind, device in DEVICES.items():
        for name, picture in take(browser, place, device, names, whole=whole).items():
            (to / f"{name}-{kind}.png").write_bytes(picture)


if __name__ == "__main__":
    sys.exit(main())
