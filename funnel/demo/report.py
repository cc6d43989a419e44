"""What the demonstration says at the end: for people as tables, for programs as JSON. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from funnel.demo.answering import letters_to_answers
from funnel.demo.dated import dated_counts
from funnel.demo.deeds import Recalled
from funnel.demo.doors import SOURCES, Door
from funnel.demo.evidence import Disagreement, Evidence, Fault, totals
from funnel.demo.reconcile import owed
from funnel.demo.reminded import reminder_counts_of
from funnel.demo.rounds import joined, waited

_STAGES = {
    "visits": "visits",
    "begun": "begun",
    "answered": "answered",
    "signups": "sign-ups",
    "confirmed": "confirmed",
    "received": "got it",
    "under_way": "under way",
    "finished": "finished",
    "booked": "booked",
}
_STATES = ("accepted", "failed", "skipped", "unknown")
_ACTORS = {"human": "people", "machine": "machines", "unknown": "unknown"}
_MOST_SHOWN = 40
_SLOW_SECONDS = 10.0
_AGREES = "  All agrees: no lesson twice, none missing, nothing to anybody who had not asked for it or had left."
_BUSY = "  This machine is busy or slow for so many people in so short a time: --seconds gives it more."


def as_json(
    evidence: Evidence, disagreements: Sequence[Disagreement], seconds: float, slowest: float = 0.0
) -> dict[str, Any]:
    """The same figures as `as_text`, as plain data. `ok` says whether all agree.

    Machine seconds: `seconds` is how long it took, `slowest` the longest a mail waited.
    """
    opens, clicks = totals(evidence.figures.opens), totals(evidence.figures.clicks)
    people, dated, buyers = _signed_up(evidence), dated_counts(evidence), _buyers(evidence)
    kinds = Counter(found.kind for found in disagreements)
    return {
        "people": len(people),
        "confirmed": sum(person.confirmed is not None for person in people),
        "left": sum(person.left is not None for person in people),
        "deliveries": _deliveries(evidence),
        "caught": len(evidence.caught),
        "duplicates": kinds[Fault.DUPLICATE],
        "missing": kinds[Fault.MISSING],
        "expected": len(owed(evidence)),
        "opens": opens.total(),
        "clicks": clicks.total(),
        "opens_by": dict(opens),
        "clicks_by": dict(clicks),
        "downloads": evidence.figures.downloads,
        "came_by": _came_by(evidence),
        "results_kept": len(evidence.figures.results),
        "breaks": sum(person.pause is not None for person in evidence.people.values()),
        "ended_by_hand": sum(bool(person.pause and person.pause.went_on) for person in evidence.people.values()),
        "readings": len(evidence.deeds.readings),
        "letters_read_again": sum(len(reading.letters) for reading in evidence.deeds.readings),
        "ticked_both": _ticked_both(evidence),
        "agreed_later": sum(person.agreed is not None for person in evidence.people.values()),
        "waited_for_a_round": waited(evidence),
        "rounds": {day.isoformat(): n for day, n in joined(evidence).items()},
        "dated": dated.got,
        "came_after_a_date": dated.came_after,
        "held_past_a_date": dated.held,
        "answered": sum(bool(person.answers) for person in people),
        "letters_to_answers": letters_to_answers(evidence),
        "bought": len(buyers),
        "given_back": sum(person.left is not None for person in buyers),
        "began_again": sum(person.began_again is not None for person in evidence.people.values()),
        "languages_chosen": sum(len(person.choices) for person in evidence.people.values()),
        "addresses_changed": sum(person.move is not None for person in evidence.people.values()),
        "taken_back": sum(bool(person.move and person.move.taken_back) for person in evidence.people.values()),
        "sessions_asked": len(evidence.deeds.guests.asked),
        "sessions_asked_by_readers": _sessions_of_readers(evidence),
        "sessions_changed": len(evidence.deeds.guests.changed),
        "sessions_cancelled": sum(evidence.deeds.guests.changed.values()),
        "looked_for_help": evidence.deeds.guests.looked_for_help,
        "funnel": {offer: dict(stages) for offer, stages in evidence.figures.funnel.items()},
        "seconds": round(seconds, 1),
        "slowest": round(slowest, 2),
        "problems": [str(found) for found in disagreements],
        "ok": not disagreements,
    }


def as_text(evidence: Evidence, disagreements: Sequence[Disagreement], seconds: float, slowest: float = 0.0) -> str:
    """The funnel as a table, what was sent and came back, and whether all agree."""
    deliveries = _deliveries(evidence)
    people = _signed_up(evidence)
    confirmed = sum(person.confirmed is not None for person in people)
    lines = [
        "",
        *_funnel_table(evidence),
        "",
        *_doors_table(evidence),
        "",
        f"  People      {len(people)}, of whom {confirmed} confirmed; {seconds:.0f} seconds",
        f"  Deliveries  {', '.join(f'{n} {state}' for state, n in deliveries.items())}",
        f"  Mailboxes   {len(evidence.caught)} mails caught, compared one by one",
        f"  Calendar    {len(owed(evidence))} lessons were owed by the end",
        f"  Opens       {_by_actor(totals(evidence.figures.opens))}",
        f"  Clicks      {_by_actor(totals(evidence.figures.clicks))}",
        f"  Downloads   {evidence.figures.downloads}",
        f"  Quiz        {_quiz(evidence)}",
        f"  Breaks      {_breaks(evidence)}",
        f"  Followed    {_followed(evidence)}",
        f"  Together    {_together(evidence)}",
        f"  Dated       {_dated(evidence)}",
        f"  Reminded    {_reminded(evidence)}",
        f"  Answers     {_answers(evidence)}",
        f"  Sold        {_sold(evidence)}",
        f"  Rooms       {_rooms(evidence)}",
        f"  Changes     {_changes(evidence)}",
        f"  On no list  {_guests(evidence)}",
        f"  Slowest     {slowest:.1f} s from a mail's row to the mailbox",
        "",
    ]
    if disagreements:
        lines.append(f"  {len(disagreements)} disagreement{'s' if len(disagreements) > 1 else ''}:")
        lines += [f"  - {found}" for found in disagreements[:_MOST_SHOWN]]
        if len(disagreements) > _MOST_SHOWN:
            lines.append(f"  and {len(disagreements) - _MOST_SHOWN} more; --json FILE has them all")
    else:
        lines.append(_AGREES)
    if slowest > _SLOW_SECONDS:
        lines += ["", _BUSY]
    return "\n".join(lines)


def _deliveries(evidence: Evidence) -> dict[str, int]:
    """How many rows are in each state; the usual ones always, others where there are any."""
    counted = Counter(row.state for row in evidence.rows)
    return {state: counted[state] for state in (*_STATES, *sorted(set(counted) - set(_STATES)))}


def _funnel_table(evidence: Evidence) -> list[str]:
    rows = [["", *_STAGES.values()]]
    for offer, stages in sorted(evidence.figures.funnel.items()):
        rows.append([offer, *(str(stages.get(stage, 0)) for stage in _STAGES)])
    sums = [sum(stages.get(stage, 0) for stages in evidence.figures.funnel.values()) for stage in _STAGES]
    rows.append(["all", *map(str, sums)])
    return _table(rows, texts=1)


def _came_by(evidence: Evidence) -> dict[str, dict[str, str | int]]:
    """By which door people came: the word that was kept with it, how many signed up, and how many of them confirmed."""
    deeds = evidence.deeds
    return {
        door.value: {
            "source": SOURCES.get(door, ""),
            "signed_up": deeds.came_by.get((door, SOURCES.get(door, "")), 0),
            "confirmed": deeds.confirmed_by.get((door, SOURCES.get(door, "")), 0),
        }
        for door in Door
    }


def _doors_table(evidence: Evidence) -> list[str]:
    rows = [["came by", "source", "sign-ups", "confirmed"]]
    for door, came in _came_by(evidence).items():
        rows.append([door, str(came["source"] or "-"), str(came["signed_up"]), str(came["confirmed"])])
    return _table(rows, texts=2)


def _table(rows: Sequence[Sequence[str]], texts: int) -> list[str]:
    """The rows in columns, of which the first `texts` are texts and the others numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def cell(column: int, said: str) -> str:
        return said.ljust(widths[column]) if column < texts else said.rjust(widths[column])

    return ["  " + "  ".join(cell(column, said) for column, said in enumerate(row)) for row in rows]


def _quiz(evidence: Evidence) -> str:
    begun, answered = (sum(counted.values()) for counted in (evidence.deeds.begun, evidence.deeds.answered))
    return f"begun {begun} times, answered {answered} times; {len(evidence.figures.results)} results are kept"


def _breaks(evidence: Evidence) -> str:
    taken = [person.pause for person in evidence.people.values() if person.pause is not None]
    by_hand = sum(pause.went_on is not None for pause in taken)
    return f"{len(taken)} taken, {by_hand} of them ended by hand"


def _followed(evidence: Evidence) -> str:
    later = sum(person.agreed is not None for person in evidence.people.values())
    return f"{_ticked_both(evidence)} ticked the box for what may follow, {later} agreed later by the link in a letter"


def _signed_up(evidence: Evidence) -> list[Recalled]:
    """The audience; who bought something never signed up."""
    return [person for person in evidence.people.values() if not person.bought]


def _buyers(evidence: Evidence) -> list[Recalled]:
    return [person for person in evidence.people.values() if person.bought]


def _dated(evidence: Evidence) -> str:
    got, came_after, held = dated_counts(evidence)
    return f"{got} got the letter with a date, {came_after} came after it, {held} were held up past it"


def _reminded(evidence: Evidence) -> str:
    sent, called_off = reminder_counts_of(evidence)
    return f"{sent} who had not confirmed got the one reminder, {called_off} confirmed before it went"


def _answers(evidence: Evidence) -> str:
    answered = sum(bool(person.answers) for person in _signed_up(evidence))
    return f"{answered} answered a question, {letters_to_answers(evidence)} letters spoke to what was answered"


def _sold(evidence: Evidence) -> str:
    buyers = _buyers(evidence)
    given_back = sum(person.left is not None for person in buyers)
    return f"{len(buyers)} bought a course, {given_back} of them had the money back"


def _together(evidence: Evidence) -> str:
    began = " and ".join(f"{n} on {day:%d %b}" for day, n in joined(evidence).items())
    return f"{waited(evidence)} waited for a round and were told; {began or 'nobody'} began with everybody"


def _ticked_both(evidence: Evidence) -> int:
    """Who confirmed, and is expected to have had more than one sequence because of a box."""
    had: dict[str, set[str]] = {}
    for lesson in evidence.expected:
        had.setdefault(lesson.email, set()).add(lesson.sequence)
    return sum(
        person.ticks_both and len(had.get(email, ())) > 1 and person.confirmed is not None
        for email, person in evidence.people.items()
    )


def _rooms(evidence: Evidence) -> str:
    readings = evidence.deeds.readings
    letters = sum(len(reading.letters) for reading in readings)
    again = sum(person.began_again is not None for person in evidence.people.values())
    return f"{letters} letters read again on {len(readings)} visits; {again} began the course again"


def _changes(evidence: Evidence) -> str:
    chosen = sum(len(person.choices) for person in evidence.people.values())
    moves = [person.move for person in evidence.people.values() if person.move is not None]
    back = sum(move.taken_back is not None for move in moves)
    return f"another language chosen {chosen} times; {len(moves)} addresses changed, {back} of them changed back"


def _guests(evidence: Evidence) -> str:
    guests, readers = evidence.deeds.guests, _sessions_of_readers(evidence)
    cancelled = sum(guests.changed.values())
    return (
        f"{guests.looked_for_help} looked for help; {len(guests.asked)} asked for a session, {readers} of them by a "
        f"letter's link; {len(guests.changed) - cancelled} asked for another time, {cancelled} cancelled"
    )


def _sessions_of_readers(evidence: Evidence) -> int:
    return sum(email in evidence.people for email in evidence.deeds.guests.asked)


def _by_actor(hits: Counter[str]) -> str:
    if not hits:
        return "none"
    parts = ", ".join(f"{hits[actor]} by {name}" for actor, name in _ACTORS.items() if hits[actor])
    return f"{hits.total()}: {parts}"
