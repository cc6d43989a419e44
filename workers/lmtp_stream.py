"""Lines and bodies of an LMTP conversation, read in bounded memory whatever the other side sends."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

_LONGEST_LINE = 2048
_PIECE = 1 << 16
_END = b"\r\n.\r\n"


class LineTooLong(ValueError):
    """A command that does not end."""


class Stream:
    """Both directions of one connection. Every wait ends after `patience` seconds with TimeoutError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float) -> None:
        self._reader, self._writer, self._patience = reader, writer, patience
        self._read = bytearray()  # what came and was not looked at yet

    async def say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode("ascii"))
        async with asyncio.timeout(self._patience):
            await self._writer.drain()

    async def line(self) -> str:
        """The next command, without its end; bytes that are not ASCII become ?. Raises EOFError, LineTooLong."""
        while (end := self._read.find(b"\n")) < 0:
            if len(self._read) > _LONGEST_LINE:
                raise LineTooLong
            await self._more()
        if end > _LONGEST_LINE:
            raise LineTooLong
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return line.decode("ascii", "replace").replace("\ufffd", "?").strip()

    async def body(self, into: BinaryIO, most: int) -> bool:
        """Writes a mail as it was before it was sent (RFC 5321, 4.5.2). False where it is larger than `most`.

        Only CRLF, dot, CRLF ends it: with anything looser somebody could smuggle a second mail into the first.
        """
        unwritten = bytearray(b"\r\n")  # as if a line had ended before, for the first line may begin with a dot
        skip, size = 2, 0
        while True:
            unwritten += self._read
            self._read.clear()
            end = unwritten.find(_END)
            cut = end + 2 if end >= 0 else _safe_cut(unwritten)
            if cut > 0:
                piece = bytes(unwritten[:cut]).replace(b"\r\n..", b"\r\n.")[skip:]
                skip, size = max(0, skip - cut), size + len(piece)
                if size <= most:
                    into.write(piece)
            if end >= 0:
                self._read += unwritten[end + len(_END) :]
                into.flush()
                return size <= most
            del unwritten[: max(0, cut)]
            await self._more()

    async def _more(self) -> None:
        async with asyncio.timeout(self._patience):
            piece = await self._reader.read(_PIECE)
        if not piece:
            raise EOFError
        self._read += piece


def _safe_cut(waiting: bytearray) -> int:
    """How much may be written without cutting through an end, or through the two dots at the beginning of a line."""
    line_end = waiting.rfind(b"\r\n")
    if line_end > 0:
        return line_end
    if line_end == 0 and len(waiting) < len(_END):
        return 0
    return len(waiting) - waiting.endswith(b"\r")
