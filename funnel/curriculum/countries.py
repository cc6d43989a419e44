"""Which country a time zone lies in, and which one somebody means by its name; for helplines, the own country first.

Zones and names are CLDR's, as Babel brings them. Codes are ISO 3166-1, two capitals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.core import get_global

if TYPE_CHECKING:
    from funnel.curriculum.practice import Helpline

# What people call a country, and CLDR does not.
_ALSO = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "usa": "US", "united states of america": "US", "america": "US", "us": "US",
    "republic of ireland": "IE", "eire": "IE", "holland": "NL", "the netherlands": "NL", "czech republic": "CZ",
    "turkey": "TR", "korea": "KR", "republic of korea": "KR", "hong kong": "HK", "macau": "MO", "macao": "MO",
    "burma": "MM", "myanmar": "MM", "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "macedonia": "MK",
    "bosnia": "BA", "uae": "AE", "emirates": "AE", "palestine": "PS", "russian federation": "RU", "viet nam": "VN",
    "east timor": "TL", "vatican": "VA", "brasil": "BR", "espana": "ES", "osterreich": "AT", "deutschland": "DE",
    "schweiz": "CH", "suisse": "CH", "svizzera": "CH", "italia": "IT", "nederland": "NL", "belgie": "BE",
    "belgique": "BE", "polska": "PL", "sverige": "SE", "norge": "NO", "danmark": "DK", "suomi": "FI", "island": "IS",
    "portugal": "PT", "mexico": "MX", "aotearoa": "NZ", "aotearoa new zealand": "NZ", "bharat": "IN",
}  # fmt: skip
# Places whose people reach the helplines of another country.
_BELONGS_TO = {
    "PR": "US", "GU": "US", "VI": "US", "AS": "US", "MP": "US", "IM": "GB", "JE": "GB", "GG": "GB", "AX": "FI",
    "GP": "FR", "MQ": "FR", "GF": "FR", "RE": "FR", "YT": "FR", "PM": "FR", "SJ": "NO", "CX": "AU", "CC": "AU",
    "NF": "AU", "BQ": "NL", "FO": "DK", "GL": "DK",
}  # fmt: skip
_CODE = re.compile(r"[A-Z]{2}")


@lru_cache(maxsize=1024)
def country_of_zone(zone: str | None) -> str:
    """The country a reader in this IANA zone most likely calls in; "" where a zone lies in none, as UTC."""
    if not zone:
        return ""
    aliases, territories = get_global("zone_aliases"), get_global("zone_territories")
    code = territories.get(zone) or territories.get(aliases.get(zone, ""), "")
    return _BELONGS_TO.get(code, code) if code != "ZZ" else ""


@lru_cache(maxsize=1024)
def country_code(name: str, *languages: str) -> str:
    """The code of the country that somebody calls so, in English or in one of these languages; "" if there is none."""
    plain = _plain(name)
    if plain in _ALSO:
        return _ALSO[plain]
    if _CODE.fullmatch(name.strip()) and name.strip() in _names("en").values():
        return name.strip()
    return next((code for language in ("en", *languages) if (code := _names(language).get(plain))), "")


def country_in(language: str, name: str, *languages: str) -> str:
    """What the country that somebody calls so, in English or in one of these languages, is called in `language`.

    The same where no country is known by that name.
    """
    code = country_code(name, *languages)
    return _said(language).get(code, name) if code else name


def own_first(helplines: Iterable[Helpline], country: str, *languages: str) -> list[tuple[Helpline, bool]]:
    """The helplines as they were listed, those of `country` (a code) first and marked so."""
    marked = [(line, bool(country) and country_code(line.country, *languages) == country) for line in helplines]
    return sorted(marked, key=lambda each: not each[1])


@lru_cache(maxsize=8)
def _names(language: str) -> dict[str, str]:
    return {_plain(name): code for code, name in _said(language).items() if _CODE.fullmatch(code) and code != "ZZ"}


@lru_cache(maxsize=8)
def _said(language: str) -> dict[str, str]:
    try:
        return {str(code): str(name) for code, name in Locale.parse(language, sep="-").territories.items()}
    except (ValueError, UnknownLocaleError):
        return {}


def _plain(name: str) -> str:
    """A name without accents, case, points and what stands in brackets."""
    flat = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)", "", name)).casefold()
    return " ".join("".join(char for char in flat if char.isalnum() or char == " ").split())
