"""Reading JSON that others wrote: every value may be missing, of another type, or far too large."""

from __future__ import annotations

LONGEST_TEXT = 500  # characters; what is stored of a provider's words is no longer


def get_path(value: object, *path: str | int) -> object:
    """What stands under these names and numbers in parsed JSON; None where there is nothing."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def get_text(value: object, *path: str | int, longest: int = LONGEST_TEXT) -> str:
    """The text or number there, without NUL and lone surrogates, which no database takes; "" for anything else."""
    found = get_path(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found)[:longest].replace("\0", "").encode("utf-8", "replace").decode()
