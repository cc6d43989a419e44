"""Where the law asks readers before it is measured what they open: a practice there had better ask, too."""

from __future__ import annotations

from collections.abc import Mapping

from babel.core import get_global

from funnel.curriculum.countries import country_code
from funnel.curriculum.lint.seen import keys_of
from funnel.curriculum.parse.nodes import Scalar, Table
from funnel.curriculum.parse.practice import PATH
from funnel.curriculum.problem import Problem

# Codes of ISO 3166-1. The members of the European Union (Treaty on European Union, article 52) with the parts of them
# that have a code of their own (Treaty on the Functioning of the European Union, articles 349 and 355), the three
# states of the European Free Trade Association in the Agreement on the European Economic Area, and the United Kingdom.
ASKED_FIRST = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "AX", "GF", "GP", "MF", "MQ", "RE", "YT", "IS", "LI", "NO", "GB",
})  # fmt: skip
_MEASURES = ("full", "clicks")


def before_measuring(texts: Mapping[str, str]) -> list[Problem]:
    """A warning where this practice lives in the EEA or the UK and measures without asking; `texts` as of `texts_in`.

    Its country is the last part of the postal address where that names one, else that of its time zone.
    """
    practice = keys_of(PATH, texts.get(PATH, "")) or Table({}, 1, 1)
    entry = practice.entries.get("tracking")
    tracking = _text(practice, "tracking") or "clicks"
    if tracking not in _MEASURES or lives_in(practice) not in ASKED_FIRST:
        return []
    line, column = (entry.key.line, entry.key.column) if entry is not None else (1, 1)
    message = (
        f'tracking is "{tracking}": where the practice is, readers have to agree before it is measured what they '
        f"{'open or ' if tracking == 'full' else ''}press"
    )
    fix = 'Write tracking = "ask": the form then has a second box for it. Or write "none".'
    return [Problem(PATH, line, column, "warning", "measured-unasked", message, fix)]


def lives_in(practice: Table) -> str:
    """The code of the country that a practice lives in, "" where it does not say."""
    last = _text(practice, "postal_address").rpartition(",")[2].strip(" .")
    # Two capitals may be a state's: DE is Delaware, too.
    named = country_code(last, _text(practice, "language") or "en") if len(last) > 2 or last == "UK" else ""
    return named or _territory(_text(practice, "zone"))


def _territory(zone: str) -> str:
    """Where a zone lies: not whose helplines its people call, which `countries.country_of_zone` says."""
    aliases, territories = get_global("zone_aliases"), get_global("zone_territories")
    return str(territories.get(zone) or territories.get(aliases.get(zone, ""), ""))


def _text(table: Table, key: str) -> str:
    entry = table.entries.get(key)
    return entry.value.text.strip() if entry is not None and isinstance(entry.value, Scalar) else ""
