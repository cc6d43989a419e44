"""How a reader is told where she stands: the same sentence on every page and in every mail."""

from __future__ import annotations

from datetime import datetime

from funnel.curriculum import local_date
from funnel.curriculum.round_summary import no_date
from funnel.curriculum.schedule_summary import number_in_words
from funnel.enrolment.looking_ahead import Upcoming
from funnel.enrolment.standing import Standing, State
from funnel.language import _, ngettext, time_in_words, weekday_in_words


def moment_in_words(moment: datetime, standing: Standing) -> str:
    """When that is for this reader: "in a few minutes", "today at 18:05", "on Monday 7 December 2026"."""
    if moment <= standing.now:
        return _("in a few minutes")
    if local_date(moment, standing.zone) == local_date(standing.now, standing.zone):
        return _("today at %(time)s", time=time_in_words(moment, standing.zone))
    return _("on %(day)s", day=weekday_in_words(moment, standing.zone))


def appointment_in_words(at: datetime, zone: str) -> str:
    """When something is, on the wall in `zone`: "Tuesday 12 January 2027 at 14:00 (Dublin time)"."""
    city = zone.rpartition("/")[2].replace("_", " ")
    return _(
        "%(day)s at %(time)s (%(city)s time)", day=weekday_in_words(at, zone), time=time_in_words(at, zone), city=city
    )


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
            return _("Nothing is sent until you press the button in the mail that asks you to confirm your address.")
        case State.LEFT:
            return _("You have stopped our mails. Nothing more comes.")
        case State.BOUNCED:
            return _("Your mailbox sent our mail back for good, so we do not write to this address any more.")
        case State.SUPPRESSED:
            return _("We do not write to this address any more.")
        case State.FINISHED:
            return had_all_of(standing.title)
        case State.PAUSED if standing.paused_until is not None:
            rest = _("Your mails are paused until %(day)s.", day=weekday_in_words(standing.paused_until, standing.zone))
            return f"{rest} {_next(standing)}".strip()
        case State.UNDER_WAY | State.PAUSED:
            return _next(standing) or _(
                "All mails of “%(title)s” have been sent or are on their way.", title=standing.title
            )
        case __:
            return _("No more mails are on their way to you.")


def had_all_of(title: str) -> str:
    """What somebody is told who has finished."""
    return _("You have had all of “%(title)s”. Nothing more of it is on its way.", title=title)


def _next(standing: Standing) -> str:
    """A sentence for each course that is under way, soonest first; empty if nothing is known."""
    return " ".join(filter(None, [_next_of(each, standing) for each in standing.coming]))


def _next_of(found: Upcoming, standing: Standing) -> str:
    title = found.title
    if found.sequence_paused:
        return _("“%(title)s” rests at the moment; the next mail comes when the practice goes on with it.", title=title)
    if found.undated:
        return no_date(title)
    if found.at is None:
        return ""
    when = moment_in_words(found.at, standing)
    if found.begins_together:
        return begins_on(title, when)
    if not found.had:
        return _("The first mail of “%(title)s” comes %(when)s.", title=title, when=when)
    if found.left == 1:
        return _("The last mail of “%(title)s” comes %(when)s.", title=title, when=when)
    return _("The next mail of “%(title)s” comes %(when)s.", title=title, when=when)


def begins_on(title: str, when: str) -> str:
    """What somebody is told who waits for her round, whose first mail comes `when`: "on Friday 8 January 2027"."""
    return _("“%(title)s” begins for everybody on one day: the first mail comes %(when)s.", title=title, when=when)


def goes_on(found: Upcoming, standing: Standing) -> str:
    """About an enrolment half-way: "“Six weeks”: five mails are still to come, the next one on Monday 7 December"."""
    count = {"title": found.title, "number": number_in_words(found.left)}
    if found.at is None:
        return ngettext(
            "“%(title)s”: one mail is still to come.",
            "“%(title)s”: %(number)s mails are still to come.",
            found.left,
            **count,
        )
    return ngettext(
        "“%(title)s”: one mail is still to come, the next one %(when)s.",
        "“%(title)s”: %(number)s mails are still to come, the next one %(when)s.",
        found.left,
        when=moment_in_words(found.at, standing),
        **count,
    )
