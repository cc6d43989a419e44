"""What people changed in their rooms, language and address, against the mail that came since. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from funnel.demo.deeds import AddressMove, Press, Recalled
from funnel.demo.evidence import CaughtFile, Disagreement, Evidence, Fault, SeenRow

NEW_ADDRESS, OLD_ADDRESS = "new_address", "old_address"
# Machine time for which a batch of mail goes on with the addresses that it began with.
_ON_THE_WIRE = timedelta(seconds=10)


def addresses_as_chosen(evidence: Evidence) -> Iterator[Disagreement]:
    """Each mail went to the address its reader had; to one she had no more only what tells her so, or was under way."""
    rows = {row.key: row for row in evidence.rows}
    for mail in evidence.caught:
        row, person = rows.get(mail.key), evidence.people.get(mail.recipient.casefold())
        if row is None or person is None:
            continue
        address = mail.address.casefold()
        if address not in _addresses(evidence, person, row) or _came_late(person, row, mail):
            yield Disagreement(
                Fault.ADDRESS, f"{row.name} for {person.email} came to {address}, which was not the address then"
            )
    for email, person in evidence.people.items():
        move, kept = person.move, evidence.figures.addresses.get(email)
        is_now = email if move is None or move.taken_back is not None else move.to
        if kept is not None and kept.casefold() != is_now.casefold():
            yield Disagreement(Fault.ADDRESS, f"{email} is written to at {kept}, and chose {is_now}")


def addresses_as_asked(evidence: Evidence) -> Iterator[Disagreement]:
    """A new address was asked as often as somebody wished for it, and the old one told of each that said yes."""
    mailed = Counter((row.kind, row.email) for row in evidence.rows)
    for email in sorted({row.email for row in evidence.rows}):
        person = evidence.people.get(email)
        asked, moved = email in evidence.deeds.addresses_asked, person is not None and person.move is not None
        for kind, wanted in ((NEW_ADDRESS, asked), (OLD_ADDRESS, moved)):
            if mailed[kind, email] != wanted:
                made = f"{mailed[kind, email]} mails of the kind {kind} were made for {email}"
                yield Disagreement(Fault.ADDRESS, f"{made}, and there should be {int(wanted)}")


def languages_as_chosen(evidence: Evidence) -> Iterator[Disagreement]:
    """Each mail was in the language its reader had chosen, or in the practice's own where it is written in no other."""
    rows = {row.key: row for row in evidence.rows}
    for mail in evidence.caught:
        row, person = rows.get(mail.key), evidence.people.get(mail.recipient.casefold())
        if row is None or person is None or not mail.language or not evidence.written_in:
            continue
        own = evidence.written_in[0]
        written = evidence.lessons_in.get((row.sequence or "", row.lesson_id or ""), frozenset(evidence.written_in))
        wanted = {each if each in written else own for each in _languages(person, row, own)}
        if mail.language not in wanted:
            yield Disagreement(
                Fault.LANGUAGE,
                f"{row.name} to {person.email} was in {mail.language}, not in {' or '.join(sorted(wanted))}",
            )
    for email, person in evidence.people.items():
        kept = evidence.figures.languages.get(email)
        if person.choices and kept != person.choices[-1].language:
            yield Disagreement(Fault.LANGUAGE, f"{email} chose {person.choices[-1].language}, and {kept} is recorded")


def _addresses(evidence: Evidence, person: Recalled, row: SeenRow) -> set[str]:
    """Where this mail may have gone: to the address that she had at any time between its row and its end."""
    if row.kind == NEW_ADDRESS:
        return {evidence.deeds.addresses_asked.get(person.email, "")}
    if row.kind == OLD_ADDRESS or person.move is None:
        return {person.email}
    return {address for address, begins, ends in _spans(person.email, person.move) if _within(row, begins, ends)}


def _spans(first: str, move: AddressMove) -> list[tuple[str, Press | None, Press | None]]:
    """Her addresses in order, each with the press by which it became hers and the one by which that ended."""
    back = move.taken_back
    again: list[tuple[str, Press | None, Press | None]] = [] if back is None else [(first, back, None)]
    return [(first, None, move.pressed), (move.to, move.pressed, back), *again]


def _languages(person: Recalled, row: SeenRow, own: str) -> set[str]:
    """The languages that she may have had between this mail's row and its end."""
    presses = [choice.pressed for choice in person.choices]
    said = own, *(choice.language for choice in person.choices)
    spans = zip(said, (None, *presses), (*presses, None), strict=True)
    return {language for language, begins, ends in spans if _within(row, begins, ends)}


def _within(row: SeenRow, begins: Press | None, ends: Press | None) -> bool:
    """Whether a mail may have been made after the one press and before the other."""
    too_soon = begins is not None and row.ended_at is not None and row.ended_at < begins.before.story
    too_late = ends is not None and row.created_at > ends.after.story
    return not too_soon and not too_late


def _came_late(person: Recalled, row: SeenRow, mail: CaughtFile) -> bool:
    """Whether it came to an address that had ended before it was surely on the wire."""
    if person.move is None or row.kind == OLD_ADDRESS:
        return False
    spans = _spans(person.email, person.move)
    ended = [ends.after.machine if ends else None for address, _, ends in spans if address == mail.address.casefold()]
    return all(at is not None and mail.at > at + _ON_THE_WIRE for at in ended)
