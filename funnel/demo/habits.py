"""What people do on the site and with their mail, over HTTP only. Each act is written into the diary as it happens."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from urllib.parse import urljoin

from funnel.demo.acts import Act
from funnel.demo.audience import SCANNER, Person
from funnel.demo.browser import Browser, BrowsingError, Visit, without_token
from funnel.demo.deeds import Press
from funnel.demo.diary import Diary
from funnel.demo.filling import button, expected
from funnel.demo.mailbox import ReceivedMail
from funnel.demo.markup import Link
from funnel.demo.moving import NEW, OLD, Moving
from funnel.demo.player import Player, Venue, leads_to
from funnel.demo.rooms import Room, own_link
from funnel.demo.signing_up import SigningUp
from funnel.demo.visiting import AskingForSession

# The foot of every letter; people who read the letter do not press these by the way.
_FOOT = ("/u/", "/p/", "/r/")
_OPEN, _CLICK = "/o/", "/c/"
_REDIRECTS = (301, 302, 303, 307, 308)
# Machine seconds after a mail has come. Whoever clicks sooner than two seconds is taken for a machine, and rightly.
_CONFIRMS = (0.0, 0.3)
_OPENS = (0.1, 1.5)
_CLICKS = (2.4, 3.8)
_CHOOSES = (0.5, 2.0)
# Story days until the old address takes a change back, for which it has seven.
_TAKES_BACK_DAYS = (1.0, 4.0)
# Nobody looks whether the course is over before so many lessons.
_MOST_OF_A_COURSE = 5


class Habits:
    """One person's ways."""

    def __init__(self, person: Person, venue: Venue, diary: Diary, seed: int) -> None:
        self.person = person
        self._venue = venue
        self._diary = diary
        self._seed = seed
        self._browser = Browser(venue.site_url, person.browser)
        self._player = Player(person, venue, diary, self._browser)
        self._room, self._moving = Room(self._player), Moving(self._player)
        self._waits_for_the_end = False

    def sign_up(self) -> Act | None:
        """Comes by this person's door, fills the form in and sends it."""
        return SigningUp(self._player).begin()

    def plan(self, letter: ReceivedMail, ordinal: int, lessons: int) -> list[Act]:
        """What this person will do with one letter. `ordinal` counts all letters, `lessons` those of a course,
        this one included."""
        person = self.person
        chance = random.Random(f"{self._seed}:{person.email}:{ordinal}")  # noqa: S311  # nosec B311 # habits, no secrets
        acts = [Act(0.0, partial(self.scan, letter))] if person.scanned else []
        confirm = _leading(letter, "/confirm/")
        if confirm is not None:
            if person.confirms:
                acts.append(Act(chance.uniform(*_CONFIRMS), partial(self.confirm, confirm)))
            return acts
        if letter.is_lesson:
            self._room.keep(letter)
        about_me = self._about_room_or_address(letter, chance)
        if about_me is not None:
            return [*acts, about_me]
        booking = next((link.href for link in letter.links if link.text in self._venue.booking_words), None)
        begin = next((link.href for link in letter.links if link.text in self._venue.begin_words), None)
        asking = next((link for link in letter.links if link.text in self._venue.session_words), None)
        mine = _leading(letter, "/booking/")
        if person.changes_mind and mine is not None and not self._diary.has_cancelled(person):
            return [*acts, Act(chance.uniform(*_CLICKS), partial(self.change_mind, mine))]
        links = self._content(letter)
        if person.books and booking is not None and not self._diary.has_booked(person):
            acts.append(Act(chance.uniform(*_CLICKS), partial(self.book, letter, booking)))
        elif person.agrees_later and begin is not None and not self._diary.has_agreed(person):
            acts.append(Act(chance.uniform(*_CLICKS), partial(self.agree, letter, begin)))
        elif (
            person.asks_for_session
            and asking is not None
            and not self._diary.guest_book.has_asked_for_session(person.email)
        ):
            acts.append(Act(chance.uniform(*_CLICKS), partial(self.ask_for_session, letter, asking)))
        elif links and chance.random() < person.clicks:
            acts.append(Act(chance.uniform(*_CLICKS), partial(self.follow, letter, chance.choice(links))))
        if chance.random() < person.opens:
            acts.append(Act(chance.uniform(*_OPENS), partial(self.open, letter)))
        if letter.is_lesson and lessons == person.leaves_after:
            acts.append(Act(0.0, partial(self.leave_by_one_click, letter)))
        return acts if not letter.is_lesson else acts + self._plan_in_room(letter, lessons, chance)

    def _about_room_or_address(self, letter: ReceivedMail, chance: random.Random) -> Act | None:
        """What follows from a mail with the fresh link to a room, or about a change of address; None from any other."""
        moves, fresh, yes, back = self.person.moves, own_link(letter), _leading(letter, NEW), _leading(letter, OLD)
        if fresh is not None and moves is not None and not self._diary.has_asked_for_address(self.person):
            return Act(chance.uniform(*_CHOOSES), partial(self._room.ask_for_address, fresh, moves.to))
        if fresh is not None:
            return Act(chance.uniform(*_CHOOSES), partial(self._room.read_again, fresh))
        if yes is not None:
            return Act(chance.uniform(*_CHOOSES), partial(self._moving.confirm, yes, letter.caught.recipient))
        if back is not None and moves is not None and moves.undoes:
            later = self._venue.machine_seconds(timedelta(days=chance.uniform(*_TAKES_BACK_DAYS)))
            return Act(later, partial(self._moving.take_back, back))
        return None

    def _plan_in_room(self, letter: ReceivedMail, lessons: int, chance: random.Random) -> list[Act]:
        """What this person will do in the room that the letter leads to."""
        person, soon, acts = self.person, chance.uniform(*_CHOOSES), []
        if person.pauses is not None and lessons == person.pauses.after:
            acts.append(Act(soon, partial(self._room.pause, letter, person.pauses)))
        if person.reads_after == lessons:
            acts.append(Act(soon, partial(self._room.ask_for_link, letter)))
        for wanted in self._languages_after(lessons):
            acts.append(Act(soon, partial(self._room.choose_language, letter, wanted)))
        if person.moves is not None and lessons == person.moves.after:
            acts.append(Act(soon, partial(self._room.ask_for_link, letter)))
        if person.begins_again and lessons >= _MOST_OF_A_COURSE and not self._waits_for_the_end:
            self._waits_for_the_end = True
            acts.append(Act(soon, partial(self._room.begin_again, letter), may_lapse=True))
        return acts

    def _languages_after(self, lessons: int) -> list[str]:
        """The language that this person chooses after so many lessons, if any: the practice's second, or its own."""
        ways, served = self.person.language, self._venue.languages
        if ways is None or len(served) < 2:
            return []
        return [served[1]] if lessons == ways.after else [served[0]] if lessons == ways.back_after else []

    def confirm(self, url: str) -> None:
        """Opens the page, presses its button, and takes what it promises.

        Who signed up twice may have confirmed by the other mail, and finds a page without a button.
        """
        page = expected(self._browser.get(url), 200)
        if self._diary.has_confirmed(self.person) and not any(form.method == "post" for form in page.page.forms):
            return
        form = button(page)
        self._diary.pressing(self.person)
        answer = expected(self._browser.submit(page, form, form.fields), 200)
        self._diary.confirmed(self.person)
        if not self.person.takes_it:
            return
        for link in answer.page.links:
            target = urljoin(answer.url, link.href)
            if leads_to(target, "/download/", "/watch/"):
                self._watch(self._arrive(self._browser.get(target)))

    def open(self, letter: ReceivedMail, browser: Browser | None = None) -> None:
        """The mail program loads the pictures of the letter."""
        browser = browser or self._browser
        for pixel in letter.pixels:
            if browser.is_ours(pixel):
                answer = expected(browser.get(pixel, Accept="image/*"), 200)
                if answer.content_type != "image/gif":
                    raise BrowsingError(f"a pixel of {letter.subject!r} is {answer.content_type}")
                if answer.path.startswith(_OPEN):
                    self._diary.opened(letter.caught.message_id)

    def follow(self, letter: ReceivedMail, link: str) -> None:
        """Follows one link, as far as it stays on this machine, and watches what is there to be watched."""
        self._watch(self._click(self._browser, letter, link))

    def book(self, letter: ReceivedMail, link: str) -> None:
        """Asks for a first conversation."""
        page = self._click(self._browser, letter, link)
        if not page.path.startswith("/book/"):
            raise BrowsingError(f"the link to a first conversation ended on {without_token(page.path)}")
        form = button(page)
        expected(self._browser.submit(page, form, form.fields), 200)
        self._diary.booked(self.person)

    def agree(self, letter: ReceivedMail, link: str) -> None:
        """Agrees to what may follow, by the button of the page that a letter's link leads to."""
        if not self._diary.gets_letters_at(self.person, letter.caught.recipient):
            return
        page = self._click(self._browser, letter, link)
        if not page.path.startswith("/begin/"):
            raise BrowsingError(f"the link to another sequence ended on {without_token(page.path)}")
        form, before = button(page), self._diary.now()
        expected(self._browser.submit(page, form, form.fields), 200)
        self._diary.agreed(self.person, Press(before, self._diary.now()))

    def ask_for_session(self, letter: ReceivedMail, link: Link) -> Act | None:
        """Asks for a session by the form that a letter's link leads to; anything else about the letters stays."""
        if not self._diary.gets_letters_at(self.person, letter.caught.recipient):
            return None
        page, lesson = self._click(self._browser, letter, link.href), self._venue.session_words[link.text]
        return AskingForSession(self._browser, self._diary.guest_book, self.person.email, lesson).fill_in(page)

    def change_mind(self, url: str) -> None:
        """Cancels the conversation by the link in the mail about it, and asks for another time."""
        page = expected(self._browser.get(url), 200)
        page = self._press(page, "cancel")
        self._diary.cancelled(self.person)
        self._press(page, "again")
        self._diary.asked_again(self.person)

    def _press(self, page: Visit, what: str) -> Visit:
        form = next((form for form in page.page.forms if form.fields.get("do") == what), None)
        if form is None:
            raise BrowsingError(f"{without_token(page.path)} has no button to {what}")
        return expected(self._browser.submit(page, form, form.fields), 200)

    def scan(self, letter: ReceivedMail) -> None:
        """A machine fetches every picture and every link at once, and presses no button."""
        machine = Browser(self._venue.site_url, SCANNER)
        self.open(letter, machine)
        for link in letter.links:
            if machine.is_ours(link.href):
                self._click(machine, letter, link.href)

    def leave_by_one_click(self, letter: ReceivedMail) -> None:
        """What a mail program's own button does (RFC 8058): one POST, no cookie, no page seen."""
        if letter.one_click is None:
            raise BrowsingError(f"{letter.subject!r} cannot be unsubscribed from by one click")
        answer = self._browser.post(letter.one_click, {"List-Unsubscribe": "One-Click"})
        if len(answer.hops) > 1:
            raise BrowsingError("leaving by one click was answered by a redirect, which RFC 8058 does not allow")
        expected(answer, 200)
        self._diary.left(self.person)

    def _click(self, browser: Browser, letter: ReceivedMail, link: str) -> Visit:
        answer = browser.get(link)
        for path, status in answer.hops:
            if path.startswith(_CLICK) and status in _REDIRECTS:
                self._diary.clicked(letter.caught.message_id)
        return self._arrive(answer)

    def _arrive(self, visit: Visit) -> Visit:
        """Notes where a link ended: outside, on a page, or at the file that was promised."""
        if visit.left_for is not None:
            return visit
        expected(visit, 200)
        if visit.path.startswith("/download/"):
            # An e-book is a file, and a page to read here; opening either counts.
            wanted = "text/html" if visit.path.endswith("/read") else "application/pdf"
            if visit.content_type != wanted:
                raise BrowsingError(f"the download is {visit.content_type}, not {wanted}")
            self._diary.downloaded()
        return visit

    def _watch(self, visit: Visit) -> None:
        """Tells the page of the training how far this person watched, as its script would."""
        if visit.left_for is None and visit.path.startswith("/watch/"):
            for quarter in range(1, self.person.watches + 1):
                expected(self._browser.post(f"{visit.url.partition('?')[0]}/progress", {"quarter": str(quarter)}), 204)

    def _content(self, letter: ReceivedMail) -> list[str]:
        """The links of this site that somebody may follow while reading."""
        return [
            link.href for link in letter.links if self._browser.is_ours(link.href) and not leads_to(link.href, *_FOOT)
        ]


def _leading(letter: ReceivedMail, path: str) -> str | None:
    """The link of a mail that leads to this path, where it has one."""
    return next((link.href for link in letter.links if leads_to(link.href, path)), None)
