"""Which file a name means: `download("worksheet")` and `asset: ebook` say it without an ending."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from funnel.curriculum.model import Library

# An e-book in markdown is served as a PDF; these are made for a page and are no download of their own.
_NO_DOWNLOAD = frozenset({".toml", ".vtt"})
_CALL = re.compile(r"""\bdownload\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")


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


def download_names(assets: AbstractSet[str]) -> frozenset[str]:
    """Every name that a download may have in a folder with these assets."""
    names = {name for asset in assets for name in (asset, PurePosixPath(asset).stem)}
    return frozenset(name for name in names if file_named(name, assets) is not None)


def downloads(library: Library) -> dict[str, str]:
    """Every name that an e-book's offer or a lesson uses for a download, and the asset it means, where there is one."""
    names = {offer.asset for offer in library.offers.values() if offer.kind == "ebook" and offer.asset}
    for sequence in library.sequences.values():
        names.update(name for lesson in sequence.lessons for name in _called(lesson.body))
    found = {name: file_named(name, library.assets) for name in names}
    return {name: asset for name, asset in found.items() if asset is not None}


def _called(body: str) -> Iterable[str]:
    return (double or single for double, single in _CALL.findall(body))
