"""What goes wrong and when, drawn from a seed: nothing here has a clock or a socket."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What the sink does to one mail, in the order in which a conversation comes to it."""

    REFUSE_AT_MAIL = "refused at MAIL"
    REFUSE_AT_RCPT = "refused at RCPT"
    REFUSE_AT_DATA = "refused at DATA"
    DROP_AT_DATA = "hung up instead of answering DATA"
    DROP_IN_MAIL = "hung up with the mail half-way"
    REFUSE_AT_DOT = "refused after the final dot"
    DROP_KEPT = "hung up after the final dot, and kept the mail"
    DROP_LOST = "hung up after the final dot, and lost the mail"
    STALL = "did not answer the final dot in time"
    NONE = "taken"


# Together about a fifth: where half of the mails failed, the channel would rest for minutes and nothing would happen.
_SHARES: tuple[tuple[Fault, float], ...] = (
    (Fault.REFUSE_AT_RCPT, 0.05),
    (Fault.REFUSE_AT_DATA, 0.025),
    (Fault.DROP_AT_DATA, 0.02),
    (Fault.DROP_IN_MAIL, 0.015),
    (Fault.REFUSE_AT_DOT, 0.04),
    (Fault.DROP_KEPT, 0.012),
    (Fault.DROP_LOST, 0.012),
    (Fault.STALL, 0.004),
)
_AT_MAIL, _AT_GREETING = 0.015, 0.03

_LATER = ("421 4.3.2", "450 4.3.2", "452 4.3.1")
# 5xx to MAIL or to a connection would be about us, and close the channel: those two are refused for a while only.
_FOR_GOOD = ("550 5.1.1", "554 5.7.1")


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens to one attempt at one mail: the fault, the code where it is refused, seconds before the answer."""

    fault: Fault
    code: str
    delay: float


def at_recipient(seed: int, recipient: str, attempt: int, slowest: float) -> Turn:
    """What this attempt (from 1) at this reader's mail meets, always the same for the same seed."""
    draw = random.Random(f"{seed}:{recipient}:{attempt}")
    delay = draw.uniform(0, slowest)
    at = draw.random()
    for fault, share in _SHARES:
        if at < share:
            final = fault is not Fault.REFUSE_AT_DATA or draw.random() < 0.5
            return Turn(fault, draw.choice(_LATER + _FOR_GOOD if final else _LATER), delay)
        at -= share
    return Turn(Fault.NONE, "", delay)


def at_mail(seed: int, number: int) -> str:
    """With what the n-th MAIL of all is refused; empty where it is not."""
    draw = random.Random(f"{seed}:mail:{number}")
    return draw.choice(_LATER) if draw.random() < _AT_MAIL else ""


def at_greeting(seed: int, number: int) -> str:
    """With what the n-th connection of all is greeted: empty, a refusal, or `drop`."""
    draw = random.Random(f"{seed}:connection:{number}")
    return draw.choice(("421 4.3.2", "drop")) if draw.random() < _AT_GREETING else ""


class Target(StrEnum):
    """What a blow hits."""

    WORKER = "worker killed"
    CLOCK = "clock killed"
    REDIS = "Redis killed"
    EMPTIED = "Redis emptied"
    POSTGRES = "PostgreSQL restarted"


@dataclass(frozen=True, slots=True)
class Blow:
    """At which second of the run something is hit, which of several, and for how many seconds it stays down."""

    at: float
    target: Target
    which: int
    down: float


def blows(seed: int, seconds: float, workers: int, *, postgres: bool, every: float = 2.0) -> list[Blow]:
    """The whole run's blows in order, `every` so many seconds on average. Each kind comes at least once.

    The last is Redis emptied: else an id that was lost between queue and worker is believed queued for ten minutes.
    """
    draw = random.Random(f"{seed}:blows")
    kinds = [target for target in Target if postgres or target is not Target.POSTGRES]
    weights = {Target.WORKER: 12, Target.CLOCK: 4, Target.REDIS: 2, Target.EMPTIED: 2, Target.POSTGRES: 2}
    count = max(len(kinds), round(seconds / every))
    drawn = draw.choices(kinds, [weights[kind] for kind in kinds], k=count - len(kinds))
    targets = [*kinds, *drawn]
    draw.shuffle(targets)
    times = sorted(draw.uniform(0, seconds) for _ in targets)
    drawn_blows = [
        Blow(at, target, draw.randrange(workers), draw.uniform(0, 0.5))
        for at, target in zip(times, targets, strict=True)
    ]
    return [*drawn_blows, Blow(seconds, Target.EMPTIED, 0, 0.0)]
