"""The play itself: who arrives when, and who reads which letter, on a handful of threads."""

from __future__ import annotations

import heapq
import time
from collections import Counter, deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from funnel.demo.acts import Act, Arrival
from funnel.demo.audience import Audience
from funnel.demo.browser import BrowsingError
from funnel.demo.diary import Diary
from funnel.demo.evidence import Fault
from funnel.demo.habits import Habits
from funnel.demo.mailbox import MailFolder, ReceivedMail
from funnel.demo.player import Venue
from funnel.demo.visiting import Visiting

_THREADS = 6
_COMES_BACK = timedelta(days=3)


class Play:
    """`turn` moves everything on and comes back at once; it is called some twenty times a second."""

    def __init__(
        self,
        audience: Audience,
        venue: Venue,
        folder: MailFolder,
        diary: Diary,
        begins: datetime,
        others: Iterable[Arrival] = (),
    ) -> None:
        self._folder = folder
        self._diary = diary
        self._habits = {each.email: Habits(each, venue, diary, audience.seed) for each in audience.people}
        self._guests = {each.email: Visiting(each, venue, diary.guest_book, audience.seed) for each in audience.guests}
        self._known_by = audience.known_by
        arrivals = (*_arrivals(self._habits.values(), begins), *self._visits(audience, begins), *others)
        self._arrivals = deque(sorted(arrivals, key=lambda each: each[0]))
        self._letters: Counter[str] = Counter()
        self._lessons: Counter[str] = Counter()
        self._planned: list[tuple[float, int, str, Act]] = []  # a heap, soonest first
        self._acting: list[tuple[str, Future[Act | None]]] = []
        self._number = 0
        self._closing = False
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="audience")

    def turn(self, now: datetime) -> None:
        """At `now` (story time): who is due arrives, new mail is read. What went wrong goes into the diary."""
        while self._arrivals and self._arrivals[0][0] <= now:
            _, email, comes = self._arrivals.popleft()
            self._plan(email, Act(0.0, comes))
        letters, unreadable = ([], []) if self._closing else self._folder.new()
        for sentence in unreadable:
            self._diary.problem(Fault.AUDIENCE, sentence)
        for letter in letters:
            self._hand_out(letter)
        self._begin()
        self._collect()

    @property
    def is_quiet(self) -> bool:
        """Whether everybody has done what they were about to."""
        return not self._acting and not self._planned

    def no_more_letters(self) -> None:
        """From now on nobody looks into their mailbox; what they were about to do, they do, but for what may lapse."""
        self._closing = True
        self._planned = [each for each in self._planned if not each[3].may_lapse]
        heapq.heapify(self._planned)

    def close(self) -> None:
        """Lets nobody begin anything more, and waits for those who are in the middle of something."""
        self._planned.clear()
        self._pool.shutdown(cancel_futures=True)

    def _hand_out(self, letter: ReceivedMail) -> None:
        """To its reader, at whichever address. What came to nobody in the play is for the reconciliation to find."""
        address = letter.caught.recipient.casefold()
        if address in self._guests:
            self._plan(address, Act(0.0, partial(self._guests[address].read, letter)))
            return
        email = self._known_by.get(address, "")
        habits = self._habits.get(email)
        if habits is None:
            return
        self._letters[email] += 1
        self._lessons[email] += letter.is_lesson
        for act in habits.plan(letter, self._letters[email], self._lessons[email]):
            self._plan(email, act)

    def _visits(self, audience: Audience, begins: datetime) -> Iterable[Arrival]:
        for each in audience.guests:
            yield begins + each.arrives, each.email, self._guests[each.email].begin

    def _plan(self, email: str, act: Act) -> None:
        if self._closing and act.may_lapse:
            return
        self._number += 1  # so that no two entries of the heap are equal
        heapq.heappush(self._planned, (time.monotonic() + act.delay, self._number, email, act))

    def _begin(self) -> None:
        while self._planned and self._planned[0][0] <= time.monotonic():
            _, _, email, act = heapq.heappop(self._planned)
            self._acting.append((email, self._pool.submit(act.do)))

    def _collect(self) -> None:
        """Looks at what has been done, and plans what follows from it. Raises what is a mistake of the play itself."""
        done = [(email, future) for email, future in self._acting if future.done()]
        self._acting = [(email, future) for email, future in self._acting if not future.done()]
        for email, future in done:
            try:
                follows = future.result()
            except BrowsingError as error:
                self._diary.problem(Fault.AUDIENCE, f"{email}: {error}")
            else:
                if follows is not None:
                    self._plan(email, follows)


def _arrivals(everybody: Iterable[Habits], begins: datetime) -> Iterable[Arrival]:
    for habits in everybody:
        arrives, email = begins + habits.person.arrives, habits.person.email
        yield arrives, email, habits.sign_up
        if habits.person.signs_up_twice:
            yield arrives + _COMES_BACK, email, habits.sign_up
