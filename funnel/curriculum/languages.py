"""Which languages a text can be in: tags of BCP 47, of which every part is one that people use."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale
from babel.core import get_global

from funnel.curriculum.names import nearest

# RFC 5646, 2.1, without extensions and private use, which say nothing that a mail program acts on.
_TAG = re.compile(
    r"(?i)(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)
# No language, several, and an unknown place: in the lists, but nothing a text could be in.
_NONE = frozenset({"und", "mul", "mis", "zxx", "ZZ", "Zzzz", "Zxxx", "Zyyy"})


def read_language(text: str) -> str | None:
    """The tag as it is written (`en`, `de-AT`, `zh-Hant-TW`), whatever its case was; None where it is no known one.

    Known are the languages, scripts and regions of CLDR, as Babel brings them.
    """
    match = _TAG.fullmatch(text)
    if match is None:
        return None
    languages, scripts, regions = _known()
    language = match["language"].lower()
    script, region = (match["script"] or "").title(), (match["region"] or "").upper()
    if language not in languages or (script and script not in scripts) or (region and region not in regions):
        return None
    return "-".join(part for part in (language, script, region) if part) + match["variants"].lower()


def likely_language(text: str) -> str:
    """What may have been meant by a tag that is none: `en_gb` and `english` are told; "" where nothing is near."""
    typed = text.strip().replace("_", "-")
    if (found := read_language(typed)) is not None:
        return found
    first = typed.partition("-")[0]
    # Longer codes of the same language, and codes of before: eng, ger, iw.
    first = get_global("language_aliases").get(first.lower(), first)
    if (found := read_language(first)) is not None:
        return found
    names = _names()
    near = nearest(text, names)
    return names[near] if near is not None and len(text) > 3 else ""


def english_name(tag: str) -> str:
    """What colleagues call a language: "German", "Portuguese (Brazil)"; its tag where it has no name."""
    language, *others = tag.split("-")
    english = Locale("en")
    name = english.languages.get(language)
    if name is None:
        return tag
    more = [str(english.territories.get(part) or english.scripts.get(part) or part) for part in others]
    return f"{name} ({', '.join(more)})" if more else str(name)


@cache
def is_latin(tag: str) -> bool:
    """Whether a language is written in Latin letters: by its tag or as it mostly is; True where nobody knows."""
    language, *others = tag.split("-")
    script = next((part for part in others if len(part) == 4 and part.isalpha()), "")
    likely = get_global("likely_subtags").get(language, "").split("_")
    return (script or (likely[1] if len(likely) > 1 else "Latn")).title() == "Latn"


@cache
def _known() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    english = Locale("en")
    found = [frozenset(map(str, codes)) - _NONE for codes in (english.languages, english.scripts, english.territories)]
    return found[0], found[1], found[2]


@cache
def _names() -> dict[str, str]:
    """Languages by their English names and by their own, such as Deutsch."""
    names = {str(name): str(code) for code, name in Locale("en").languages.items() if len(str(code)) == 2}
    for code in ("de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "cs", "ro", "hu", "tr"):
        own = Locale(code).languages.get(code)
        if own:
            names.setdefault(str(own), code)
    return names
