"""The one function that says what an answer means, whoever it came through."""

from __future__ import annotations

from datetime import timedelta

from funnel.replies.model import SURE, About, Meaning, Remedy, Statement
from funnel.replies.provider_lists import listed_for
from funnel.replies.reasons import DEAD, about_reason, reason_of
from funnel.replies.refusals import Refusal, refusal_of, speaks_of_the_mailbox

REPLIES_VERSION = 3  # stored with each event, so that old ones can be told apart

_DOUBTED = 0.5
_OURS = frozenset({Remedy.SLOW_DOWN, Remedy.AWAIT_QUOTA, Remedy.FIX_SETUP})


def interpret(said: Statement) -> Meaning:
    """What one statement means. Pure: the same statement always gives the same.

    1. The words, or else the codes and the command, give the reason.
    2. The table of refusals gives the remedy.
    3. Where the two disagree about a dead address, it is not believed: counted, and nobody is suppressed.
    """
    reason, sure = reason_of(said)
    if reason == "delivered":
        return Meaning(About.UNKNOWN, sure, reason, False, Remedy.NOTHING)
    if reason == "suppressed":
        return Meaning(About.READER, sure, reason, False, Remedy.DROP_LISTED)
    row = refusal_of(said)
    gone = reason in DEAD and not said.temporary
    if gone and row.remedy in _OURS:
        reason, sure, gone = "rejected", SURE, False
    if gone and not speaks_of_the_mailbox(row, said.phase):
        sure = min(sure, _DOUBTED)
    if reason == "hostunknown" and said.temporary:
        reason = "networkerror"
    remedy = _remedy(row, gone and sure >= SURE)
    return Meaning(_about(remedy, reason), sure, reason, gone, remedy, row.wait)


def remedy_of(said: Statement) -> tuple[Remedy, timedelta | None]:
    """Only the remedy of `interpret`, and how long to wait: the words are read only where the address may be dead."""
    row = refusal_of(said)
    if speaks_of_the_mailbox(row, said.phase) or listed_for(said.words) is not None:
        return interpret(said).remedy, row.wait
    return row.remedy, row.wait


def _remedy(row: Refusal, dead: bool) -> Remedy:
    if dead:
        return Remedy.DROP_ADDRESS
    return Remedy.DROP_MAIL if row.remedy is Remedy.DROP_ADDRESS else row.remedy


def _about(remedy: Remedy, reason: str) -> About:
    if remedy in _OURS:
        return About.US
    if remedy is Remedy.RETRY:
        return About.LATER
    return about_reason(reason)
