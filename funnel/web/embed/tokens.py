"""What a form on another site carries, so that it can be sent from there and nowhere else, once, and not for long.

A word signed by us about the offer, the site and the time: there is no cookie and no row. A page that wants to send a
form in a visitor's name would have to fetch one first, and only a listed site may read our answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from limits import RateLimitItemPerHour

from funnel.curriculum.model import Offer
from funnel.models import SignupPlace
from funnel.web.budgets import current_budgets
from funnel.web.site.doubt import current_doubt

LIFE = timedelta(minutes=30)
_ONCE = (RateLimitItemPerHour(1, 1),)


@dataclass(frozen=True, slots=True)
class FormStanding:
    """Where a form stands: whose offer it is for, the origin of the listed site that shows it, and by what."""

    offer: Offer
    site: str
    place: SignupPlace

    @property
    def sealed_for(self) -> str:
        return f"embed:{self.offer.slug}:{self.site}"


def new_token(standing: FormStanding) -> str:
    """A word for one sending of this form."""
    return current_doubt().proofs.seal(standing.sealed_for)


def take_token(standing: FormStanding, token: str) -> bool:
    """Whether this is such a word, not older than thirty minutes and not used before. It is used up by this."""
    proofs = current_doubt().proofs
    age = proofs.age(standing.sealed_for, token)
    return age is not None and age <= LIFE and proofs.use(token)


def note_sent(token: str, email: str) -> None:
    """Remembers for an hour, by a keyed digest, that this sending was taken."""
    current_budgets().spend(_ONCE, "embedded", _sending(token, email))


def was_sent(token: str, email: str) -> bool:
    """Whether the same was sent and taken before: somebody pressed twice."""
    return not current_budgets().left(_ONCE, "embedded", _sending(token, email))


def _sending(token: str, email: str) -> str:
    return current_budgets().digest("embedded", f"{token} {email.strip().casefold()}")
