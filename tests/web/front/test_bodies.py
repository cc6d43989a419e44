"""A body is read whole, within a bound, and what all bodies hold together has a bound too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from funnel.web.front.bodies import BodyReader, CutOff, TooBusy, TooSlow, WholeBody, has_body
from funnel.web.front.limits import FrontLimits

LIMITS = FrontLimits(body_seconds=0.05, body=100, small_body=10, large_bodies=150, passed_over=1000)


class Sent(dict[str, str]):
    """The headers of a request."""

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return super().get(name, default)

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return list(super().items())


@dataclass
class Request:
    """A request whose body comes in these parts; `stalls` says that nothing follows them, and no end either."""

    parts: Sequence[bytes] = ()
    headers: Sent = field(default_factory=Sent)
    stalls: bool = False
    taken: int = 0
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "127.0.0.1:9"
    scheme: str = "http"
    method: str = "POST"
    path: str = "/"
    query_string: str = ""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            self.taken += 1
            yield part
        if self.stalls:
            await asyncio.Event().wait()
        yield b""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        raise NotImplementedError

    def response_file_range(self, status: int, headers: list[tuple[str, str]], file: str, start: int, end: int) -> None:
        raise NotImplementedError


def sized(*parts: bytes, length: int | None = None, **headers: str) -> Request:
    said = {"content-length": str(sum(map(len, parts)) if length is None else length)}
    return Request(parts, Sent(said | headers))


def chunked(*parts: bytes, stalls: bool = False) -> Request:
    return Request(parts, Sent({"transfer-encoding": "chunked"}), stalls)


def read(reader: BodyReader, request: Request) -> WholeBody:
    return asyncio.run(reader.read(request, request))


def test_a_body_is_kept_whole_with_its_length_or_in_chunks() -> None:
    reader = BodyReader(LIMITS)
    for request in (sized(b"abc", b"de"), chunked(b"abc", b"de")):
        assert read(reader, request) == WholeBody(b"abcde", 5)
    assert reader.large == 0


def test_of_a_body_that_is_too_long_only_the_length_is_told() -> None:
    reader = BodyReader(LIMITS)
    assert read(reader, sized(b"x" * 60, b"x" * 41)) == WholeBody(b"", 101)
    assert read(reader, chunked(b"x" * 60, b"x" * 41)) == WholeBody(b"", 101)
    assert read(reader, sized(b"x" * 60, b"x" * 41, length=5000)) == WholeBody(b"", 5000)
    assert reader.large == 0


def test_an_endless_body_is_read_only_so_far_as_to_refuse_it() -> None:
    endless = chunked(*[b"x" * 100] * 1000)
    assert read(BodyReader(LIMITS), endless).length == 1100
    assert endless.taken == 11
    assert read(BodyReader(LIMITS), chunked(b"x" * 101, stalls=True)).length == 101


def test_who_asks_first_sends_nothing_that_is_too_long() -> None:
    asking = sized(b"x" * 101, expect="100-continue")
    assert read(BodyReader(LIMITS), asking) == WholeBody(b"", 101)
    assert asking.taken == 0


def test_a_body_that_is_not_whole_is_none() -> None:
    reader = BodyReader(LIMITS)
    with pytest.raises(CutOff):
        read(reader, sized(b"x" * 40, length=41))
    with pytest.raises(CutOff):
        read(reader, chunked(b"x" * 40, b""))  # what granian gives where the connection broke, before the end
    with pytest.raises(TooSlow):
        read(reader, chunked(b"x" * 40, stalls=True))
    assert reader.large == 0


def test_large_bodies_share_a_budget_and_small_ones_do_without() -> None:
    reader = BodyReader(LIMITS)
    first = read(reader, sized(b"x" * 100))
    assert reader.large == 90
    with pytest.raises(TooBusy):
        read(reader, sized(b"x" * 60, b"x" * 11))
    assert read(reader, sized(b"x" * 10)) == WholeBody(b"x" * 10, 10)
    reader.release(first)
    assert reader.large == 0
    assert read(reader, sized(b"x" * 71)).length == 71


@pytest.mark.parametrize(
    ("headers", "follows"),
    [
        ({}, False),
        ({"content-length": "0"}, False),
        ({"content-length": "1"}, True),
        ({"transfer-encoding": "x"}, True),
    ],
)
def test_either_header_says_that_a_body_follows(headers: dict[str, str], follows: bool) -> None:
    assert has_body(Request(headers=Sent(headers))) is follows
