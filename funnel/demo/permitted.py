"""Whether everybody got only what they had asked for, as long as they wanted it, and where mail was taken. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from funnel.demo.evidence import ACCEPTED, FAILED, RECEIPT, SKIPPED, Disagreement, Evidence, Fault
from funnel.demo.reminded import REMINDER

CONFIRMATION, NOTICE = "confirmation", "notice"


def without_consent(evidence: Evidence) -> Iterator[Disagreement]:
    """Who has not pressed the button gets the mail that asks, its reminder and no other; nobody unknown gets any."""
    rows = {row.key: row for row in evidence.rows}
    for mail in evidence.caught:
        row, person = rows.get(mail.key), evidence.people.get(mail.recipient.casefold())
        if mail.recipient.casefold() in evidence.staff and row is not None and row.kind == NOTICE:
            continue
        if mail.recipient.casefold() in evidence.guests and row is not None and row.kind == RECEIPT:
            continue
        if person is None:
            yield Disagreement(Fault.UNASKED, f"{mail.recipient}, who never signed up, has {mail.file}")
        elif row is None or row.kind in (CONFIRMATION, REMINDER):
            continue
        elif person.confirming is None:
            yield Disagreement(Fault.UNASKED, f"{person.email} never confirmed and has {row.name}")
        elif mail.at < person.confirming.machine:
            yield Disagreement(Fault.UNASKED, f"{person.email} had {row.name} before pressing the button")


def without_agreement(evidence: Evidence) -> Iterator[Disagreement]:
    """What follows a sequence comes to who agreed to it, and to nobody else."""
    agreed = {(lesson.email.casefold(), lesson.sequence) for lesson in evidence.expected}
    for row in evidence.rows:
        if row.sequence in evidence.followers and (row.email.casefold(), row.sequence) not in agreed:
            yield Disagreement(Fault.UNASKED, f"{row.email} never agreed to {row.sequence} and has {row.name}")


def after_leaving(evidence: Evidence) -> Iterator[Disagreement]:
    """Leaving counts at once: no row is made after it, and no mail comes that was not already on the wire."""
    for row in evidence.rows:
        person = evidence.people.get(row.email.casefold())
        made = person is not None and person.left is not None and row.created_at > person.left.story
        if made and row.state not in (SKIPPED, FAILED):
            yield Disagreement(Fault.AFTER_LEAVING, f"{row.email} had left, and {row.name} was made due ({row.state})")
    for mail in evidence.caught:
        person = evidence.people.get(mail.recipient.casefold())
        if person is not None and person.left and mail.at > person.left.machine + evidence.leaving_takes:
            late = (mail.at - person.left.machine).total_seconds()
            yield Disagreement(Fault.AFTER_LEAVING, f"{mail.recipient} has {mail.file}, {late:.1f} s after leaving")


def refusing_mailboxes(evidence: Evidence) -> Iterator[Disagreement]:
    """A mailbox that says no has nothing, is not recorded as having anything, and is recorded as having said no."""
    refusing = {email for email, person in evidence.people.items() if person.refuses}
    failed = {row.email.casefold() for row in evidence.rows if row.state == FAILED}
    for row in evidence.rows:
        if row.email.casefold() in refusing and row.state == ACCEPTED:
            yield Disagreement(Fault.REFUSED, f"{row.email} refuses mail, and {row.name} is recorded as accepted")
    for mail in evidence.caught:
        if mail.recipient.casefold() in refusing:
            yield Disagreement(Fault.REFUSED, f"{mail.recipient} refuses mail, and the catcher has {mail.file}")
    for email in sorted(refusing - failed):
        yield Disagreement(Fault.REFUSED, f"{email} refuses mail, and no delivery is recorded as failed")
