"""Addresses that are never mailed. Asked when mail is claimed and again when it is sent (promise 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from funnel.curriculum.addresses import email_key
from funnel.db import among
from funnel.links import Links
from funnel.models import Suppression, SuppressionReason

FOR_EVER = frozenset({SuppressionReason.COMPLAINED, SuppressionReason.ERASED})
"""These are somebody's own word: nothing takes them back but a new sign-up."""
# In SQL, about all of a list of `digest_of` at once: none of these addresses is suppressed.
NONE_SUPPRESSED = "NOT EXISTS (SELECT 1 FROM {listed} CROSS JOIN suppression WHERE suppression.digest = listed.value)"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why an address is not mailed any more, since when (story time), and in whose words."""

    reason: SuppressionReason
    at: datetime
    note: str = ""


def suppress(session: Session, links: Links, address: str, grounds: Grounds) -> None:
    """Stops all mail to this address. The first reason stays, but a complaint outranks all others, and nothing it."""
    suppress_digest(session, digest_of(links, address), grounds)


def suppress_digest(session: Session, digest: str, grounds: Grounds) -> None:
    """The same for an address of which only the digest is known."""
    note = grounds.note[:500]
    known = locked_suppression(session, digest)
    if known is None:
        session.add(Suppression(digest=digest, reason=grounds.reason, note=note, at=grounds.at))
    elif grounds.reason == SuppressionReason.COMPLAINED:
        known.reason, known.note, known.at = grounds.reason, note, grounds.at


def locked_suppression(session: Session, digest: str) -> Suppression | None:
    """The row as it is now, locked: a complaint of this very moment is not written over by what was read before it."""
    session.flush()  # reading it anew must not undo what was set here and not written yet
    return session.get(Suppression, digest, with_for_update=True, populate_existing=True)


def suppressed(session: Session, links: Links, addresses: Iterable[str]) -> dict[str, str]:
    """Of these addresses, those that must not be mailed, with the reason."""
    digests = {address: digest_of(links, address) for address in addresses}
    query = select(Suppression.digest, Suppression.reason).where(among(Suppression.digest, set(digests.values())))
    reasons = dict(session.execute(query).all())
    return {address: reasons[digest] for address, digest in digests.items() if digest in reasons}


def suppressed_since(session: Session, links: Links, address: str, reason: SuppressionReason) -> datetime | None:
    """Since when this address is not mailed for this reason; None where it is, or not for this one."""
    known = session.get(Suppression, digest_of(links, address))
    return known.at if known is not None and known.reason == reason else None


def digest_of(links: Links, address: str) -> str:
    """The digest a suppression keeps of an address, however it is spelled."""
    return links.address_digest(email_key(address))


def unsuppress(session: Session, links: Links, address: str, reason: str) -> bool:
    """Lifts a suppression that has this reason. False if there is none, or if it has another by now: a complaint."""
    mine = (Suppression.digest == digest_of(links, address), Suppression.reason == reason)
    return session.scalars(delete(Suppression).where(*mine).returning(Suppression.digest)).first() is not None
