"""Which file a name means: `download("worksheet")` and `asset: ebook` say it without an ending."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from funnel.curriculum.model import Library

# An e-book in markdown is served as a PDF; these are made for a page and are no download of their own.
_NO_DOWNLOAD = frozenset({".toml", ".vtt"})
_CALL = re.compile(r"""\b(?:download|read)\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")


def file_named(name: str, assets: AbstractSet[str]) -> str | None:
    """The asset that a download called `name` is: the file of this very name, or the one with an ending to it.

    A PDF comes before the markdown that one could be made of. None where there is no such file, or where several could
    be meant.
    """
    if name in assets and PurePosixPath(name).suffix not in _NO_DOWNLOAD:
        return name
    for ending in (".pdf", ".md"):
        if name + ending in assets:
            return name + ending
    found = [asset for asset in assets if PurePosixPath(asset).stem == name]
    found = [asset for asset in found if PurePosixPath(asset).suffix not in _NO_DOWNLOAD]
    return found[0] if len(found) == 1 else None


def said_in(asset: str, language: str, assets: AbstractSet[str]) -> str:
    """The asset that readers of this language get for this one: `ebook.de.md` for `ebook.md`; itself without one."""
    path = PurePosixPath(asset)
    beside = (str(path.with_name(f"{path.stem}.{language}{ending}")) for ending in (path.suffix, ".pdf", ".md"))
    return next((each for each in beside if each in assets), asset)


def language_of(asset: str, assets: AbstractSet[str]) -> str:
    """The language in which this asset stands for another one beside it; "" for one that stands for itself."""
    path = PurePosixPath(asset)
    stem, _, language = path.stem.rpartition(".")
    beside = {str(path.with_name(stem + ending)) for ending in (path.suffix, ".pdf", ".md")} if stem else set()
    return language if beside & assets else ""


def book_source(library: Library, name: str) -> tuple[str, str] | None:
    """Path and text of the e-book in markdown that a download called `name` is, as readers of this library get it.

    None for a file that was brought as it is served, such as a PDF, and in an edition from before texts were kept.
    """
    asset = file_named(name, library.files.keys())
    path = f"assets/{said_in(asset, library.practice.language, library.files.keys())}" if asset else ""
    return (path, library.texts[path]) if path.endswith(".md") and path in library.texts else None


def download_names(assets: AbstractSet[str]) -> frozenset[str]:
    """Every name that a download may have in a folder with these assets."""
    names = {name for asset in assets for name in (asset, PurePosixPath(asset).stem)}
    return frozenset(name for name in names if file_named(name, assets) is not None)


def book_names(assets: AbstractSet[str]) -> frozenset[str]:
    """Those of them that mean an e-book in markdown, which can be read as a page."""
    return frozenset(name for name in download_names(assets) if (file_named(name, assets) or "").endswith(".md"))


def downloads(library: Library) -> dict[str, str]:
    """Every name that an e-book's offer or a lesson uses for a file, and the asset it means, where there is one.

    An asset that stands for one of these in another language has its own name.
    """
    names = {offer.asset for offer in library.offers.values() if offer.kind == "ebook" and offer.asset}
    for sequence in library.sequences.values():
        names.update(name for lesson in sequence.lessons for name in _called(lesson.body))
    found = {name: file_named(name, library.assets) for name in names}
    known = {name: asset for name, asset in found.items() if asset is not None}
    languages = library.practice.languages
    beside = {said_in(asset, code, library.assets) for asset in known.values() for code in languages}
    return known | {asset: asset for asset in sorted(beside - set(known.values()))}


def _called(body: str) -> Iterable[str]:
    return (double or single for double, single in _CALL.findall(body))
