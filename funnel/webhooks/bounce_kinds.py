"""What a bounce means for us, where a provider calls every refusal hard.

RFC 5321 and 3463 give blocks and policies the same permanent codes as dead mailboxes. A refusal of *us* must not cost a
reader their course, so the server's own words are read again by the rules for bounce mails, and may only acquit.
"""

from __future__ import annotations

from funnel.bounces.model import BounceKind, Report
from funnel.bounces.rules.judge import judge

_SURE = 0.7
_ABOUT_US = (BounceKind.BLOCK, BounceKind.POLICY)


def reread(claimed: BounceKind, status: str, said: str) -> BounceKind:
    """`claimed`, or block or policy where the server's words surely say that; never harder than claimed."""
    if claimed not in (BounceKind.HARD, BounceKind.SOFT) or not (status or said):
        return claimed
    found = judge(Report("", status=status[:20], diagnostic=said[:500], action="failed"))
    return found.kind if found.kind in _ABOUT_US and found.confidence >= _SURE else claimed
