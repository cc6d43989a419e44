"""Delivery status notifications (RFC 3464), and what calls itself one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from funnel.bounces.addresses import recipient
from funnel.bounces.model import RecipientReport

_FIELD = re.compile(r"^[ \t]{0,3}([A-Za-z][A-Za-z0-9-]{1,40})[ \t]*:[ \t]*(.*)$")
_RECIPIENT_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")
_KNOWN = frozenset(
    {*_RECIPIENT_FIELDS, "action", "status", "remote-mta", "diagnostic-code", "last-attempt-date", "final-log-id",
     "will-retry-until", "reporting-mta", "dsn-gateway", "received-from-mta", "arrival-date", "original-envelope-id",
     "x-display-name", "x-supplementary-info"}
)  # fmt: skip
_MOST_RECIPIENTS = 100
DsnFields = dict[str, str]


def reports(texts: Iterable[str]) -> list[RecipientReport]:
    """What each per-recipient group says, in order. A group without a usable address gives one with address ""."""
    found: list[RecipientReport] = []
    reporting = ""
    for group in field_groups(texts):
        reporting = host(group.get("reporting-mta", "")) or reporting
        if not any(name in group for name in (*_RECIPIENT_FIELDS, "action")):
            continue
        final = recipient(group.get("final-recipient", ""))
        original = recipient(group.get("original-recipient", ""))
        actual = recipient(group.get("x-actual-recipient", ""))
        diagnostic = group.get("diagnostic-code", "")
        found.append(
            RecipientReport(
                address=actual or final or original,
                original=original or (final if actual else ""),
                action=group.get("action", "").split()[0].lower().strip(";,.") if group.get("action") else "",
                status=group.get("status", ""),
                diagnostic=diagnostic,
                host=f"{host(group.get('remote-mta', ''))} {reporting}".strip(),
            )
        )
        if len(found) >= _MOST_RECIPIENTS:
            break
    return found


def in_prose(text: str) -> list[RecipientReport]:
    """The fields where they stand in ordinary text: broken parts, or mailers that write them there."""
    if not re.search(r"^[ \t]{0,3}(?:Final|Original)-Recipient[ \t]*:", text, re.I | re.M):
        return []
    kept, started = [], False
    for line in text.split("\n"):
        field = _FIELD.match(line)
        started = started or (field is not None and field[1].lower() in _KNOWN)
        if started and (field is None or field[1].lower() in _KNOWN):
            kept.append(line)
    return [report for report in reports(["\n".join(kept)]) if report.address]


def host(value: str) -> str:
    """The name in an MTA field (`dns; mx.example.org (…)`)."""
    name = value.partition(";")[2] if ";" in value else value
    return name.split()[0].strip().lower() if name.split() else ""


def field_groups(texts: Iterable[str]) -> Iterator[DsnFields]:
    """Groups of fields. An empty line ends one, and so does a second recipient where the empty line is missing."""
    for text in texts:
        group: DsnFields = {}
        last = ""
        for line in [*text.split("\n"), ""]:
            field = _FIELD.match(line)
            if not line.strip():
                if group:
                    yield group
                group, last = {}, ""
            elif line[0] in " \t" and last and (field is None or field[1].lower() not in _KNOWN):
                group[last] = f"{group[last]} {line.strip()}"[:4000]
            elif field is not None:
                last = field[1].lower()
                if last == "final-recipient" and last in group and "action" in group:
                    yield group
                    group = {}
                group.setdefault(last, field[2].strip())
            # Anything else is a line that has lost its place: it is no field, and no reason either.
