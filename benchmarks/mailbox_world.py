"""Mailboxes and their servers as they are: who is dead, full or turns us away, and what goes wrong in which week.

Everything is drawn from one seed. Servers answer in words of their kind; about half of them refuse at RCPT, the others
take the mail and send it back later.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from funnel.adapters.smtp.replies import SmtpReply
from funnel.adapters.smtp.rules import SmtpStage, refusal_outcome
from funnel.mail import Mail, Outcome, OutcomeKind

WINDOW = 20  # mails on the wire
_SHARES = {"large.example": 45, "big.example": 18, "middle.example": 12, "little.example": 8}  # of a hundred readers
_SMALL = 150  # domains of their own for the others
CLOSED, CLOSED_READERS = "closed.example", 12  # a firm that closes: all of its mailboxes die together
_DEATHS, _FULL, _BLOCKING = 0.004, 0.01, 0.004  # of the readers, each week
_UNKNOWN = (
    "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table",
    "550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 Please check {}",
    "550 5.1.1 <{}>... User unknown",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {} not found by SMTP address lookup",
)
_QUOTA = "552 5.2.2 <{}>: mailbox full"
_BLOCKED = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using a public list"
_LAPSED = (
    "550 5.1.8 <{}>: Sender address rejected: Domain not found",
    "553 sorry, your domain does not exist",
    "550 5.7.1 Domain does not exist",
    "501 5.0.0 Invalid domain name",
)


@dataclass(slots=True)
class Mailbox:
    """`dead_from`, and the days on which it is full or turns us away. `late` servers take all mail and bounce it."""

    address: str
    late: bool
    words: int
    dead_from: date | None = None
    full: set[date] = field(default_factory=set)
    blocking: set[date] = field(default_factory=set)

    @property
    def provider(self) -> str:
        return self.address.rpartition("@")[2]


class World:
    """An adapter whose mail ends here. `today` is set by whoever lives the days.

    `trouble` says what goes wrong on a day: "lapsed" (our domain, and they say so), "lapsed, unsaid", "listed" (our
    address, with two providers) or "bad hour" (of one provider).
    """

    name = "memory"

    def __init__(self, readers: int, begins: date, weeks: int, seed: int) -> None:
        self._drawn = random.Random(seed)
        self.window, self.today, self.trouble = WINDOW, begins, ""
        self.boxes = {box.address: box for box in self._mailboxes(readers)}
        self._live(begins, weeks)
        self.returned: list[tuple[date, Mail, str]] = []  # when it comes back, which mail, what was said
        self.given_up: set[str] = set()
        self.mailed_after: list[str] = []
        self.sent = self.refused_wrongly = 0

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        for mail in mails:
            yield mail.key, self._outcome(mail)

    def close(self) -> None:
        """Nothing is open."""

    def is_dead(self, address: str) -> bool:
        died = self.boxes[address].dead_from
        return died is not None and died <= self.today

    def comes_back_today(self) -> list[tuple[Mail, str]]:
        due = [(mail, said) for day, mail, said in self.returned if day <= self.today]
        self.returned = [each for each in self.returned if each[0] > self.today]
        return due

    def _outcome(self, mail: Mail) -> Outcome:
        address = mail.recipient.address
        self.sent += 1
        if address in self.given_up:
            self.mailed_after.append(address)
        said = self._said(self.boxes[address])
        if not said:
            return Outcome(OutcomeKind.ACCEPTED, "250 taken")
        self.refused_wrongly += not self.is_dead(address) and not said.startswith("552")
        box, said = self.boxes[address], said.format(address)
        if box.late:
            self.returned.append((self.today + timedelta(days=self._drawn.choice((0, 0, 0, 1))), mail, said))
            return Outcome(OutcomeKind.ACCEPTED, "250 taken")
        return refusal_outcome(SmtpReply(int(said[:3]), (said[4:],)), SmtpStage.RCPT)

    def _said(self, box: Mailbox) -> str:
        if self.trouble == "lapsed":
            return _LAPSED[box.words % len(_LAPSED)]
        if self.trouble == "lapsed, unsaid" or (self.trouble == "bad hour" and box.provider == "large.example"):
            return _UNKNOWN[box.words % len(_UNKNOWN)]  # only how many say so tells
        if self.is_dead(box.address):
            return _UNKNOWN[box.words % len(_UNKNOWN)]
        if self.trouble == "listed" and box.provider in ("big.example", "middle.example"):
            return _BLOCKED
        if self.today in box.blocking:
            return _BLOCKED
        return _QUOTA if self.today in box.full else ""

    def _mailboxes(self, readers: int) -> Iterator[Mailbox]:
        names, weights = [*_SHARES, "small"], [*_SHARES.values(), 100 - sum(_SHARES.values())]
        words = {f"small{n}.example": n for n in range(_SMALL)} | {name: n for n, name in enumerate(_SHARES)}
        for number in range(readers):
            domain = self._drawn.choices(names, weights)[0]
            if number < CLOSED_READERS:
                domain = CLOSED
            elif domain == "small":
                domain = f"small{self._drawn.randrange(_SMALL)}.example"
            kind = words.get(domain, 0)
            yield Mailbox(f"reader{number}@{domain}", late=kind % 2 == 1, words=kind)

    def _live(self, begins: date, weeks: int) -> None:
        """What becomes of each mailbox over these weeks."""
        for week in range(weeks):
            monday = begins + timedelta(weeks=week)
            for box in self.boxes.values():
                drawn = self._drawn.random()
                if box.dead_from is None and drawn < _DEATHS:
                    box.dead_from = monday
                elif drawn < _DEATHS + _FULL:
                    box.full |= {monday + timedelta(days=n) for n in range(self._drawn.choice((7, 14, 21)))}
                elif drawn < _DEATHS + _FULL + _BLOCKING:
                    box.blocking |= {monday + timedelta(days=n) for n in range(7)}
        for box in self.boxes.values():
            if box.provider == CLOSED:
                box.dead_from = begins + timedelta(weeks=1)
