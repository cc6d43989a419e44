"""Days and times as a person says them. The patterns are Unicode's (https://unicode.org/reports/tr35/tr35-dates.html)
and stand in the catalogues, where a language says it in its own way: 8:05 Uhr.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from funnel.language.words import N_, SOURCE, _, language

# TRANSLATORS: a pattern of Unicode's for a day, as in "Monday 7 December 2026".
_DAY = N_("EEEE d MMMM y")
# TRANSLATORS: a pattern of Unicode's for a day of this year, as in "Monday 7 December".
_DAY_OF_YEAR = N_("EEEE d MMMM")
# TRANSLATORS: a pattern of Unicode's for a date, as in "7 December 2026".
_DATE = N_("d MMMM y")
# TRANSLATORS: a pattern of Unicode's for a time of day, as in "08:05".
_TIME = N_("HH:mm")


def weekday_in_words(moment: datetime, zone: str) -> str:
    """An aware moment as the day it is on the wall in `zone`: "Monday 7 December 2026", "Montag, 7. Dezember 2026"."""
    return _day(moment.astimezone(ZoneInfo(zone)).date(), _DAY)


def weekday_of(day: date) -> str:
    """A date as people say it: "Monday 7 December 2026"."""
    return _day(day, _DAY)


def date_of(day: date) -> str:
    """The same without the day of the week: "7 December 2026"."""
    return _day(day, _DATE)


def day_without_year(moment: datetime, zone: str) -> str:
    """The same without the year: "Monday 7 December"."""
    return _day(moment.astimezone(ZoneInfo(zone)).date(), _DAY_OF_YEAR)


def date_in_words(moment: datetime, zone: str) -> str:
    """The same without the day of the week: "7 December 2026", "7. Dezember 2026"."""
    return _day(moment.astimezone(ZoneInfo(zone)).date(), _DATE)


def time_in_words(moment: datetime, zone: str) -> str:
    """An aware moment as the time on the wall in `zone`: "08:05", "8:05 Uhr"."""
    local = moment.astimezone(ZoneInfo(zone))
    pattern = _(_TIME)
    # A language that is in no catalogue says it as Unicode knows it does.
    return str(format_time(local.time(), "short" if _unsaid(_TIME, pattern) else pattern, locale=_locale()))


def _day(day: date, pattern: str) -> str:
    said = _(pattern)
    usual = "long" if pattern == _DATE else "full"
    return str(format_date(day, usual if _unsaid(pattern, said) else said, locale=_locale()))


def _unsaid(pattern: str, said: str) -> bool:
    return said == pattern and language().partition("-")[0] != SOURCE


def _locale() -> Locale:
    for code in (language(), language().partition("-")[0]):
        try:
            return Locale.parse(code, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale(SOURCE)
