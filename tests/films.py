"""The smallest films that are films: containers with a header and nothing to see."""

from __future__ import annotations

import struct

FTYP = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def mvhd(length: int, scale: int = 1000) -> bytes:
    return box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, scale, length) + bytes(80))


def mp4(seconds: float = 90, ftyp: bytes = FTYP) -> bytes:
    return ftyp + box(b"moov", mvhd(round(seconds * 1000))) + box(b"mdat", bytes(64))


def element(kind: str, content: bytes) -> bytes:
    return bytes.fromhex(kind) + struct.pack(">Q", len(content) | 1 << 56) + content


def webm(seconds: float | None = 90, rest: bytes = b"") -> bytes:
    """With `rest` in its cluster; None: its header does not say how long it lasts."""
    length = b"" if seconds is None else element("4489", struct.pack(">d", seconds * 1000))
    info = element("1549a966", element("2ad7b1", b"\x0f\x42\x40") + length)
    return element("1a45dfa3", element("4282", b"webm")) + element("18538067", info + element("1f43b675", rest))
