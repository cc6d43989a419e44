"""What each person should have by now, worked out from what people did and the practice's folder alone.

The rows are not asked: the calendar comes from `funnel.curriculum`, which needs neither clock nor database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from funnel.curriculum import (
    Calendar,
    Library,
    Progress,
    ReaderClock,
    Sequence,
    Step,
    cumulative_days,
    local_date,
    rehearse_from,
    wall_time,
)
from funnel.curriculum.schedule.calendar import sending_zone
from funnel.curriculum.schedule.rounds import first_day
from funnel.curriculum.sold import sold_by
from funnel.demo.deeds import Recalled
from funnel.demo.evidence import Expected

# A lesson that the fast clock carries past its day waits for the next sending day; a course that follows begins as much
# later; and holidays of the practice may then fall differently. More than this is no rounding.
SLACK = timedelta(days=10)
# Machine time in which a healthy service has surely sent what is due, on a slow machine too.
LAG = timedelta(seconds=2)


def expected_lessons(
    library: Library, people: Iterable[Recalled], rate: float, slowest: timedelta = timedelta(0)
) -> list[Expected]:
    """Every unconditional lesson of everyone who confirmed, walk by walk in order. `rate` is story seconds per second.

    `slowest` is the longest a mail was seen to wait on this machine (story time): what follows it is as much later.
    Lessons with a condition are left out: they may rightly be passed over.
    """
    found: list[Expected] = []
    for person in people:
        for number, (begins, begun) in enumerate(_rounds(person), 1):
            earliest = _earliest(library, person, begins)
            rested = _earliest(library, person, begins, _days_of_rest(person)) if person.pause else {}
            for sequence, step in _rehearsed(library, person, begun):
                lesson = step.lesson
                if lesson.only_if is not None or step.passed_over:
                    continue
                latest = step.due.at + SLACK + LAG * rate + 2 * slowest
                key = sequence.slug, lesson.id
                found.append(
                    Expected(person.email, *key, earliest[key], _after_rest(person, latest), number, rested.get(key))
                )
    return found


def _rounds(person: Recalled) -> Iterator[tuple[datetime, datetime]]:
    """Between which times (story) each way through the sequences began: by confirming, and by beginning again."""
    if person.confirming is not None and person.confirmed is not None:
        yield person.confirming.story, person.confirmed.story
    if person.began_again is not None:
        yield person.began_again.before.story, person.began_again.after.story


def _days_of_rest(person: Recalled) -> int:
    """By how many days of her own calendar a break surely moved what had not been made due before it."""
    if person.pause is None:
        return 0
    start, end = person.pause.pressed.after.story, person.pause.lasts_until
    return max(0, (local_date(end, person.zone) - local_date(start, person.zone)).days)


def _after_rest(person: Recalled, latest: datetime) -> datetime:
    """The latest time of a lesson, moved by her break where that had not passed when it began."""
    pause = person.pause
    if pause is None or latest < pause.pressed.before.story:
        return latest
    return latest + (pause.over_by - pause.pressed.before.story)


def _earliest(library: Library, person: Recalled, start: datetime, rest: int = 0) -> dict[tuple[str, str], datetime]:
    """For each lesson the plain wall time of its day, `rest` days later; weekdays, holidays and delays add to it.

    What follows a sequence is as much later once, whichever of the two was under way when the break was taken.
    """
    found: dict[tuple[str, str], datetime] = {}
    begins = {sequence.slug: start for sequence in _begun_by_confirming(library, person.offer)}
    for sequence in _in_order(library, person):
        began = begins.get(sequence.slug)
        day_0 = None if began is None else first_day(sequence, local_date(began, person.zone))
        if began is None or day_0 is None:
            continue  # it waits for the date of a round
        waits = day_0 > local_date(began, person.zone)
        moved = 0 if sequence.rounds else rest  # what was waited for is not moved by a break before it
        zone = sending_zone(sequence, ReaderClock(person.zone), library.practice.zone)
        days = cumulative_days(sequence)
        last = began
        for lesson in sequence.lessons:
            day, hour = day_0 + timedelta(days=days[lesson.id]), lesson.at or sequence.send.at
            if lesson.on is not None:
                found[sequence.slug, lesson.id] = max(wall_time(lesson.on, hour, zone), began)
            elif days[lesson.id] == 0 and not waits:
                # At once; counted in hours, a break may be one shorter on the wall, where a clock change lies in it.
                found[sequence.slug, lesson.id] = began + timedelta(days=moved) - timedelta(hours=bool(moved))
            else:
                found[sequence.slug, lesson.id] = max(wall_time(day + timedelta(days=moved), hour, zone), began)
                last = max(wall_time(day, hour, zone), began)
        later = [last, *([person.agreed.before.story] if person.agreed else [])]
        for follower in _begun_by_finishing(library, sequence, person):
            begins.setdefault(follower.slug, max(later))
    return found


def _rehearsed(library: Library, person: Recalled, start: datetime) -> Iterator[tuple[Sequence, Step]]:
    """Every lesson of every sequence this person comes through, rehearsed one sequence after the other."""
    reader, calendar = ReaderClock(person.zone), Calendar.of(library.practice)
    begins = {sequence.slug: start for sequence in _begun_by_confirming(library, person.offer)}
    busy: frozenset[date] = frozenset()
    for sequence in _in_order(library, person):
        began = begins.get(sequence.slug)
        day_0 = None if began is None else first_day(sequence, local_date(began, reader.zone))
        if began is None or day_0 is None:
            continue
        begun = Progress(day_0, began, busy_days=busy)
        steps = rehearse_from(sequence, reader, calendar, begun)
        yield from ((sequence, step) for step in steps)
        busy |= {local_date(step.due.at, reader.zone) for step in steps}
        later = [steps[-1].due.at, *([person.agreed.after.story] if person.agreed else [])]
        for follower in _begun_by_finishing(library, sequence, person):
            begins.setdefault(follower.slug, max(later))


def _in_order(library: Library, person: Recalled) -> list[Sequence]:
    """The sequences this person comes through, each once, the following ones after those they follow."""
    order: list[Sequence] = []
    ahead = _begun_by_confirming(library, person.offer)
    while ahead:
        sequence = ahead.pop(0)
        if sequence not in order:
            order.append(sequence)
            ahead.extend(_begun_by_finishing(library, sequence, person))
    return order


def _begun_by_confirming(library: Library, offer: str) -> list[Sequence]:
    """What confirming begins, or for an offer that is sold, buying it."""
    if offer in library.offers and library.offers[offer].paid:
        return sold_by(library.sequences.values(), offer)
    return [each for each in library.sequences.values() if "confirm" in each.start_on and offer in each.for_offers]


def _begun_by_finishing(library: Library, sequence: Sequence, person: Recalled) -> list[Sequence]:
    """What follows a sequence for this person: what the offer's second box asks for, ticked or agreed to later."""
    offer = library.offers.get(person.offer)
    agreed = offer.followed_by if offer is not None and (person.ticks_both or person.agreed) else ""
    return [
        each
        for each in library.sequences.values()
        if each.slug == agreed and f"finished:{sequence.slug}" in each.start_on
    ]


def followers(library: Library) -> frozenset[str]:
    """The sequences that begin where another has ended."""
    return frozenset(
        each.slug for each in library.sequences.values() if any(key.startswith("finished:") for key in each.start_on)
    )
