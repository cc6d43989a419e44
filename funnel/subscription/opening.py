"""What a reader's own link to a file, a training or a conversation opens: what it names, for its reader alone.

A link in a lesson names its delivery. One on a page or in a transactional mail names the sign-up, and opens what that
promised. The token holds the name as a number, so nobody can turn one reader's link into a link to another file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from funnel.context import Context
from funnel.curriculum import Booking, file_named, said_in
from funnel.db import find
from funnel.links import Purpose, RowRef, number_of
from funnel.models import Delivery, Lead, LeadState, Signup

_KINDS = {Purpose.DOWNLOAD: "ebook", Purpose.WATCH: "training"}


@dataclass(frozen=True, slots=True)
class Opened:
    """Whose link it is, and the `name` it opens, as written in the offer or the lesson.

    `offer` is the sign-up's, "" if there was none. A link that is not `valid` has expired.
    """

    lead_id: int
    signup: RowRef | None
    offer: str
    name: str
    valid: bool


def open_link(context: Context, purpose: Purpose, token: str, now: datetime) -> Opened | None:
    """What a DOWNLOAD or WATCH token opens now, or None.

    None if it is not ours, its reader was erased or never confirmed, or what it names is gone.
    """
    whose, valid = context.links.open_dated(purpose, token, now)
    if whose is not None:
        return _by_signup(context, purpose, whose, valid)
    named = context.links.open_named(purpose, token, now)
    return None if named is None else _by_delivery(context, purpose, *named)


def asset_of(context: Context, opened: Opened) -> str | None:
    """The name of the file that a download opens, in the language that is spoken; None if there is none any more."""
    library = context.library
    asset = file_named(opened.name, library.files.keys())
    return None if asset is None else said_in(asset, library.practice.language, library.files.keys())


def booking_of(context: Context, number: int | None) -> Booking | None:
    """The conversation whose name has this number; else "intro", or the first. None if there is none at all."""
    bookings = context.library.practice.bookings
    name = None if number is None else _name(number, bookings)
    return bookings.get(name or "intro") or next(iter(bookings.values()), None)


def _by_signup(context: Context, purpose: Purpose, ref: RowRef, valid: bool) -> Opened | None:
    with context.db.read() as session:
        signup = find(session, Signup, ref)
        lead = None if signup is None else session.get(Lead, signup.lead_id)
    if signup is None or lead is None or lead.state == LeadState.ERASED or signup.confirmed_at is None:
        return None
    offer = context.library.offers.get(signup.offer)
    if offer is None or offer.asset is None or offer.kind != _KINDS[purpose]:
        return None
    return Opened(lead.id, signup.ref, offer.slug, offer.asset, valid)


def _by_delivery(context: Context, purpose: Purpose, ref: RowRef, number: int, valid: bool) -> Opened | None:
    with context.db.read() as session:
        delivery = find(session, Delivery, ref)
        lead = None if delivery is None or delivery.lead_id is None else session.get(Lead, delivery.lead_id)
        signup = None if delivery is None or delivery.signup_id is None else session.get(Signup, delivery.signup_id)
    name = _name(number, _names(context, purpose))
    if lead is None or lead.state == LeadState.ERASED or lead.confirmed_at is None or name is None:
        return None
    return Opened(lead.id, signup.ref if signup else None, signup.offer if signup else "", name, valid)


def _names(context: Context, purpose: Purpose) -> Iterable[str]:
    """Everything a link of this purpose may name: a training, or a file with its ending or without."""
    if purpose is Purpose.WATCH:
        return context.library.trainings
    return [name for asset in context.library.files for name in (asset, PurePosixPath(asset).stem)]


def _name(number: int, names: Iterable[str]) -> str | None:
    return next((name for name in names if number_of(name) == number), None)
