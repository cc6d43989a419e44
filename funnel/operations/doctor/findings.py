"""What a check found: how it ends, a sentence, what to do, and records to put into the DNS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_DNS_STRING = 255  # RFC 1035, 3.3: bytes in one string of a TXT record
_MOST_SHOWN = 160


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """A record to put into a DNS panel. `name` has no dot at its end; `value` is one text, however long."""

    name: str
    type: str
    value: str

    @property
    def strings(self) -> tuple[str, ...]:
        """The value in pieces of at most 255 bytes, as a zone file wants a long text."""
        return tuple(self.value[start : start + _DNS_STRING] for start in range(0, len(self.value), _DNS_STRING))

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file."""
        value = " ".join(f'"{each}"' for each in self.strings) if self.type == "TXT" else self.value
        return f"{self.name}. 3600 IN {self.type} {value}"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check ended. `advice` is what to do, "" where nothing is; for `NOT_TRIED`, `says` is why."""

    check: str
    health: Health
    says: str
    advice: str = ""
    records: tuple[DnsRecord, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data for `funnel doctor --json`."""
        records = [
            {"name": each.name, "type": each.type, "value": each.value, "strings": list(each.strings)}
            for each in self.records
        ]
        return {
            "check": self.check,
            "result": self.health.value,
            "says": self.says,
            "advice": self.advice,
            "records": records,
        }


def fine(check: str, says: str, advice: str = "") -> Finding:
    return Finding(check, Health.OK, says, advice)


def warned(check: str, says: str, advice: str, *records: DnsRecord) -> Finding:
    return Finding(check, Health.WARN, says, advice, records)


def wrong(check: str, says: str, advice: str, *records: DnsRecord) -> Finding:
    return Finding(check, Health.BAD, says, advice, records)


def not_tried(check: str, why: str, advice: str = "") -> Finding:
    return Finding(check, Health.NOT_TRIED, why, advice)


def shown(text: str) -> str:
    """What somebody else wrote, fit to print: one line, no control characters, at most 160 characters."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return plain if len(plain) <= _MOST_SHOWN else plain[: _MOST_SHOWN - 1] + "…"
