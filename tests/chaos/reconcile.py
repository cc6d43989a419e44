"""Holds every delivery against what the sink wrote down. Pure: rows and the ledger in, a verdict out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.ledger import Heard

OPEN = frozenset({"waiting", "claimed", "handing_over"})
_SERIAL = re.compile(r"\(chaos-(\d+)\)")


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One delivery as the service has it in the end."""

    id: int
    state: str
    reason: str
    recipient: str
    message_id: str


@dataclass(slots=True)
class Verdict:
    """Sentences about what broke a promise, by kind, and figures for a person to read."""

    breaches: dict[str, list[str]] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)  # by what explains them
    unknown_but_kept: int = 0
    most_unknown: int = 0
    given_up: int = 0

    @property
    def ok(self) -> bool:
        return not any(self.breaches.values())


def reconcile(rows: Sequence[SeenRow], heard: Heard, on_the_wire: Mapping[str, set[int]], expected: int) -> Verdict:
    """What the rows say against what the sink holds.

    `on_the_wire` has, for each kind of blow, the ids that were being handed over when one fell.

    1. Twice: a whole mail, taken or left unanswered, came more than once.
    2. Lost: accepted and not at the sink, not ended, or no row at all.
    3. Denied: at the sink, answered, and yet not accepted or unknown.
    4. Unknown without cause: not on the wire at a blow, and the sink's answer was read.
    5. Failed without cause: for no reason the sink gave.
    """
    names = ("twice", "lost", "denied", "unknown without cause", "failed without cause", "not ours")
    verdict = Verdict(breaches={name: [] for name in names})
    verdict.states.update(row.state for row in rows)
    in_doubt = {row.id for row in rows if row.message_id in heard.unanswered or row.recipient in heard.cut_off}
    verdict.most_unknown = len(in_doubt.union(*on_the_wire.values()))
    if len(rows) != expected:
        verdict.breaches["lost"].append(f"{expected} deliveries were to be made, {len(rows)} are there")
    for row in rows:
        _judge(verdict, row, heard, on_the_wire)
    ours = {row.message_id for row in rows}
    for message_id in (heard.kept | heard.lost).keys() - ours:
        verdict.breaches["not ours"].append(f"the sink holds {message_id}, which no delivery has")
    return verdict


def _judge(verdict: Verdict, row: SeenRow, heard: Heard, on_the_wire: Mapping[str, set[int]]) -> None:
    came = heard.kept[row.message_id] + heard.lost[row.message_id]
    about = f"delivery {row.id} to {row.recipient}"
    if came > 1:
        verdict.breaches["twice"].append(f"{about} came {came} times and is {row.state}")
    if row.state == "unknown":
        cause = _cause(row, heard, on_the_wire)
        verdict.unknown[cause or "nothing"] += 1
        verdict.unknown_but_kept += bool(heard.kept[row.message_id])
        if cause is None:
            verdict.breaches["unknown without cause"].append(f"{about}: {row.reason}")
    elif row.state == "accepted":
        if not heard.kept[row.message_id]:
            verdict.breaches["lost"].append(f"{about} is accepted, and the sink does not hold it")
    elif row.state in OPEN:
        verdict.breaches["lost"].append(f"{about} has not ended: {row.state}, {row.reason or 'no reason'}")
    elif row.state == "failed":
        verdict.given_up += row.reason.startswith("given up")
        if not _refused(row, heard):
            verdict.breaches["failed without cause"].append(f"{about}: {row.reason}")
    else:
        verdict.breaches["lost"].append(f"{about} is {row.state}, for which nothing gave cause: {row.reason}")
    if came and row.state not in ("accepted", "unknown"):
        verdict.breaches["denied"].append(f"{about} is {row.state}, and the sink had the whole mail")


def _cause(row: SeenRow, heard: Heard, on_the_wire: Mapping[str, set[int]]) -> str | None:
    """What left it unknown: the sink's silence, a blow while it was handed over, or an answer nobody read."""
    if row.message_id in heard.unanswered:
        return "the sink did not answer the whole mail"
    if row.recipient in heard.cut_off:
        return "the sink hung up while the mail was coming"
    for blow, ids in on_the_wire.items():
        if row.id in ids:
            return blow
    return "the answer came too late to be read" if row.message_id in heard.unread else None


def _refused(row: SeenRow, heard: Heard) -> bool:
    """Whether the sink gave this reason, to this reader where it knew whom.

    A mail given up after two days may last have met silence; mails that wait beside it for an answer share that.
    """
    gave_up = row.reason.startswith("given up")
    serial = _SERIAL.search(row.reason)
    if serial is None:
        return gave_up and bool(heard.troubled or heard.unanswered)
    code, recipient = heard.refusals.get(int(serial[1]), ("", ""))
    return bool(code) and (gave_up or code.startswith("5")) and recipient in ("", row.recipient)
