"""How long a film is, read from its container's header, and whether the file is whole. No frame is decoded.

MP4: ISO/IEC 14496-12, boxes of a size and a type. WebM: RFC 8794 (EBML) and RFC 9559 (Matroska), elements of an
identifier and a size. Both are read by hopping over what is not asked for, so a film of any size costs a few reads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MOST_PARTS = 20_000  # a film in fragments has two boxes for each second or two
_LONGEST_HEAD = 4096  # of a box or element that is read and not only passed over
_CUT_OFF = "The film ends in the middle: copy the whole file there again"
_NO_INDEX = "The film has no index (moov), as when a recording was not closed: export it again"
_UNREADABLE = "The film cannot be read: export it again, as .mp4 (H.264) or .webm"

# Matroska element identifiers, with their length marks.
_SEGMENT, _INFO, _CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_UNKNOWN_SIZE = -1


class FilmFault(ValueError):
    """A film that players could not play to its end; says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A box or an element: what it is, and where its content begins and ends."""

    kind: bytes | int
    start: int
    stop: int


def film_seconds(file: BinaryIO, suffix: str) -> int:
    """How long the film lasts in whole seconds, at least 1; 0 where its header does not say. Raises FilmFault."""
    size = file.seek(0, 2)
    try:
        seconds = _of_webm(file, size) if suffix == ".webm" else _of_mp4(file, size)
    except (struct.error, OverflowError, IndexError) as error:
        raise FilmFault(_UNREADABLE) from error
    if not 0 < seconds < 1_000_000:  # also not a number, and twelve days are no talk
        return 0
    return max(1, round(seconds))


def _of_mp4(file: BinaryIO, size: int) -> float:
    moov = None
    for box in _boxes(file, 0, size):
        if box.stop > size:
            raise FilmFault(_CUT_OFF)
        if box.kind == b"moov":
            moov = box
    if moov is None:
        raise FilmFault(_NO_INDEX)
    scale = length = fragments = 0
    for box in _boxes(file, moov.start, moov.stop):
        if box.kind == b"mvhd":
            scale, length = _scale_and_length(_content(file, box))
        if box.kind == b"mvex":
            heads = [_content(file, each) for each in _boxes(file, box.start, box.stop) if each.kind == b"mehd"]
            fragments = _fragments(heads[0]) if heads else 0
    return (length or fragments) / scale if scale else 0.0


def _scale_and_length(content: bytes) -> tuple[int, int]:
    """Of a movie header (8.2.2): units in a second, and the length in these; all ones say that it is not known."""
    if content[0] == 1:
        scale, length = struct.unpack_from(">IQ", content, 20)
        return scale, 0 if length == 0xFFFFFFFFFFFFFFFF else length
    scale, length = struct.unpack_from(">II", content, 12)
    return scale, 0 if length == 0xFFFFFFFF else length


def _fragments(content: bytes) -> int:
    """Of a film in fragments (8.8.2): its length in units."""
    found: int = struct.unpack_from(">Q" if content[0] == 1 else ">I", content, 4)[0]
    return found


def _boxes(file: BinaryIO, start: int, stop: int) -> Iterator[_Part]:
    at = start
    for _ in range(_MOST_PARTS):
        if at + 8 > stop:
            return
        file.seek(at)
        head = file.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        content = at + 8
        if length == 1:
            length, content = struct.unpack_from(">Q", head, 8)[0], at + 16
        end = stop if length == 0 else at + length
        if end < content:
            raise FilmFault(_UNREADABLE)
        yield _Part(kind, content, end)
        at = end


def _of_webm(file: BinaryIO, size: int) -> float:
    segment = next((part for part in _elements(file, 0, size) if part.kind == _SEGMENT), None)
    if segment is None:
        raise FilmFault(_UNREADABLE)
    if segment.stop > size:
        raise FilmFault(_CUT_OFF)
    stop = size if segment.stop == _UNKNOWN_SIZE else segment.stop
    for part in _elements(file, segment.start, stop):
        if part.kind == _INFO:
            return _info(file, part)
        if part.kind == _CLUSTER or part.stop == _UNKNOWN_SIZE:
            break
    return 0.0


def _info(file: BinaryIO, info: _Part) -> float:
    """RFC 9559, 5.1.2: the length in units of `TimestampScale` nanoseconds, a million unless it says otherwise."""
    scale, length = 1_000_000, 0.0
    for part in _elements(file, info.start, info.stop):
        if part.kind == _SCALE:
            scale = int.from_bytes(_content(file, part))
        if part.kind == _DURATION:
            content = _content(file, part)
            length = struct.unpack({4: ">f", 8: ">d"}.get(len(content), ">d"), content)[0]
    return length * scale / 1e9


def _elements(file: BinaryIO, start: int, stop: int) -> Iterator[_Part]:
    at = start
    for _ in range(_MOST_PARTS):
        if at >= stop:
            return
        file.seek(at)
        head = file.read(12)
        kind, behind = _number(head, 0, keep_mark=True)
        length, behind = _number(head, behind, keep_mark=False)
        content = at + behind
        end = _UNKNOWN_SIZE if length == _UNKNOWN_SIZE else content + length
        yield _Part(kind, content, end)
        if end == _UNKNOWN_SIZE:
            return
        at = end


def _number(head: bytes, at: int, keep_mark: bool) -> tuple[int, int]:
    """A number of variable length (RFC 8794, 4), and where it ends; all ones say that the size is not known."""
    width = 9 - head[at].bit_length()
    if width > 8 or at + width > len(head):
        raise FilmFault(_UNREADABLE)
    found = int.from_bytes(head[at : at + width])
    if not keep_mark:
        found &= (1 << 7 * width) - 1
        found = _UNKNOWN_SIZE if found == (1 << 7 * width) - 1 else found
    return found, at + width


def _content(file: BinaryIO, part: _Part) -> bytes:
    file.seek(part.start)
    return file.read(min(part.stop - part.start, _LONGEST_HEAD))
