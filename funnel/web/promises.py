"""What arrives after confirming, and when, in plain sentences made from the sequences themselves."""

from __future__ import annotations

from funnel.curriculum.model import Library, Sequence

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def promised(library: Library, offer: str) -> list[str]:
    """One sentence for each sequence that this offer leads into, in the order in which they come."""
    sentences: list[str] = []
    triggers, seen = {"confirm"}, set[str]()
    while True:
        following = [
            found
            for found in library.sequences.values()
            if found.slug not in seen
            and triggers & set(found.start_on)
            and ("confirm" not in triggers or offer in found.for_offers)
        ]
        if not following:
            return sentences
        sentences += [_sentence(found, first="confirm" in triggers) for found in following]
        seen |= {found.slug for found in following}
        triggers = {f"finished:{found.slug}" for found in following}


def _sentence(sequence: Sequence, first: bool) -> str:
    """ "Three mails over five days, the first in a few minutes." """
    mails = _count(len(sequence.lessons), "mail")
    opening = mails.capitalize() if first else f"After that, “{sequence.title}”: {mails}"
    days = _length_in_days(sequence)
    spread = f" over {_count(days + 1, 'day')}" if days < 14 else f" over {_count(round(days / 7), 'week')}"
    ending = ", the first one in a few minutes" if first and sequence.lessons and sequence.lessons[0].day == 0 else ""
    return f"{opening}{spread if days else ''}{ending}."


def _length_in_days(sequence: Sequence) -> int:
    """From the day of the first mail to that of the last."""
    day = 0
    for lesson in sequence.lessons:
        if lesson.day is not None:
            day = lesson.day
        elif lesson.after is not None:
            day += lesson.after.days
    return day


def _count(number: int, thing: str) -> str:
    return f"{_WORDS[number] if number < len(_WORDS) else number} {thing}{'' if number == 1 else 's'}"
