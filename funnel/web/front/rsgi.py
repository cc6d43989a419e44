"""What the front uses of granian's RSGI (its specification: docs/spec/RSGI.md in granian)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Headers(Protocol):
    """Names in lower case, repeated as they were sent; values that are no text are left out."""

    def __contains__(self, name: str, /) -> bool: ...
    def get(self, name: str, default: str, /) -> str: ...
    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """The head of a request. `path` is decoded; `server` and `client` are host and port."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> Headers: ...


class RsgiExchange(Protocol):
    """The body, as it comes, and one answer, from any thread."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_file_range(
        self, status: int, headers: list[tuple[str, str]], file: str, start: int, end: int
    ) -> None: ...
