"""The list of addresses that are never mailed: showing it, adding to it, and what stays on it for ever."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum.addresses import read_address
from funnel.enrolment.giving_up import give_up_address
from funnel.links import Links
from funnel.models import Lead, Suppression, SuppressionReason
from funnel.people.leads import find_lead
from funnel.people.suppression import (
    FOR_EVER,
    Grounds,
    digest_of,
    locked_suppression,
    suppress,
    suppress_digest,
    unsuppress,
)

FIELDS = ("email", "reason", "note", "at", "digest")
_MOST_LINES = 1_000_000


@dataclass(frozen=True)
class Listed:
    """One suppressed address. `email` is "" where nobody here has it: only a digest is kept."""

    digest: str
    email: str
    reason: str
    note: str
    at: datetime  # UTC


def listed(session: Session, links: Links) -> Iterator[Listed]:
    """Every suppressed address, oldest first."""
    rows = list(session.scalars(select(Suppression).order_by(Suppression.at, Suppression.digest)))
    known: dict[str, str] = {}
    if rows:
        for email, key in session.execute(select(Lead.email, Lead.email_key)):
            known[links.address_digest(key)] = email
    for row in rows:
        yield Listed(row.digest, known.get(row.digest, ""), row.reason, row.note, row.at)


def add_address(session: Session, links: Links, address: str, grounds: Grounds) -> None:
    """Suppresses, and ends the enrolments of whoever has the address."""
    lead = find_lead(session, address)
    if lead is None:
        suppress(session, links, address, grounds)
    else:
        give_up_address(session, links, lead, grounds)


def remove_address(session: Session, links: Links, address: str) -> str | None:
    """Takes an address off the list; gives back the reason it had. Raises StaysForEver for what cannot be undone."""
    known = locked_suppression(session, digest_of(links, address))
    if known is None:
        return None
    if known.reason in FOR_EVER:
        raise StaysForEver(known.reason)
    unsuppress(session, links, address, known.reason)
    return known.reason


class StaysForEver(Exception):
    """A complaint and an erasure are somebody's word; `args[0]` says which of them."""


def write_csv(rows: Iterable[Listed], out: TextIO) -> int:
    """Writes the list as CSV with a heading; gives back how many."""
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    n = 0
    for row in rows:
        n += 1
        writer.writerow((_safe(row.email), row.reason, _safe(row.note), row.at.isoformat(), row.digest))
    return n


@dataclass(frozen=True)
class SuppressionRow:
    """One line of a list that is taken in. `address` and `digest` are "" where they are none."""

    line: int
    address: str
    reason: SuppressionReason
    note: str
    digest: str


def read_csv(source: TextIO) -> Iterator[SuppressionRow]:
    """Each line of a CSV with a heading, or of a file with one address per line.

    Raises ValueError above a million lines.
    """
    first = source.readline()
    names = [name.strip().lower() for name in next(csv.reader([first]), [])]
    rows = csv.reader(source)
    if not {"email", "digest"} & set(names):
        names, rows = ["email"], csv.reader([first, *source.readlines(_MOST_LINES * 300)])
    for number, row in enumerate(rows, 1 if len(names) == 1 else 2):
        if number > _MOST_LINES:
            raise ValueError(f"more than {_MOST_LINES} lines: import the file in parts")
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(names, (cell.strip() for cell in row), strict=False))
        address = read_address(cells.get("email", "")) or ""
        yield SuppressionRow(number, address, _reason(cells), cells.get("note", ""), _digest(cells))


def import_addresses(session: Session, links: Links, rows: Iterable[SuppressionRow], note: str, now: datetime) -> None:
    """Suppresses what the rows name. A digest without its address is of use only under the same secret key."""
    for row in rows:
        if row.address:
            add_address(session, links, row.address, Grounds(row.reason, now, row.note or note))
        else:
            suppress_digest(session, row.digest, Grounds(row.reason, now, row.note or note))


def _reason(cells: dict[str, str]) -> SuppressionReason:
    try:
        return SuppressionReason(cells.get("reason", "").lower())
    except ValueError:
        return SuppressionReason.BY_HAND


def _digest(cells: dict[str, str]) -> str:
    digest = cells.get("digest", "").lower()
    return digest if len(digest) == 64 and all(char in "0123456789abcdef" for char in digest) else ""


def _safe(text: str) -> str:
    """A spreadsheet must not take a note for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t") else text
