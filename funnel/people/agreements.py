"""Did she agree to this sequence? The one answer, for everything that starts one.

Each consent names the sequences that its text was about. What she agreed to counts until she leaves; who comes back
agrees anew.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.models import Consent, ConsentKind

_SAID = (ConsentKind.CONFIRMED, ConsentKind.WITHDRAWN, ConsentKind.ENDED)


def agreed_to(session: Session, lead_id: int) -> frozenset[str]:
    """The sequences that this lead agreed to and has not withdrawn from."""
    return _agreed(session, lead_id)[0]


def agreed_or_left_with(session: Session, lead_id: int) -> frozenset[str]:
    """The same; of who has left and not come back, what she had agreed to by then: that she would go on with."""
    now, before = _agreed(session, lead_id)
    return now or before


def _agreed(session: Session, lead_id: int) -> tuple[frozenset[str], frozenset[str]]:
    said = select(Consent.kind, Consent.sequences).where(Consent.lead_id == lead_id, Consent.kind.in_(_SAID))
    now: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    for kind, sequences in session.execute(said.order_by(Consent.id)):
        if kind == ConsentKind.WITHDRAWN:
            # Leaving twice takes nothing more away.
            now, before = frozenset(), now or before
        elif kind == ConsentKind.ENDED:
            now, before = now - frozenset(sequences), before - frozenset(sequences)
        else:
            now |= frozenset(sequences)
    return now, before
