"""What the sink wrote down, line by line, before it said a word about it."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO


class Ledger:
    """The file the sink writes: each line is with the system before the answer it speaks of is sent."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._number = 0

    def refusal(self, phase: str, code: str, recipient: str) -> str:
        """The words to refuse with; they carry a number that is found again in the row."""
        self._number += 1
        self._write({"refused": self._number, "phase": phase, "code": code, "to": recipient})
        return f"{code} not now, said the sink (chaos-{self._number})"

    def whole(self, message_id: str, recipient: str, fault: str, *, kept: bool) -> None:
        """The sink holds a whole mail that it will not refuse; `kept` is False where it loses it on purpose."""
        self._write({"whole": message_id, "to": recipient, "kept": kept, "fault": fault})

    def trouble(self, recipient: str, fault: str) -> None:
        """Nothing was said, and the connection ended: before there was a whole mail."""
        self._write({"trouble": recipient, "fault": fault})

    def unread(self, message_id: str) -> None:
        """The other side may not have read the answer to this mail: it said nothing more on that connection."""
        self._write({"unread": message_id})

    def close(self) -> None:
        self._file.close()

    def _write(self, entry: dict[str, object]) -> None:
        self._file.write(json.dumps({**entry, "at": time.time()}) + "\n")
        self._file.flush()


@dataclass(slots=True)
class Heard:
    """The ledger read back. Keys are Message-IDs, but where a line says otherwise."""

    kept: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    unanswered: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    refusals: dict[int, tuple[str, str]] = field(default_factory=dict)  # number: code and reader's address, or ""
    troubled: set[str] = field(default_factory=set)  # readers to whose mail the sink said nothing at all
    cut_off: set[str] = field(
        default_factory=set
    )  # readers whose mail was coming: its end may have left before it knew
    faults: Counter[str] = field(default_factory=Counter)


def read_ledger(path: Path, unanswered: frozenset[str], half_way: frozenset[str]) -> Heard:
    """Everything the sink heard.

    `unanswered` names the faults after which a whole mail got no answer in time, `half_way` those that cut a mail off
    while it was coming: to the sender both look alike once its last byte is with the system.
    """
    heard = Heard()
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "whole" in entry:
            (heard.kept if entry["kept"] else heard.lost)[entry["whole"]] += 1
            heard.faults[entry["fault"]] += 1
            if entry["fault"] in unanswered:
                heard.unanswered.add(entry["whole"])
        elif "refused" in entry:
            heard.refusals[entry["refused"]] = (entry["code"], entry["to"])
            heard.faults[f"{entry['code'][:3]} {entry['phase']}"] += 1
        elif "trouble" in entry:
            heard.troubled.add(entry["trouble"])
            if entry["fault"] in half_way:
                heard.cut_off.add(entry["trouble"])
            heard.faults[entry["fault"]] += 1
        else:
            heard.unread.add(entry["unread"])
    return heard
