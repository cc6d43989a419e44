"""One performance: the service runs, the audience plays, everything comes to rest, and all is compared."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from funnel.cli.support.running import Running
from funnel.curriculum import Library, cumulative_days
from funnel.curriculum.sold import offers_selling
from funnel.demo.answering import spoken_answers
from funnel.demo.audience import Audience
from funnel.demo.calendar import SLACK, expected_lessons, followers
from funnel.demo.deeds import Moment
from funnel.demo.diary import Diary
from funnel.demo.doors import with_a_site
from funnel.demo.evidence import CaughtFile, Disagreement, Evidence, Fault
from funnel.demo.ledger import RecordedState, read_ledger
from funnel.demo.mailbox import MailFolder, UnreadableMailError
from funnel.demo.play import Play
from funnel.demo.player import Venue
from funnel.demo.progress import ProgressBar
from funnel.demo.reconcile import belonging, owed, reconcile, slowest
from funnel.demo.rounds import chosen_by_confirming, dated_lessons, with_rounds_ahead
from funnel.demo.shop import Shop
from funnel.demo.venue import make_venue
from funnel.editions.in_force import LOOK_EVERY_SECONDS
from funnel.publishing.publish import publish
from funnel.wiring import Service
from workers.stopping import Stop

_BOOKING = re.compile(r"\[([^\[\]]+)\]\(\s*\{\{\s*book\(")
_TURN_SECONDS = 0.05
_LOOK_SECONDS = 0.2
_REST_SECONDS = 45.0
_HITS_SECONDS = 5.0
# Holidays put the last letters off, and so does a busy machine; whoever has something to do then waits so long.
_LAST_PARTS_SECONDS = 60.0
_MOST_DEATHS = 5


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Performance:
    """How it went, in machine seconds: `seconds` from the first visitor to the comparison, `slowest` for one mail."""

    evidence: Evidence
    disagreements: tuple[Disagreement, ...]
    seconds: float
    slowest: float


class DemoRun:
    """Holds what a performance needs. `perform` is called once."""

    def __init__(
        self, running: Running, service: Service, audience: Audience, stop: Stop, progress: ProgressBar
    ) -> None:
        self._running = running
        self._service = service
        self._audience = audience
        self._stop = stop
        self._progress = progress
        self._diary = Diary(audience.people, self._now)
        if running.outbox_dir is None:
            raise ValueError("the demonstration reads caught mail, and this service sends its mail away")
        self._folder = MailFolder(running.outbox_dir)

    def perform(self, lasts: timedelta) -> Performance:
        """Plays for `lasts` (story time), waits for rest and compares. Raises Interrupted."""
        began = time.monotonic()
        venue = self._venue(lasts)
        begins = self._service.clock.now()
        ends = begins + lasts
        shop = Shop(self._service, venue.site_url, self._diary)
        play = Play(self._audience, venue, self._folder, self._diary, begins, tuple(shop.arrivals(begins, lasts)))
        try:
            self._play_until(play, lambda now: now >= ends or len(self._running.deaths) >= _MOST_DEATHS)
            if lasts > booking_day(self._service.library):
                deadline = time.monotonic() + _LAST_PARTS_SECONDS
                self._play_until(play, lambda _: self._all_are_through() or time.monotonic() > deadline)
                ends = max(ends, self._service.clock.now())
            ledger, caught = self._come_to_rest(play, ends)
            # From here on nothing happens any more: the pages show how it ended for as long as somebody looks at them.
            self._service.clock.stop()
        finally:
            play.close()
        evidence = self._evidence(ledger, caught, ends)
        waited = self._service.clock.machine_seconds(slowest(ledger.rows))
        found = (*self._diary.problems(), *self._service_troubles(evidence, lasts), *reconcile(evidence))
        return Performance(evidence, found, time.monotonic() - began, waited)

    def _venue(self, lasts: timedelta) -> Venue:
        """Where it is played. A practice that lists no site of its own is published once more, with one, and the course
        that begins together with its days in this story.
        """
        service = self._service
        listed = with_rounds_ahead(with_a_site(service.library), service.clock.now(), lasts)
        if listed is not service.library:
            publish(service, listed, "funnel demo", service.clock.now())
            service.in_force.refresh(at_once=True)
            self._pause(LOOK_EVERY_SECONDS)  # until every process shows it: the first visitors come at once
        return make_venue(self._running.site_url, listed, service.clock.rate)

    def _all_are_through(self) -> bool:
        """Whether those have come to it whose part is at the end of the course."""
        diary = self._diary
        return all(
            (not person.books or diary.has_booked(person))
            and (not person.changes_mind or diary.has_asked_again(person))
            and (not person.begins_again or diary.has_begun_again(person))
            for person in self._audience.people
        )

    def _service_troubles(self, evidence: Evidence, lasts: timedelta) -> list[Disagreement]:
        """Processes that died; and mail so late that nothing at all could be held to the calendar."""
        troubles = [f"a process died: {death}" for death in self._running.deaths]
        if lasts > 3 * SLACK and not owed(evidence):
            troubles.append("mail waited too long to hold any of it to the calendar; give this machine more --seconds")
        return [Disagreement(Fault.SERVICE, trouble) for trouble in troubles]

    def _play_until(self, play: Play, over: Callable[[datetime], bool]) -> None:
        while not over(now := self._service.clock.now()):
            play.turn(now)
            self._progress.show(now)
            self._pause(_TURN_SECONDS)

    def _come_to_rest(self, play: Play, ends: datetime) -> tuple[RecordedState, list[CaughtFile]]:
        """Waits until everybody has done what they were about to, what was due has gone, and every hit is stored.

        The service goes on meanwhile, so the folder is read before and after the rows.
        """
        deadline = time.monotonic() + _REST_SECONDS
        self._progress.say("the weeks are over; waiting for the last mail")
        play.turn(self._service.clock.now())
        play.no_more_letters()
        hits, hits_since = -1, time.monotonic()
        while True:
            earlier = self._caught()
            ledger = read_ledger(self._service, self._audience.known_by)
            caught = belonging(earlier, ledger.rows, self._caught(), ends)
            if ledger.hits != hits or not play.is_quiet:
                hits, hits_since = ledger.hits, time.monotonic()
            restless = ledger.still_due(ends)
            if not play.is_quiet:
                restless = "the audience is busy"
            elif ledger.hits < self._diary.hits() and time.monotonic() - hits_since < _HITS_SECONDS:
                restless = "opens and clicks are being recorded"  # one that never is, is for the comparison to find
            if not restless or time.monotonic() > deadline:
                if restless:
                    self._diary.problem(Fault.SERVICE, f"no rest after {_REST_SECONDS:.0f} seconds: {restless}")
                return ledger, caught
            self._play_until(play, _after(_LOOK_SECONDS))

    def _caught(self) -> list[CaughtFile]:
        try:
            found = self._folder.caught()
        except UnreadableMailError as error:
            self._diary.problem(Fault.AUDIENCE, str(error))
            return []
        known_by = self._audience.known_by
        return [replace(each, recipient=known_by.get(each.recipient.casefold(), each.recipient)) for each in found]

    def _evidence(self, ledger: RecordedState, caught: list[CaughtFile], ends: datetime) -> Evidence:
        people, rate = self._diary.people(), self._service.clock.rate
        return Evidence(
            rows=ledger.rows,
            caught=tuple(caught),
            people=people,
            staff=frozenset({self._service.library.practice.reply_to.casefold()}),
            expected=tuple(expected_lessons(self._service.library, people.values(), rate, slowest(ledger.rows))),
            ends=ends,
            followers=followers(self._service.library),
            together=chosen_by_confirming(self._service.library),
            dated=dated_lessons(self._service.library),
            speaking=spoken_answers(self._service.library),
            sold=frozenset(slug for slug, each in self._service.library.sequences.items() if offers_selling(each)),
            deeds=self._diary.deeds(),
            guests=frozenset(each.email for each in self._audience.guests),
            figures=ledger.figures,
            enrolments=ledger.enrolments,
            rate=rate,
            written_in=self._service.library.practice.spoken,
            lessons_in=languages_of_lessons(self._service.library),
        )

    def _now(self) -> Moment:
        clock = self._service.clock
        return Moment(clock.machine_now(), clock.now())

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Interrupted


def languages_of_lessons(library: Library) -> dict[tuple[str, str], frozenset[str]]:
    """In which languages each lesson is written, by sequence and id."""
    own = library.practice.language
    return {
        (sequence.slug, lesson.id): frozenset((own, *dict(lesson.translations)))
        for sequence in library.sequences.values()
        for lesson in sequence.lessons
    }


def booking_day(library: Library) -> timedelta:
    """How far into a sequence the last link to a first conversation stands; no time at all where there is none."""
    days = (
        cumulative_days(sequence)[lesson.id]
        for sequence in library.sequences.values()
        for lesson in sequence.lessons
        if _BOOKING.search(lesson.body)
    )
    return timedelta(days=max(days, default=0))


def _after(seconds: float) -> Callable[[datetime], bool]:
    until = time.monotonic() + seconds
    return lambda _now: time.monotonic() >= until
