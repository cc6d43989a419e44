"""Reads the whole body of a request, within a deadline and a bound, while no thread waits for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from funnel.web.front.limits import FrontLimits
from funnel.web.front.rsgi import RsgiExchange, Scope


class TooSlow(Exception):
    """The body was not whole in time."""


class CutOff(Exception):
    """The sender was gone before the body was whole."""


class TooBusy(Exception):
    """Others' large bodies take all the memory there is for them."""


@dataclass(frozen=True, slots=True)
class WholeBody:
    """What was sent: `length` is true even where that was too long to be kept, and `kept` is empty then."""

    kept: bytes
    length: int


NO_BODY = WholeBody(b"", 0)


class BodyReader:
    """Reads bodies for one process, and counts what they hold beyond what each may have anyway."""

    def __init__(self, limits: FrontLimits) -> None:
        self._limits = limits
        self.large = 0  # bytes

    async def read(self, scope: Scope, proto: RsgiExchange) -> WholeBody:
        """The body, and `release` has to be called once it is done with. Raises TooSlow, CutOff or TooBusy.

        One that is too long is read on for a while and thrown away: who is cut off while they still send never sees
        the answer. Who asks first (Expect: 100-continue) need not send it.
        """
        declared = _declared(scope)
        if declared is not None and declared > self._limits.body and "expect" in scope.headers:
            return WholeBody(b"", declared)
        parts: list[bytes] = []
        reading = _Reading()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                await self._read(proto, parts, reading)
        except TimeoutError:
            if reading.length <= self._limits.body:
                self._free(reading.kept)
                raise TooSlow from None
        except BaseException:
            self._free(reading.kept)
            raise
        if reading.length > self._limits.body:
            self._free(reading.kept)
            return WholeBody(b"", max(reading.length, declared or 0))
        if reading.ends != 1 if declared is None else reading.length != declared:
            self._free(reading.kept)
            raise CutOff
        return WholeBody(b"".join(parts), reading.length)

    def release(self, body: WholeBody) -> None:
        self._free(len(body.kept))

    async def _read(self, proto: RsgiExchange, parts: list[bytes], reading: _Reading) -> None:
        async for part in proto:
            if not part:
                # Once at the end; where the connection broke, once for that and once for the end. Trailers after
                # chunks, which nobody sends, look the same.
                reading.ends += 1
                continue
            reading.length += len(part)
            if reading.length <= self._limits.body:
                self._take(reading.kept, reading.length)
                reading.kept = reading.length
                parts.append(part)
            elif parts:
                parts.clear()
            if reading.length > self._limits.passed_over:
                return

    def _take(self, before: int, after: int) -> None:
        more = self._beyond(after) - self._beyond(before)
        if self.large + more > self._limits.large_bodies:
            raise TooBusy
        self.large += more

    def _free(self, kept: int) -> None:
        self.large -= self._beyond(kept)

    def _beyond(self, length: int) -> int:
        return max(0, length - self._limits.small_body)


@dataclass(slots=True)
class _Reading:
    length: int = 0
    kept: int = 0
    ends: int = 0


def has_body(scope: Scope) -> bool:
    """RFC 9112, 6: either header says that a body follows, whatever the method."""
    return "transfer-encoding" in scope.headers or scope.headers.get("content-length", "0") != "0"


def _declared(scope: Scope) -> int | None:
    """Content-Length, which hyper has checked, and which counts for nothing beside Transfer-Encoding."""
    if "transfer-encoding" in scope.headers:
        return None
    return int(scope.headers.get("content-length", "0"))
