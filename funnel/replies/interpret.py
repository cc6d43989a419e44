"""The one function that says what an answer means, whoever it came through."""

from __future__ import annotations

import re

from funnel.replies.certainty import certainty_of
from funnel.replies.kinds import kind_of
from funnel.replies.model import SURE, About, BounceKind, Certainty, Meaning, Remedy, Statement
from funnel.replies.reasons import DEAD, Reason, about_reason, reason_of
from funnel.replies.refusals import refusal_of

REPLIES_VERSION = 5  # stored with each event, so that old ones can be told apart

_GREYLISTED = re.compile(r"gr[ae]y-?list", re.IGNORECASE)  # RFC 6647: everybody who comes for the first time
_OURS = frozenset({Remedy.SLOW_DOWN, Remedy.AWAIT_QUOTA, Remedy.FIX_SETUP})


def interpret(said: Statement) -> Meaning:
    """What one statement means. Pure: the same statement always gives the same.

    1. The words, or else the codes and the command, give the reason: first whom it is about, then what.
    2. The table of refusals gives the remedy. Where that is about us, so is the reason.
    3. How sure it is that the address is dead, if that is the reason (`certainty_of`).
    """
    found = reason_of(said)
    if found.word == "delivered":
        return Meaning(About.UNKNOWN, found.word, found.sure, BounceKind.UNKNOWN, Certainty.NONE, Remedy.NOTHING)
    if found.word == "suppressed":
        return Meaning(About.READER, found.word, found.sure, BounceKind.LISTED, Certainty.NONE, Remedy.DROP_LISTED)
    row = refusal_of(said)
    told = about_reason(found.word)
    if row.remedy in _OURS and not said.temporary and (found.nobody or told in (About.READER, About.UNKNOWN)):
        found = Reason("rejected", SURE)
    if found.word == "hostunknown" and said.temporary:
        found = Reason("networkerror", found.sure)
    certainty = certainty_of(said, found)
    remedy = Remedy.DROP_ADDRESS if certainty is Certainty.CERTAIN else row.remedy
    kind = kind_of(found.word, found.word in DEAD and certainty is not Certainty.NONE)
    about = About.LATER if _GREYLISTED.search(said.words) else _about(remedy, found.word)
    return Meaning(about, found.word, found.sure, kind, certainty, remedy, row.wait)


def _about(remedy: Remedy, reason: str) -> About:
    if remedy in _OURS:
        return About.US
    about = about_reason(reason)
    return About.LATER if remedy is Remedy.RETRY and about is not About.US else about
