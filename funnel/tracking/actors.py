"""Who caused an open or a click: `judge_alone` by one request, `judge_mail` by everything that came back of one mail.

Pure: the same requests always get the same verdicts, in whatever order they came in. The rules are data: `rules.py`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from funnel.models import Actor
from funnel.tracking.rule import Agent, Rule
from funnel.tracking.rules import (
    ALONGSIDE,
    BURST,
    BURST_LINKS,
    CLOCKS_DIFFER,
    CROWDED,
    EVERY_LINK,
    FASTER,
    HUMAN_SIGNAL_HOLDS,
    NOTHING_KNOWN,
    SEVERAL,
    SIGN_OF_LIFE,
    SINGLE,
    TOO_FAST,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the rules see it. `at` is aware; `shared`: it came in a crowd (see `classify`)."""

    kind: str  # open, click
    at: datetime
    link: int | None = None
    method: str = "GET"
    agent: str = ""
    network: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    shared: bool = False

    @property
    def program(self) -> tuple[str, str]:
        return self.network, self.agent


def judge_alone(seen: Seen, handed_over: datetime | None = None, lapse: float = 1.0) -> Rule:
    """The rule that judges this request as long as nothing else is known.

    `handed_over` is when the mailbox took the mail. `lapse` is how much faster than life story time runs, so that
    "too fast for a person" means the same in a demonstration.
    """
    found = _by_itself(seen.kind, seen.method, seen.agent, tuple(seen.headers.items()))
    if found.firm or seen.kind != "click" or handed_over is None:
        return found
    after = (seen.at - handed_over) / lapse
    return FASTER if -CLOCKS_DIFFER <= after < TOO_FAST else found


def judge_mail(
    seen: Sequence[Seen],
    handed_over: datetime | None = None,
    *,
    links: int | None = None,
    signs: Sequence[datetime] = (),
    lapse: float = 1.0,
) -> list[Rule]:
    """The rule for each request, in the order given. A burst is judged whole, also where it began innocently.

    `links` is how many links the mail has; `signs` are the times at which its reader surely was a person at one of
    our pages: the last click before such a time is theirs, unless it says itself that it is a machine's.
    """
    verdicts = [judge_alone(one, handed_over, lapse) for one in seen]
    for index, one in enumerate(seen):
        if one.shared and not verdicts[index].firm and not verdicts[index].shared:
            verdicts[index] = CROWDED
    _judge_bursts(seen, verdicts, links, BURST * lapse)
    _judge_opens_alongside(seen, verdicts, BURST * lapse)
    for sign in signs:
        _believe(seen, verdicts, sign, HUMAN_SIGNAL_HOLDS * lapse)
    return verdicts


def is_machine(agent: str) -> bool:
    """Whether a program that asks for a page says of itself that no person does."""
    return _by_itself("click", "GET", agent.strip(), ()).actor == Actor.MACHINE


@lru_cache(maxsize=4096)  # many readers, few programs
def _by_itself(kind: str, method: str, agent: str, headers: tuple[tuple[str, str], ...]) -> Rule:
    sent = dict(headers)
    return next((rule for rule in _about(agent) if _fits(rule, kind, method, sent)), NOTHING_KNOWN)


@lru_cache(maxsize=4096)  # apart from the headers, of which each reader has her own: the patterns are what costs
def _about(agent: str) -> tuple[Rule, ...]:
    """The rules of `SINGLE` that are about this program, in their order."""
    read = Agent(agent)
    return tuple(rule for rule in SINGLE if rule.means(read))


def _fits(rule: Rule, kind: str, method: str, sent: dict[str, str]) -> bool:
    return (
        rule.kind in ("", kind)
        and method in rule.methods
        and all(header.search(sent.get(name, "")) for name, header in rule.headers)
        and all(name in sent and not header.search(sent[name]) for name, header in rule.unlike)
    )


def _judge_bursts(seen: Sequence[Seen], verdicts: list[Rule], links: int | None, span: timedelta) -> None:
    clicks = sorted((index for index, one in enumerate(seen) if one.kind == "click"), key=lambda n: seen[n].at)
    pressed: Counter[int | None] = Counter()
    first = judged = 0
    for last, index in enumerate(clicks):
        pressed[seen[index].link] += 1
        while seen[index].at - seen[clicks[first]].at > span:
            pressed -= Counter([seen[clicks[first]].link])
            first += 1
        every = links is not None and 2 <= links <= len(pressed)
        if every or len(pressed) >= BURST_LINKS:
            for member in clicks[max(first, judged) : last + 1]:
                if not verdicts[member].firm:
                    verdicts[member] = EVERY_LINK if every else SEVERAL
            judged = last + 1


def _judge_opens_alongside(seen: Sequence[Seen], verdicts: list[Rule], span: timedelta) -> None:
    machines: dict[tuple[str, str], list[datetime]] = {}
    for one, verdict in zip(seen, verdicts, strict=True):
        if one.kind == "click" and verdict.actor == Actor.MACHINE:
            machines.setdefault(one.program, []).append(one.at)
    for times in machines.values():
        times.sort()
    for index, one in enumerate(seen):
        if one.kind == "open" and not verdicts[index].firm and not verdicts[index].shared:
            times = machines.get(one.program, [])
            nearest = bisect_left(times, one.at - span)
            if nearest < len(times) and times[nearest] <= one.at + span:
                verdicts[index] = ALONGSIDE


def _believe(seen: Sequence[Seen], verdicts: list[Rule], sign: datetime, span: timedelta) -> None:
    """The last click before the sign is this reader's, and so is an open of that moment of which nothing was known."""
    before = [index for index, one in enumerate(seen) if timedelta(0) <= sign - one.at <= span]
    clicks = [index for index in before if seen[index].kind == "click" and not verdicts[index].firm]
    if clicks:
        verdicts[max(clicks, key=lambda index: seen[index].at)] = SIGN_OF_LIFE
    for index in before:
        if seen[index].kind == "open" and verdicts[index].actor == Actor.UNKNOWN:
            verdicts[index] = SIGN_OF_LIFE
