"""The stage on which pages are looked at: every page is there, and a sheet shows each of them once."""

from __future__ import annotations

import io

from PIL import Image

from looks.pictures import DEVICES, Device, sheet
from looks.stage import stage

GONE = {"expired": 410, "not-here": 404, "not-quite": 422}


def test_every_page_of_the_stage_is_the_page_it_is_named_for() -> None:
    with stage() as place:
        found = {name: show() for name, show in place.pages.items()}
    assert {name: answer.status_code for name, answer in found.items()} == {name: GONE.get(name, 200) for name in found}
    for name, words in (
        ("confirmed", "Thank you"),
        ("left", "no more mails"),
        ("booked", "Thank you"),
        ("result", "lie"),
    ):
        assert words in found[name].text, name


def test_short_pages_are_calm_and_booked_is_among_them() -> None:
    with stage() as place:
        calm = {name for name, show in place.pages.items() if '<main id="main" class="calm"' in show().text}
    assert calm == {
        "thanks",
        "confirm",
        "confirmed",
        "expired",
        "booked",
        "leave",
        "left",
        "not-here",
        "session-thanks",
    }


def test_a_sheet_shows_every_picture_once_in_rows() -> None:
    device = Device(100, 200, "light", 50, 2)
    pictures = {}
    for name, colour in (("one", "#ff0000"), ("two", "#00ff00"), ("three", "#0000ff")):
        out = io.BytesIO()
        Image.new("RGB", (100, 200), colour).save(out, "PNG")
        pictures[name] = out.getvalue()
    made = sheet(pictures, device)
    colours = {colour: count for count, colour in made.getcolors(1 << 20) or ()}
    assert {colours[(255, 0, 0)], colours[(0, 255, 0)], colours[(0, 0, 255)]} == {50 * 100}
    assert {device.scheme for device in DEVICES.values()} == {"light", "dark"}
