"""What a bounce means for us, where a provider calls every refusal hard.

RFC 5321 and 3463 give blocks and policies the same permanent codes as dead mailboxes. A refusal of *us* must not cost a
reader their course, so the server's own words are read again by the rules of `funnel.replies`, and may only acquit.
"""

from __future__ import annotations

from funnel.bounces.judging import judge
from funnel.bounces.model import BouncedRecipient, RecipientReport
from funnel.replies import ABOUT_US, SURE, BounceKind, Certainty, Phase, Speaker


def reread(claimed: BounceKind, status: str, said: str) -> BounceKind:
    """`claimed`, or something softer where that is what the server's words mean; never harder than claimed.

    A provider tells of a refused recipient, so RCPT is taken to have been answered unless the words say otherwise. Its
    own description, without any code of the server's, acquits only where it surely names another reason.
    """
    if claimed not in (BounceKind.HARD, BounceKind.SOFT) or not (status or said):
        return claimed
    found = _judged(status, said)
    sure = found.confidence >= SURE
    if sure and found.kind in ABOUT_US:
        return found.kind
    alive = found.certainty is Certainty.NONE
    if alive and (_is_answer(found) or (sure and found.kind is BounceKind.SOFT)):
        return BounceKind.SOFT
    return claimed


def weigh_claim(kind: BounceKind, status: str, said: str) -> tuple[str, Certainty]:
    """The reason, a word of docs/bounces.md, and how sure it is that the address is dead.

    `kind` is what `reread` gave. It is certain only where a provider calls it hard and the words say the same.
    """
    found = _judged(status, said)
    if kind is not BounceKind.HARD:
        return found.reason, Certainty.NONE
    return found.reason, Certainty.CERTAIN if found.suppresses else Certainty.LIKELY


def _judged(status: str, said: str) -> BouncedRecipient:
    report = RecipientReport("", status=status[:20], diagnostic=said[:500], action="failed")
    return judge(report, answered=Phase.RCPT, speaker=Speaker.PROVIDER)


def _is_answer(found: BouncedRecipient) -> bool:
    """Whether a code of the server's stood in it; x.0.0 may be anybody's."""
    return bool(found.reply_code) or bool(found.status and not found.status.endswith(".0.0"))
