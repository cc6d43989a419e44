"""The brake: when so many addresses of one mailbox provider are called dead in a row that something else must be wrong.

A sequential test. Of each reader it is known whether the newest mail came back as from a dead mailbox; in the order in
which these mails were sent, each moves a sum: up for a dead one, down for a living one, never below nought. At
`THRESHOLD` the brake acts. (E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954: a sequential probability
ratio test, A. Wald, "Sequential Analysis", 1947, that begins anew whenever it has accepted that all is well.)

A tenth dead is plausible, even of an old list; six of ten are not. By Wald's inequality a run of the test that starts
at nought ends in a false alarm with probability at most exp(-16), about 1 in 9 million. Worked out exactly
(`tests/channel/test_brake.py`): with a tenth of 10,000 readers dead it acts falsely on one list in 5,000, with a
twentieth on one in 9 million. Nine dead in a row act; 4 dead of 40 never can, for no eight dead do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PLAUSIBLE, IMPLAUSIBLE = 0.10, 0.60  # shares of dead readers
THRESHOLD = 16.0
DEAD = math.log(IMPLAUSIBLE / PLAUSIBLE)
LIVING = math.log((1 - IMPLAUSIBLE) / (1 - PLAUSIBLE))
FEWEST = math.ceil(THRESHOLD / DEAD)  # dead readers without whom it cannot act
LOOKED_AT = 500  # mails of a provider


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail to one reader, and whether it came back as from a dead mailbox."""

    reader: int
    dead: bool


def wave(mails: Sequence[SentMail]) -> int | None:
    """The index of the mail with which the wave of dead addresses begins; None if there is no reason to act.

    `mails` are in the order in which they were sent and end with the last that is known to have come back. A reader
    counts once, by her last dead mail if there is one and else by her last: one full mailbox must not look like five.
    """
    total, begins = 0.0, 0
    for index in _one_of_each(mails):
        if total <= 0:
            total, begins = 0.0, index
        total += DEAD if mails[index].dead else LIVING
        if total >= THRESHOLD:
            return begins
    return None


def _one_of_each(mails: Sequence[SentMail]) -> Iterable[int]:
    dead = {mail.reader: index for index, mail in enumerate(mails) if mail.dead}
    last = {mail.reader: index for index, mail in enumerate(mails)}
    return sorted((last | dead).values())
