"""What the audience did, written down as it happens from several threads, and read at the end."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from funnel.demo.audience import Person
from funnel.demo.deeds import AddressMove, Deeds, LanguageChoice, Moment, Pause, Press, Recalled, RoomReading
from funnel.demo.doors import SOURCES
from funnel.demo.evidence import Disagreement, Fault
from funnel.demo.guest_book import GuestBook


class Diary:
    """Safe to write from any thread. `now` gives the present on both clocks."""

    def __init__(self, people: Iterable[Person], now: Callable[[], Moment]) -> None:
        self.now = now
        self.guest_book = GuestBook()
        self._lock = threading.Lock()
        self._known = {
            each.email: Recalled(
                each.email,
                each.zone,
                each.offer,
                refuses=each.refuses,
                ticks_both=each.ticks_both,
                answers=each.answers,
            )
            for each in people
        }
        self._counted: dict[str, Counter[str]] = {
            name: Counter()
            for name in ("visits", "begun", "answered", "signups", "confirmed", "booked", "opens", "clicks")
        }
        self._came_by: Counter[tuple[str, str]] = Counter()
        self._confirmed_by: Counter[tuple[str, str]] = Counter()
        self._signed_up: set[str] = set()
        self._booked: set[str] = set()
        self._cancelled: set[str] = set()
        self._asked_again: set[str] = set()
        self._keeping: dict[str, str] = {}
        self._links_asked: Counter[str] = Counter()
        self._addresses_asked: dict[str, str] = {}
        self._readings: list[RoomReading] = []
        self._downloads = 0
        self._problems: list[Disagreement] = []

    def visited(self, person: Person) -> None:
        self._count("visits", person.offer)

    def visited_offer(self, offer: str) -> None:
        """The page of an offer, by somebody who is none of these people."""
        self._count("visits", offer)

    def bought(self, email: str, zone: str, offer: str, pressed: Press) -> None:
        """The checkout has sold this; a purchase is a sign-up, and confirms it."""
        with self._lock:
            known = Recalled(email, zone, offer, confirming=pressed.before, confirmed=pressed.after, bought=True)
            self._known[email] = known
            for stage in ("signups", "confirmed"):
                self._counted[stage][offer] += 1

    def given_back(self, email: str) -> None:
        """The purchase was refunded: nothing more is to come, as after leaving."""
        with self._lock:
            self._known[email] = replace(self._known[email], left=self.now())

    def began(self, person: Person) -> None:
        """The first statement of a quiz was answered."""
        self._count("begun", person.offer)

    def answered(self, person: Person) -> None:
        """The result of a quiz was shown."""
        self._count("answered", person.offer)

    def agreed_to_keep(self, person: Person, result: str) -> None:
        """The box beside a result was ticked, and the form sent."""
        with self._lock:
            self._keeping[person.email] = result

    def signed_up(self, person: Person) -> None:
        """Counted once a person, however often they sign up."""
        with self._lock:
            if person.email not in self._signed_up:
                self._signed_up.add(person.email)
                self._counted["signups"][person.offer] += 1
                self._came_by[person.door, SOURCES.get(person.door, "")] += 1

    def pressing(self, person: Person) -> None:
        """The button is about to be pressed; only the first time matters."""
        with self._lock:
            known = self._known[person.email]
            if known.confirming is None:
                self._known[person.email] = replace(known, confirming=self.now())

    def confirmed(self, person: Person) -> None:
        with self._lock:
            known = self._known[person.email]
            if known.confirmed is None:
                self._known[person.email] = replace(known, confirmed=self.now())
                self._counted["confirmed"][person.offer] += 1
                self._confirmed_by[person.door, SOURCES.get(person.door, "")] += 1

    def has_confirmed(self, person: Person) -> bool:
        with self._lock:
            return self._known[person.email].confirmed is not None

    def left(self, person: Person) -> None:
        with self._lock:
            known = self._known[person.email]
            self._known[person.email] = replace(known, left=known.left or self.now())

    def paused(self, person: Person, pressed: Press, weeks: int) -> None:
        with self._lock:
            self._known[person.email] = replace(self._known[person.email], pause=Pause(pressed, weeks))

    def went_on(self, person: Person, pressed: Press) -> None:
        """A break was ended by hand."""
        with self._lock:
            known = self._known[person.email]
            if known.pause is not None:
                self._known[person.email] = replace(known, pause=replace(known.pause, went_on=pressed))

    def began_again(self, person: Person, pressed: Press) -> None:
        with self._lock:
            self._known[person.email] = replace(self._known[person.email], began_again=pressed)

    def agreed(self, person: Person, pressed: Press) -> None:
        """What may follow was agreed to by the link in a letter."""
        with self._lock:
            self._known[person.email] = replace(self._known[person.email], agreed=pressed)

    def has_agreed(self, person: Person) -> bool:
        with self._lock:
            return self._known[person.email].agreed is not None

    def has_begun_again(self, person: Person) -> bool:
        with self._lock:
            return self._known[person.email].began_again is not None

    def chose_language(self, person: Person, choice: LanguageChoice) -> None:
        with self._lock:
            known = self._known[person.email]
            self._known[person.email] = replace(known, choices=(*known.choices, choice))

    def asked_for_address(self, person: Person, address: str) -> None:
        """Letters are to come to this address, which is asked."""
        with self._lock:
            self._addresses_asked[person.email] = address

    def has_asked_for_address(self, person: Person) -> bool:
        with self._lock:
            return person.email in self._addresses_asked

    def moved(self, person: Person, move: AddressMove) -> None:
        """The new address has said yes; or the old one, with `taken_back`, no."""
        with self._lock:
            self._known[person.email] = replace(self._known[person.email], move=move)

    def move_of(self, person: Person) -> AddressMove | None:
        with self._lock:
            return self._known[person.email].move

    def gets_letters_at(self, person: Person, address: str) -> bool:
        """Whether letters come to this mailbox now: the links in those that lie in another one open nothing of hers."""
        with self._lock:
            known = self._known.get(person.email)
            move = None if known is None else known.move
        now = person.email if move is None or move.taken_back is not None else move.to
        return address.casefold() == now.casefold()

    def asked_for_link(self, person: Person) -> None:
        """The link that opens all of a room was asked for."""
        with self._lock:
            self._links_asked[person.email] += 1

    def read_again(self, reading: RoomReading) -> None:
        with self._lock:
            self._readings.append(reading)

    def booked(self, person: Person) -> None:
        with self._lock:
            if person.email not in self._booked:
                self._booked.add(person.email)
                self._counted["booked"][person.offer] += 1

    def has_booked(self, person: Person) -> bool:
        with self._lock:
            return person.email in self._booked

    def cancelled(self, person: Person) -> None:
        with self._lock:
            self._cancelled.add(person.email)

    def asked_again(self, person: Person) -> None:
        with self._lock:
            self._asked_again.add(person.email)

    def has_cancelled(self, person: Person) -> bool:
        with self._lock:
            return person.email in self._cancelled

    def has_asked_again(self, person: Person) -> bool:
        with self._lock:
            return person.email in self._asked_again

    def opened(self, message_id: str) -> None:
        self._count("opens", message_id)

    def clicked(self, message_id: str) -> None:
        self._count("clicks", message_id)

    def downloaded(self) -> None:
        with self._lock:
            self._downloads += 1

    def problem(self, kind: Fault, sentence: str) -> None:
        """Something went otherwise than a reader may expect; it ends in the report."""
        with self._lock:
            self._problems.append(Disagreement(kind, sentence))

    def hits(self) -> int:
        """Opens and clicks so far."""
        with self._lock:
            return self._counted["opens"].total() + self._counted["clicks"].total()

    def deeds(self) -> Deeds:
        with self._lock:
            return Deeds(
                **{name: dict(counted) for name, counted in self._counted.items()},
                downloads=self._downloads,
                cancelled=len(self._cancelled),
                asked_again=len(self._asked_again),
                keeping=dict(self._keeping),
                came_by=dict(self._came_by),
                confirmed_by=dict(self._confirmed_by),
                links_asked=dict(self._links_asked),
                addresses_asked=dict(self._addresses_asked),
                readings=tuple(self._readings),
                guests=self.guest_book.deeds(),
            )

    def people(self) -> dict[str, Recalled]:
        with self._lock:
            return dict(self._known)

    def problems(self) -> list[Disagreement]:
        with self._lock:
            return list(self._problems)

    def _count(self, name: str, key: str) -> None:
        with self._lock:
            self._counted[name][key] += 1
