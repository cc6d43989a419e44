"""Finds clients, each a program in a network, that opened many readers' mail within a minute. Memory is bounded."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, deque
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network

from funnel.tracking.rules import SHARED_CLIENT_READERS, SHARED_CLIENT_SPAN

Program = tuple[str, str]  # network, user agent
_SWEEP_EVERY = 10_000
# Behind a proxy that hides the readers' networks everybody seems to come from one of these, so they say nothing.
_HOME = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "::/48",
        "fc00::/7",
        "fe80::/10",
    )
)


class SharedClients:
    """For each client, the spans of time in which it was shared."""

    def __init__(self) -> None:
        self._spans: dict[Program, list[tuple[datetime, datetime]]] = {}

    def add(self, program: Program, start: datetime, end: datetime) -> None:
        """Spans come in the order of their ends."""
        spans = self._spans.setdefault(program, [])
        if spans and start <= spans[-1][1]:
            spans[-1] = (min(start, spans[-1][0]), max(end, spans[-1][1]))
        else:
            spans.append((start, end))

    def hold(self, program: Program, at: datetime) -> bool:
        spans = self._spans.get(program, [])
        index = bisect_right(spans, at, key=lambda span: span[0]) - 1
        return index >= 0 and at <= spans[index][1]


class _Minute:
    """One client's last minute: its hits in order, and how many there were for each reader."""

    def __init__(self) -> None:
        self.hits: deque[tuple[datetime, int]] = deque()
        self.readers: Counter[int] = Counter()

    def take(self, at: datetime, reader: int, oldest: datetime) -> None:
        while self.hits and self.hits[0][0] < oldest:
            _, gone = self.hits.popleft()
            self.readers[gone] -= 1
            if not self.readers[gone]:
                del self.readers[gone]
        self.hits.append((at, reader))
        self.readers[reader] += 1


class SharedClientFinder:
    """Finds shared clients among hits in order of time. Keeps the last minute and the spans found."""

    def __init__(self, lapse: float = 1.0) -> None:
        self.shared_clients = SharedClients()
        self._minute = SHARED_CLIENT_SPAN * lapse
        self._recent: dict[Program, _Minute] = {}
        self._taken = 0

    def take(self, at: datetime, reader: int, program: Program) -> None:
        if self._taken % _SWEEP_EVERY == 0:
            oldest = at - self._minute
            self._recent = {known: last for known, last in self._recent.items() if last.hits[-1][0] >= oldest}
        self._taken += 1
        if not tells_apart(program[0]):
            return
        latest = self._recent.setdefault(program, _Minute())
        latest.take(at, reader, at - self._minute)
        if len(latest.readers) >= SHARED_CLIENT_READERS:
            self.shared_clients.add(program, latest.hits[0][0], at)


@lru_cache(maxsize=4096)
def tells_apart(network: str) -> bool:
    """Whether this network (stored as a /24 or /48) says anything about who made the request."""
    if not network:
        return False
    address = ip_network(network).network_address
    return not any(address in home for home in _HOME)
