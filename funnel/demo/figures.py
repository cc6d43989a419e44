"""The dashboard's figures against the rows, and against what the audience did. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from funnel.demo.deeds import Deeds, GuestDeeds, Recalled
from funnel.demo.evidence import RECEIPT, Disagreement, Fault, Figures, SeenRow

# The stages the audience can count from outside; the others are the service's own knowledge, which `agreement` checks.
_STAGES = ("visits", "begun", "answered", "signups", "confirmed", "booked")
_ENDS = ("accepted", "failed", "skipped")


def compare_figures(rows: Sequence[SeenRow], deeds: Deeds, figures: Figures) -> Iterator[Disagreement]:
    """A sentence for every figure that is not what it should be."""
    yield from (Disagreement(Fault.FIGURE, sentence) for sentence in figures.disagreements)
    yield from _stages(deeds, figures)
    yield from _lessons(rows, figures)
    yield from _hits("opens", rows, deeds.opens, figures.opens)
    yield from _hits("clicks", rows, deeds.clicks, figures.clicks)
    yield from _firsts("opened", rows, figures.opens, figures)
    yield from _firsts("clicked", rows, figures.clicks, figures)
    yield from _conversations(rows, deeds)
    yield from _sessions(rows, deeds.guests, figures)
    yield from _sources(deeds, figures)
    if deeds.downloads != figures.downloads:
        yield Disagreement(
            Fault.FIGURE,
            f"the audience downloaded {deeds.downloads} times, the sign-ups say {figures.downloads}",
        )


def _conversations(rows: Sequence[SeenRow], deeds: Deeds) -> Iterator[Disagreement]:
    """The practice is told of everything, a reader of what has a link she may need."""
    told, mailed = (sum(row.kind == kind for row in rows) for kind in ("notice", "booking"))
    booked = sum(deeds.booked.values())
    of_guests = len(deeds.guests.asked) + len(deeds.guests.changed)
    done = booked + deeds.cancelled + deeds.asked_again + of_guests
    if told != done:
        yield Disagreement(
            Fault.FIGURE,
            f"{booked} people asked for a conversation, {deeds.cancelled} cancelled and {deeds.asked_again} asked "
            f"again, and {of_guests} times a session was asked for or changed; the practice was told of {told}",
        )
    if mailed != booked + deeds.cancelled:
        yield Disagreement(
            Fault.FIGURE,
            f"{booked} people asked for a conversation and {deeds.cancelled} cancelled, {mailed} were mailed the link",
        )


def _sessions(rows: Sequence[SeenRow], guests: GuestDeeds, figures: Figures) -> Iterator[Disagreement]:
    """Each session is counted with the page or lesson that led there; who asked is mailed that, and its cancelling."""
    asked = Counter(guests.asked.values())
    for session, source in sorted({*asked, *figures.sessions}):
        shown, made = figures.sessions.get((session, source), 0), asked[session, source]
        if shown != made:
            yield Disagreement(
                Fault.FIGURE,
                f"the dashboard shows {shown} sessions asked for ({session}, from {source or 'nowhere'}), the audience "
                f"made {made}",
            )
    mailed = Counter(row.email.casefold() for row in rows if row.kind == RECEIPT)
    for email in sorted({*mailed, *guests.asked}):
        right = (email in guests.asked) + guests.changed.get(email, False)
        if mailed[email] != right:
            yield Disagreement(
                Fault.FIGURE, f"{email} has {mailed[email]} mails about a session, and there should be {right}"
            )


def _sources(deeds: Deeds, figures: Figures) -> Iterator[Disagreement]:
    """By whichever door somebody came, the word of that place was kept, and counts her asking and her confirming."""
    asked, confirmed = _by_source(deeds.came_by), _by_source(deeds.confirmed_by)
    for source in sorted({*asked, *confirmed, *figures.sources}):
        shown, made = figures.sources.get(source, (0, 0)), (asked[source], confirmed[source])
        if shown != made:
            yield Disagreement(
                Fault.FIGURE,
                f"the dashboard shows {shown[0]} sign-ups from {source}, {shown[1]} of them confirmed; the audience "
                f"made {made[0]}, {made[1]} of them confirmed",
            )


def _by_source(came: Mapping[tuple[str, str], int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, source), n in came.items():
        if source:
            found[source] += n
    return found


def compare_results(deeds: Deeds, figures: Figures, people: Mapping[str, Recalled]) -> Iterator[Disagreement]:
    """A result is kept of those, and of those alone, who agreed to it, confirmed and stayed; and it is theirs."""
    staying = {email for email, person in people.items() if person.confirmed is not None and person.left is None}
    should = {email: result for email, result in deeds.keeping.items() if email in staying}
    for email in sorted({*should, *figures.results}):
        kept, right = figures.results.get(email), should.get(email)
        if kept is None:
            yield Disagreement(Fault.MISSING, f"{email} agreed to have the result of the quiz kept, and none is")
        elif right is None:
            yield Disagreement(Fault.UNASKED, f"a result is kept of {email}, who did not agree to it, or has left")
        elif kept != right:
            yield Disagreement(Fault.FIGURE, f"the result kept of {email} is not what the answers came to")


def _stages(deeds: Deeds, figures: Figures) -> Iterator[Disagreement]:
    for stage in _STAGES:
        made: Mapping[str, int] = getattr(deeds, stage)
        for offer in sorted({*made, *figures.funnel}):
            shown = figures.funnel.get(offer, {}).get(stage, 0)
            if shown != made.get(offer, 0):
                yield Disagreement(
                    Fault.FIGURE,
                    f"the dashboard shows {shown} {stage} for {offer}, the audience made {made.get(offer, 0)}",
                )


def _lessons(rows: Sequence[SeenRow], figures: Figures) -> Iterator[Disagreement]:
    counted = Counter((row.sequence or "", row.lesson_id, row.state) for row in rows if row.lesson_id)
    lessons = {(sequence, lesson) for sequence, lesson, _ in counted} | set(figures.lessons)
    for sequence, lesson in sorted(lessons):
        for measure in _ENDS:
            shown = figures.lessons.get((sequence, lesson), {}).get(measure, 0)
            there = counted[sequence, lesson, measure]
            if shown != there:
                yield Disagreement(
                    Fault.FIGURE,
                    f"the dashboard shows {shown} {measure} for {sequence}/{lesson}, the rows say {there}",
                )


def _hits(
    what: str, rows: Sequence[SeenRow], made: Mapping[str, int], recorded: Mapping[str, Mapping[str, int]]
) -> Iterator[Disagreement]:
    """Mail by mail: what was done is what was recorded, people, machines and unknown together."""
    names = {row.message_id: f"{row.name} to {row.email}" for row in rows}
    for message_id in sorted({*made, *recorded}):
        stored = sum(recorded.get(message_id, {}).values())
        if stored != made.get(message_id, 0):
            name, done = names.get(message_id, message_id), made.get(message_id, 0)
            yield Disagreement(Fault.FIGURE, f"{name}: {done} {what} were made, {stored} are recorded")


def _firsts(
    measure: str, rows: Sequence[SeenRow], recorded: Mapping[str, Mapping[str, int]], figures: Figures
) -> Iterator[Disagreement]:
    """A lesson's counter says in how many deliveries a person, or a machine, did it at least once."""
    for actor, name in (("human", measure), ("machine", f"machine_{measure}")):
        counted = Counter(
            (row.sequence or "", row.lesson_id or "")
            for row in rows
            if row.lesson_id and recorded.get(row.message_id, {}).get(actor)
        )
        for key in sorted({*counted, *figures.lessons}):
            shown = figures.lessons.get(key, {}).get(name, 0)
            if shown != counted[key]:
                yield Disagreement(
                    Fault.FIGURE,
                    f"the dashboard shows {shown} {name} for {'/'.join(key)}, the recorded events say {counted[key]}",
                )
