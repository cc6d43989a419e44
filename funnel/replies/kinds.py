"""What a refusal for this reason means for us."""

from __future__ import annotations

from funnel.replies.model import About, BounceKind
from funnel.replies.reasons import about_reason

ABOUT_US = (BounceKind.BLOCK, BounceKind.POLICY)
_BLOCKS = frozenset(
    {"blocked", "badreputation", "spamdetected", "requireptr", "toomanyconn", "speeding", "virusdetected"}
)  # fmt: skip


def kind_of(reason: str, hard: bool) -> BounceKind:
    """What a bounce for this reason means for us. What tells nothing (`onhold`) counts as soft."""
    about = about_reason(reason)
    if hard:
        return BounceKind.HARD
    if reason == "suppressed":
        return BounceKind.LISTED
    if about in (About.READER, About.LATER) or reason == "onhold":
        return BounceKind.SOFT
    if about is About.UNKNOWN:
        return BounceKind.UNKNOWN
    return BounceKind.BLOCK if reason in _BLOCKS else BounceKind.POLICY
