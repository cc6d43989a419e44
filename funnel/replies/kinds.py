"""What a refusal means for a reader's address: the reason, and whether it is dead, as one of six kinds."""

from __future__ import annotations

from enum import StrEnum

from funnel.replies.model import About
from funnel.replies.reasons import about_reason

_BLOCKS = frozenset(
    {"blocked", "badreputation", "spamdetected", "requireptr", "toomanyconn", "speeding", "virusdetected"}
)  # fmt: skip


class BounceKind(StrEnum):
    """What a bounce means for us. Policies and blocks are about the sender, so they never count against an address."""

    HARD = "hard"  # the address is dead
    SOFT = "soft"  # this mailbox could not take it now
    BLOCK = "block"  # our reputation, rate, address or content was turned away
    POLICY = "policy"  # our set-up or message breaks a rule
    LISTED = "listed"  # the provider has the address on a list of its own, and did not try
    UNKNOWN = "unknown"


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
