"""Files as answers: whole, in part, or unchanged (RFC 9110, sections 13 and 14). Without reading them here.

A player asks for a video in ranges; the one on iPhones plays nothing unless each is answered exactly with 206.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Response, current_app, request
from werkzeug.datastructures import Range
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.utils import send_file

_PART = 64 * 1024
# Several ranges at once are for small pieces of a document. Whoever asks for more gets the whole file, as RFC 9110,
# 14.2 allows: many small or large ones are how a server is made to work for nothing (section 17.15).
_MOST_RANGES, _LONGEST_RANGES = 8, 1 << 20


@dataclass(frozen=True, slots=True)
class FileBody:
    """The bytes of a file from `start` up to, not including, `stop`. The front has the server send them (its thread
    is free by then); any other server reads them from here."""

    path: Path
    start: int
    stop: int

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.stop - self.start
            while left > 0 and (part := file.read(min(_PART, left))):
                left -= len(part)
                yield part


def file_response(
    path: Path, mimetype: str | None, *, max_age: int, as_attachment: bool = False, download_name: str | None = None
) -> Response:
    """200 with the file, 206 with what was asked for of it, 304 or 412. Raises RequestedRangeNotSatisfiable (416)."""
    response: Response = send_file(  # type: ignore[assignment]
        path,
        request.environ,
        mimetype,
        max_age=max_age,
        as_attachment=as_attachment,
        download_name=download_name,
        conditional=False,
        use_x_sendfile=True,  # so that it is not opened
        response_class=current_app.response_class,
    )
    del response.headers["X-Sendfile"]
    size = response.content_length or 0
    response.headers["Accept-Ranges"] = "bytes"
    response.response = FileBody(path, 0, size)
    response.make_conditional(request.environ)
    if response.status_code == 200:
        _in_part(response, path, size)
    elif response.status_code == 412:
        response.set_data(b"")
    return response


def _in_part(response: Response, path: Path, size: int) -> None:
    asked = request.range
    if request.method != "GET" or asked is None or asked.units != "bytes" or not _still_the_same(response):
        return
    ranges = _satisfiable(asked, size)
    if not ranges:
        raise RequestedRangeNotSatisfiable(size)
    if len(ranges) == 1:
        start, stop = ranges[0]
        response.response = FileBody(path, start, stop)
        response.content_length = stop - start
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        response.status_code = 206
    elif len(ranges) <= _MOST_RANGES and sum(stop - start for start, stop in ranges) <= _LONGEST_RANGES:
        _several(response, path, size, ranges)


def _still_the_same(response: Response) -> bool:
    """If-Range: an entity tag that is strong and ours, or exactly our date (RFC 9110, 13.1.5)."""
    said = request.headers.get("If-Range", "").strip()
    return not said or said in (response.headers.get("ETag"), response.headers.get("Last-Modified"))


def _satisfiable(asked: Range, size: int) -> list[tuple[int, int]]:
    """(start, stop) of each range that begins inside the file, stop not included."""
    found = []
    for begin, end in asked.ranges:
        start = max(0, size + begin) if begin < 0 else begin
        if start < size:
            found.append((start, size if end is None else min(end, size)))
    return found


def _several(response: Response, path: Path, size: int, ranges: list[tuple[int, int]]) -> None:
    """multipart/byteranges (RFC 9110, 14.6)."""
    boundary = secrets.token_hex(16)
    kind = response.headers.get("Content-Type", "application/octet-stream")
    parts = []
    for start, stop in ranges:
        head = f"Content-Type: {kind}\r\nContent-Range: bytes {start}-{stop - 1}/{size}"
        parts.append(f"\r\n--{boundary}\r\n{head}\r\n\r\n".encode())
        parts += FileBody(path, start, stop)
    response.set_data(b"".join([*parts, f"\r\n--{boundary}--\r\n".encode()]))
    response.headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    response.status_code = 206
