"""Countries: by the zone a reader lives in, and by what people call them."""

from __future__ import annotations

from datetime import date

import pytest

from funnel.curriculum import check_library, zone_names
from funnel.curriculum.countries import country_code, country_of_zone, own_first
from funnel.curriculum.practice import Helpline
from tests.curriculum.examples import PRACTICE, folder


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Dublin", "IE"), ("Australia/Sydney", "AU"), ("America/New_York", "US"), ("US/Eastern", "US"),
        ("Asia/Calcutta", "IN"), ("Asia/Kolkata", "IN"), ("Europe/Belfast", "GB"), ("America/Puerto_Rico", "US"),
        ("Indian/Reunion", "FR"), ("Europe/Kiev", "UA"), ("UTC", ""), ("Etc/GMT+3", ""), ("Mars/Base", ""), ("", ""),
        (None, ""),
    ],
)  # fmt: skip
def test_a_zone_lies_in_a_country_or_in_none(zone: str | None, country: str) -> None:
    assert country_of_zone(zone) == country


def test_nearly_every_zone_that_names_a_place_has_a_country() -> None:
    places = [zone for zone in zone_names() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))]
    lost = [zone for zone in places if not country_of_zone(zone)]
    assert lost == []


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Ireland", "IE"), ("ireland ", "IE"), ("Republic of Ireland", "IE"), ("Éire", "IE"), ("UK", "GB"),
        ("U.K.", "GB"),
        ("United Kingdom", "GB"), ("Great Britain", "GB"), ("Scotland", "GB"), ("Northern Ireland", "GB"),
        ("USA", "US"), ("U.S.A.", "US"), ("United States of America", "US"), ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("Czech Republic", "CZ"), ("Czechia", "CZ"), ("Türkiye", "TR"), ("Turkey", "TR"), ("Côte d'Ivoire", "CI"),
        ("NZ", "NZ"), ("Deutschland", "DE"), ("Worldwide", ""), ("", ""), ("XX", ""), ("world", ""),
    ],
)  # fmt: skip
def test_a_country_is_known_by_what_people_call_it(name: str, country: str) -> None:
    assert country_code(name) == country


def test_a_country_may_be_named_in_the_practices_language() -> None:
    assert country_code("Frankreich", "de") == country_code("Österreich", "de").replace("AT", "FR") == "FR"
    assert country_code("Frankreich") == ""
    assert country_code("Frankreich", "tlh") == ""


@pytest.mark.parametrize(
    ("country", "told"),
    [("Ireland", []), ("U.K.", []), ("Irland", ["unknown-country"]), ("For all", ["unknown-country"])],
)
def test_a_country_that_nobody_knows_is_worth_a_second_look(country: str, told: list[str]) -> None:
    practice = PRACTICE.replace(b'country = "Ireland"', f'country = "{country}"'.encode())
    problems = check_library(folder(practice=practice))[1]
    assert [(p.code, p.severity, p.line) for p in problems if p.code == "unknown-country"] == [
        (code, "warning", 12) for code in told
    ]


def test_helplines_of_ones_own_country_come_first() -> None:
    lines = [
        Helpline(country, name, "1", "", "", date(2026, 1, 1))
        for country, name in (("Ireland", "a"), ("UK", "b"), ("England", "c"), ("Everywhere", "d"))
    ]
    assert [(line.name, own) for line, own in own_first(lines, "GB")] == [
        ("b", True), ("c", True), ("a", False), ("d", False),
    ]  # fmt: skip
    assert [line.name for line, _ in own_first(lines, "")] == ["a", "b", "c", "d"]
