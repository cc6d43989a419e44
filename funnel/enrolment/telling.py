"""How a reader is told where she stands: the same sentence on every page and in every mail."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from funnel.curriculum import local_date
from funnel.curriculum.schedule_summary import count
from funnel.enrolment.looking_ahead import Upcoming
from funnel.enrolment.standing import Standing, State


def spoken_day(moment: datetime, zone: str) -> str:
    """An aware moment as the day it is on the wall in `zone`: "Monday 7 December 2026"."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y}"


def moment_in_words(moment: datetime, standing: Standing) -> str:
    """When that is for this reader: "in a few minutes", "today at 18:05", "on Monday 7 December 2026"."""
    if moment <= standing.now:
        return "in a few minutes"
    if local_date(moment, standing.zone) == local_date(standing.now, standing.zone):
        return f"today at {moment.astimezone(ZoneInfo(standing.zone)):%H:%M}"
    return f"on {spoken_day(moment, standing.zone)}"


def firsts(standing: Standing) -> dict[str, str]:
    """For each sequence that is about to begin, when its first mail comes, to be put after "the first one"."""
    return {
        each.slug: moment_in_words(each.at, standing)
        for each in standing.coming
        if not each.had and each.at is not None
    }


def comes_next(standing: Standing) -> str:
    """What comes next, or that nothing does, in one or two sentences. Empty for somebody unknown."""
    match standing.state:
        case State.NEW | State.ERASED:
            return ""
        case State.ASKED:
            return "Nothing is sent until you press the button in the mail that asks you to confirm your address."
        case State.LEFT:
            return "You have stopped our mails. Nothing more comes."
        case State.BOUNCED:
            return "Your mailbox sent our mail back for good, so we do not write to this address any more."
        case State.SUPPRESSED:
            return "We do not write to this address any more."
        case State.FINISHED:
            return f"You have had all of “{standing.title}”. Nothing more of it is on its way."
        case State.PAUSED if standing.paused_until is not None:
            rest = f"Your mails are paused until {spoken_day(standing.paused_until, standing.zone)}."
            return f"{rest} {_next(standing)}".strip()
        case State.UNDER_WAY | State.PAUSED:
            return _next(standing) or f"All mails of “{standing.title}” have been sent or are on their way."
        case _:
            return "No more mails are on their way to you."


def _next(standing: Standing) -> str:
    """A sentence for each course that is under way, soonest first; empty if nothing is known."""
    return " ".join(filter(None, [_next_of(each, standing) for each in standing.coming]))


def _next_of(found: Upcoming, standing: Standing) -> str:
    if found.sequence_paused:
        return f"“{found.title}” rests at the moment; the next mail comes when the practice goes on with it."
    if found.at is None:
        return ""
    which = "The last mail" if found.left == 1 and found.had else "The next mail" if found.had else "The first mail"
    return f"{which} of “{found.title}” comes {moment_in_words(found.at, standing)}."


def goes_on(found: Upcoming, standing: Standing) -> str:
    """About an enrolment half-way: "“Six weeks”: five mails are still to come, the next one on Monday 7 December"."""
    verb = "is" if found.left == 1 else "are"
    at = f", the next one {moment_in_words(found.at, standing)}" if found.at is not None else ""
    return f"“{found.title}”: {count(found.left, 'mail')} {verb} still to come{at}."
