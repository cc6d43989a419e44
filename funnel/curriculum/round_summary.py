"""When the courses begin that begin together, in sentences for those who have not joined one yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from funnel.curriculum.model import Sequence
from funnel.curriculum.schedule.rounds import first_day
from funnel.language import _, weekday_of


def begins_together(sequences: Iterable[Sequence], today: date) -> list[str]:
    """A sentence for each of these that begins together; `today` is a date on the reader's wall.

    What it says of a date is of who joins today: who comes later may join another round.
    """
    return [_sentence(each, today) for each in sequences if each.rounds]


def _sentence(sequence: Sequence, today: date) -> str:
    begins, title = first_day(sequence, today), sequence.said_title
    if begins is None:
        return no_date(title)
    day = weekday_of(begins)
    if begins <= today:
        return _("“%(title)s” began for everybody on %(day)s, and you can still join.", title=title, day=day)
    return _("“%(title)s” begins for everybody on one day, the next time on %(day)s.", title=title, day=day)


def no_date(title: str) -> str:
    """What somebody is told who waits until the date of a round is set."""
    return _(
        "“%(title)s” begins for everybody on one day. The next is not set yet; you get a mail when it is.", title=title
    )
