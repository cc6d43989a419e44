"""Brings the catalogues up to date with the texts in code and templates. Only this writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

# What readers never see: the dashboard, the preview, and what is typed at a terminal is in English.
_METHODS = [
    ("dashboard/**", "ignore"),
    ("preview/**", "ignore"),
    ("**.py", "python"),
    ("**.html", "jinja2"),
    ("**.txt", "jinja2"),
]
_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}, "**.txt": {"trimmed": "true", "silent": "false"}}
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of a catalogue: how many texts there are, and how many of them have no translation that counts."""

    path: Path
    texts: int
    missing: int


def texts_of(code: Path, templates: Path) -> Catalog:
    """Every text that readers may see, without a translation: those marked in this package and these templates."""
    found = Catalog(project="funnel", charset="utf-8", fuzzy=False)
    for root in (code, templates):
        for path, message, comments, context in _extracted(root):
            found.add(message, None, [(f"{root.name}/{path}", 0)], auto_comments=comments, context=context)
    return found


def update(language: str, into: Path, code: Path, templates: Path) -> Updated:
    """Writes `<language>.po` with all texts of now; what was translated stays, and what is alike is marked fuzzy."""
    path = into / f"{language}.po"
    texts = texts_of(code, templates)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language.replace("-", "_"))
        catalog.update(texts, update_creation_date=False)
    else:
        catalog = Catalog(locale=language.replace("-", "_"), project="funnel", charset="utf-8", fuzzy=False)
        catalog.update(texts)
    catalog.obsolete.clear()
    into.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=_WIDTH, sort_by_file=True, include_lineno=False)
    return Updated(path, len(catalog), len(missing(catalog)))


def missing(catalog: Catalog) -> list[str]:
    """The texts without a translation that counts; what is marked fuzzy does not."""
    return [_id_of(message.id) for message in catalog if message.id and (message.fuzzy or not _said(message.string))]


def _said(string: object) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _id_of(message: object) -> str:
    return str(message[0]) if isinstance(message, (tuple, list)) else str(message)


def _extracted(root: Path) -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    found = extract_from_dir(root, _METHODS, _OPTIONS, _KEYWORDS, ("TRANSLATORS:",), strip_comment_tags=True)
    for path, _line, message, comments, context in found:
        yield path, message, comments, context
