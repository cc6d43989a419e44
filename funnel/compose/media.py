"""Files that are served unchanged: whether one is what its suffix says, judged by its first bytes."""

from __future__ import annotations

HEAD = 1024
"""How many bytes of a file `fault_of` asks for."""

# ISO/IEC 14496-12: each box of a film has its size in four bytes, then its type; a film begins with one of these.
_FILM_PARTS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp")
_EBML = b"\x1a\x45\xdf\xa3"  # RFC 8794, the first four bytes of a WebM
_CONVERT = "convert it to .mp4 (H.264) or .webm"


def fault_of(suffix: str, head: bytes) -> str:
    """Why no reader could open a file with this suffix and these first bytes, and what to do; "" if it is fine."""
    if not head:
        return "This file is empty: put the whole of it there"
    if suffix == ".pdf" and b"%PDF-" not in head[:HEAD]:
        return "This is no PDF, whatever its name says: save it as PDF again"
    if suffix in (".mp4", ".m4v"):
        if head[4:8] not in _FILM_PARTS:
            return f"This is no .mp4 film, whatever its name says: {_CONVERT}"
        if head[4:12] == b"ftypqt  ":
            return f"This is a .mov film under another name, and not every browser plays it: {_CONVERT}"
    if suffix == ".webm" and not head.startswith(_EBML):
        return f"This is no .webm film, whatever its name says: {_CONVERT}"
    return ""
