"""The catalogues: one `.po` file for each language, read as it is, so that nothing has to be compiled beforehand.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

from __future__ import annotations

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

import structlog

OURS = Path(__file__).parent / "catalogues"
_folders: tuple[Path, ...] = (OURS,)

log = structlog.get_logger(__name__)


def use_catalogues(own: Path) -> None:
    """Look into this folder too, and there first: a practice may bring languages of its own, or other words."""
    global _folders
    folders = (own, OURS)
    if folders != _folders:
        _folders = folders
        catalogue.cache_clear()


def known_catalogues() -> list[str]:
    """The languages that there is a catalogue for, English not among them: it is what the others translate."""
    return sorted({path.stem for folder in _folders if folder.is_dir() for path in folder.glob("*.po")})


def has_catalogue(language: str) -> bool:
    """Whether readers of this language get our words in it: there is a catalogue for it, or for its main language."""
    return language.partition("-")[0] == "en" or not set(_fallbacks(language)).isdisjoint(known_catalogues())


@lru_cache(maxsize=32)
def catalogue(language: str) -> NullTranslations:
    """The words of a language: its own, then those of its main language (de for de-AT), then the English ones."""
    chain: list[NullTranslations] = []
    for code in _fallbacks(language):
        chain += [read for folder in _folders if (read := _read(folder / f"{code}.po")) is not None]
    first: NullTranslations = NullTranslations()
    for each in reversed(chain):
        if first.__class__ is not NullTranslations:
            each.add_fallback(first)
        first = each
    return first


def _fallbacks(language: str) -> list[str]:
    """The language itself, then without its region, and so on: de-Latn-AT, de-Latn, de."""
    parts = language.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _read(path: Path) -> GNUTranslations | None:
    if not path.is_file():
        return None
    # Babel's reader takes a while to load, and a process that speaks English alone never needs it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    compiled = BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, abort_invalid=True))  # what is marked fuzzy is left out
    except (PoFileError, ValueError, OSError) as error:
        # A mail in English is better than none.
        log.error("a catalogue cannot be read; its language is said in English", catalogue=str(path), error=str(error))
        return None
    compiled.seek(0)
    return GNUTranslations(compiled)
