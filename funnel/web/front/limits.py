"""How long the web server waits for somebody, and how much it keeps for them. For each process."""

from __future__ import annotations

from dataclasses import dataclass

_KILOBYTE, _MEGABYTE = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class FrontLimits:
    """Deadlines in seconds, sizes in bytes.

    `header_seconds`: for a whole head, from the connection's start or the last answer: so for an idle one too.
    `body_seconds`: for a whole body, however it trickles.
    `write_seconds`: for the other side to take anything at all of what waits for it.
    `connections`: open at once; more wait in the kernel's queue until one is closed.
    `head`: of one request. No more than 100 lines of it, which is hyper's limit.
    `body`: the longest that is kept; of a longer one the app is told the length only.
    `small_body`: what every connection may send whatever all the others do; beyond it all share `large_bodies`.
    `passed_over`: what is read, and not kept, of a body that is too long, so that its sender hears why.
    """

    header_seconds: float = 15.0
    body_seconds: float = 20.0
    write_seconds: float = 30.0
    connections: int = 1024
    head: int = 64 * _KILOBYTE
    body: int = _MEGABYTE
    small_body: int = 64 * _KILOBYTE
    large_bodies: int = 32 * _MEGABYTE
    passed_over: int = 16 * _MEGABYTE


LIMITS = FrontLimits()
