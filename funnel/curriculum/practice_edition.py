"""The practice's own edition as plain data: everything of a folder but its sequences, each of which has its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, time
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from funnel.curriculum.model import Library, Sequence

_NOT_IN_IT = ("sequences", "assets")
_NOT_SEEN = "texts"  # whatever readers see of them is in the other parts; the rest are comments, and where lines stand


def practice_source(library: Library) -> dict[str, Any]:
    """What `library` says beside its sequences, as data that `json` can write; the same for the same content."""
    files = {name: file.in_an_edition() for name, file in library.files.items()}
    parts = {name: adapter.dump_python(getattr(library, name)) for name, adapter in _adapters().items()}
    parts["files"] = _adapters()["files"].dump_python(files)
    plain: dict[str, Any] = json.loads(json.dumps(parts, default=_plain))
    return plain


def library_from(source: Mapping[str, Any], sequences: Mapping[str, Sequence]) -> Library:
    """The library `practice_source` was made from, with these sequences. Raises ValueError for anything else.

    A part that no edition had yet when this one was published is as if there were none; a part of a later version is
    passed over.
    """
    parts = {name: adapter.validate_python(source[name]) for name, adapter in _adapters().items() if name in source}
    try:
        return Library(**parts, sequences=sequences, assets=frozenset(parts.get("files", ())))
    except TypeError as error:
        raise ValueError(f"this is no edition of a practice: {error}") from None


def practice_hash(source: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of what readers see of what `practice_source` gave."""
    seen = {name: part for name, part in source.items() if name != _NOT_SEEN}
    canonical = json.dumps(seen, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    """How each part of a library is written and read."""
    # The annotations of the model are texts; what they name stands in its own module, which get_type_hints looks into.
    hints = get_type_hints(Library)
    return {each.name: TypeAdapter(hints[each.name]) for each in fields(Library) if each.name not in _NOT_IN_IT}


def _plain(value: object) -> object:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written into an edition")
