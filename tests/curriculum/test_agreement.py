"""Where readers have to be asked first, check recommends it: by where the practice lives."""

from __future__ import annotations

import pytest

from funnel.curriculum import before_measuring, check_library, read_folder, texts_in
from funnel.settings import starter


def warned(address: str, zone: str, tracking: str = 'tracking = "full"', more: str = "") -> list[str]:
    text = f'name = "A"\npostal_address = "{address}"\nzone = "{zone}"\n{tracking}\n{more}\n'
    return [f"{each.line} {each.severity}" for each in before_measuring({"practice.toml": text})]


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("1 Quay, Cork, Ireland", "America/New_York"),
        ("1 Quay, Cork, Ireland.", "UTC"),
        ("Hauptstr. 1, 10115 Berlin", "Europe/Berlin"),
        ("1 High Street, Leeds, UK", "UTC"),
        ("1 High Street, Leeds, Scotland", "UTC"),
        ("1 High Street, Leeds", "Europe/London"),
        ("1 High Street, Belfast", "Europe/Belfast"),
        ("Storgata 1, Oslo", "Europe/Oslo"),
        ("Laugavegur 1", "Atlantic/Reykjavik"),
        ("Calle 1", "Atlantic/Canary"),
        ("Rue 1, Saint-Denis", "Indian/Reunion"),
        ("", "Europe/Vaduz"),
    ],
)
def test_a_practice_in_the_eea_or_the_uk_is_told_to_ask(address: str, zone: str) -> None:
    assert warned(address, zone) == ["4 warning"]


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("1 Main Street, Wilmington, DE", "America/New_York"),
        ("1 Main Street, Austin, USA", "Europe/Berlin"),
        ("Bahnhofstr. 1, Zürich, Switzerland", "Europe/Berlin"),
        ("Bahnhofstr. 1, 8001 Zürich", "Europe/Zurich"),
        ("1 Road, Tórshavn", "Atlantic/Faroe"),
        ("1 Road, Longyearbyen", "Arctic/Longyearbyen"),
        ("1 Road, Sydney", "Australia/Sydney"),
        ("1 Road", "UTC"),
        ("", ""),
    ],
)
def test_a_practice_elsewhere_is_not(address: str, zone: str) -> None:
    assert warned(address, zone) == []


def test_tracking_clicks_or_by_default_is_warned_of_and_ask_not() -> None:
    assert warned("Cork, Ireland", "UTC", 'tracking = "clicks"') == ["4 warning"]
    assert warned("Cork, Ireland", "UTC", "") == ["1 warning"]
    assert warned("Cork, Ireland", "UTC", 'tracking = "ask"') == []
    assert warned("Cork, Ireland", "UTC", 'tracking = "none"') == []


def test_a_country_is_known_in_the_practices_own_language() -> None:
    assert warned("1 ulica, Zagreb, Kroatien", "UTC", more='language = "de"') == ["4 warning"]


def test_no_file_is_too_odd() -> None:
    for text in ("", "=", "tracking = [1]", "[tracking]\n", 'tracking = "odd"', 'zone = 3\ntracking = "full"'):
        assert before_measuring({"practice.toml": text}) == []
    assert before_measuring({}) == []


def test_the_starter_keeps_full_and_is_told() -> None:
    files, _ = read_folder(starter("sequences"))
    library, problems = check_library(files)
    assert library is not None
    assert (library.practice.tracking, problems) == ("full", [])
    (warning,) = before_measuring(texts_in(files))
    assert (warning.code, warning.severity) == ("measured-unasked", "warning")
    assert 'tracking = "ask"' in warning.fix
