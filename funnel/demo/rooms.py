"""What readers do in their rooms: take a break and go on, read again what they were sent, begin again."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from urllib.parse import urljoin, urlsplit

from funnel.demo.acts import Act
from funnel.demo.browser import BrowsingError, Visit, without_token
from funnel.demo.deeds import LanguageChoice, ListedLetter, Press, RoomReading
from funnel.demo.filling import expected
from funnel.demo.mailbox import ReceivedMail
from funnel.demo.markup import Form
from funnel.demo.player import Player, leads_to
from funnel.demo.ways import PauseHabits

ROOM, OWN_ROOM = "/p/", "/your-data/"
"""What the addresses begin with of the room that every mail leads to, and of all of it, by a fresh mailed link."""

_LETTER = re.compile(r"/letters/(\d+)$")
_COUNTED = ("/o/", "/c/")
# Machine seconds until somebody looks again whether the course is over; and how often at the most.
_LOOKS_AGAIN, _MOST_LOOKS = 2.0, 600


class Room:
    """One person's room, by the links in this person's mail."""

    def __init__(self, player: Player) -> None:
        self._person, self._diary, self._browser = player.person, player.diary, player.browser
        self._venue = player.venue
        self._had: dict[str, tuple[str, ...]] = {}  # what was in the letters, by subject

    def keep(self, letter: ReceivedMail) -> None:
        """A letter came, and stays in the mailbox."""
        self._had[letter.subject] = letter.texts

    def pause(self, letter: ReceivedMail, ways: PauseHabits) -> Act | None:
        """Takes a break of some weeks, unless all was sent already; half-way through it, some go on by hand."""
        if not self._reads(letter):
            return None
        page, form = self._enter(_link_to(letter, ROOM))
        if _again(page) is not None:
            return None
        before = self._diary.now()
        answer = self._press(page, form, f"pause:{ways.weeks}")
        if _again(answer) is not None:
            return None  # the last lesson went while the page was open: nothing is left to pause
        _button(answer, "resume")
        self._diary.paused(self._person, Press(before, self._diary.now()), ways.weeks)
        if not ways.by_hand:
            return None
        half = self._venue.machine_seconds(timedelta(weeks=ways.weeks) / 2)
        return Act(half, partial(self.go_on, letter), may_lapse=True)

    def go_on(self, letter: ReceivedMail) -> None:
        """Ends the break, if it is not over yet: then there is nothing to press."""
        if not self._reads(letter):
            return
        page, form = self._enter(_link_to(letter, ROOM))
        if form.pressed("resume") is None:
            return
        before = self._diary.now()
        self._press(page, form, "resume")
        self._diary.went_on(self._person, Press(before, self._diary.now()))

    def ask_for_link(self, letter: ReceivedMail) -> None:
        """Has the link mailed by which all that was sent can be read again."""
        if not self._reads(letter):
            return
        page, form = self._enter(_link_to(letter, ROOM))
        self._press(page, form, "own-data")
        self._diary.asked_for_link(self._person)

    def choose_language(self, letter: ReceivedMail, language: str) -> None:
        """Has pages and mails in this language from now on; the page that says so is in it."""
        if not self._reads(letter):
            return
        page, form = self._enter(_link_to(letter, ROOM))
        before = self._diary.now()
        answer = self._press(page, form, "language", language=language)
        if answer.page.language != language:
            raise BrowsingError(f"{without_token(page.path)} goes on in {answer.page.language}, not in {language}")
        self._diary.chose_language(self._person, LanguageChoice(language, Press(before, self._diary.now())))

    def ask_for_address(self, link: str, address: str) -> None:
        """By the fresh link to all of the room, has another address asked whether letters are to come there."""
        page, form = self._enter(link)
        self._press(page, form, "address", email=address)
        self._diary.asked_for_address(self._person, address)

    def read_again(self, link: str) -> None:
        """Opens all of the room, sees what is listed there, and reads it letter by letter."""
        page = expected(self._browser.get(link), 200)
        listing = next((each.href for each in page.page.links if urlsplit(each.href).path.endswith("/letters")), None)
        if listing is None:
            raise BrowsingError(f"{without_token(page.path)} does not lead to what was sent")
        before = self._diary.now()
        listed = expected(self._browser.get(urljoin(page.url, listing)), 200)
        after = self._diary.now()
        found = [(number[1], each) for each in listed.page.links if (number := _LETTER.search(each.href))]
        for _, each in found:
            self._read(expected(self._browser.get(urljoin(listed.url, each.href)), 200), each.text)
        letters = tuple(ListedLetter(int(number), each.text) for number, each in found)
        self._diary.read_again(RoomReading(self._person.email, Press(before, after), letters))

    def begin_again(self, letter: ReceivedMail, looks: int = 0) -> Act | None:
        """Starts the course over once the room says that it has ended; until then, looks again a little later."""
        if not self._reads(letter):
            return None
        page, _ = self._enter(_link_to(letter, ROOM))
        again = _again(page)
        if again is None:
            later = partial(self.begin_again, letter, looks + 1)
            return Act(_LOOKS_AGAIN, later, may_lapse=True) if looks < _MOST_LOOKS else None
        offered = expected(self._browser.get(urljoin(page.url, again)), 200)
        form = next((form for form in offered.page.forms if form.fields.get("do") == "anew"), None)
        if form is None:
            raise BrowsingError(f"{without_token(offered.path)} has no button to start over")
        before = self._diary.now()
        expected(self._browser.submit(offered, form, form.fields), 200)
        self._diary.began_again(self._person, Press(before, self._diary.now()))
        return None

    def _reads(self, letter: ReceivedMail) -> bool:
        """Whether the letter lies in the mailbox to which letters come now."""
        return self._diary.gets_letters_at(self._person, letter.caught.recipient)

    def _enter(self, link: str) -> tuple[Visit, Form]:
        page = expected(self._browser.get(link), 200)
        form = next((form for form in page.page.forms if form.buttons), None)
        if form is None:
            raise BrowsingError(f"{without_token(page.path)} has nothing to choose")
        return page, form

    def _press(self, page: Visit, form: Form, button: str, **filled: str) -> Visit:
        fields = form.pressed(button)
        if fields is None or not filled.keys() <= fields.keys():
            raise BrowsingError(f"{without_token(page.path)} has no button to {button}")
        return expected(self._browser.submit(page, form, fields | filled), 200)

    def _read(self, page: Visit, subject: str) -> None:
        """Reads one letter. It is what was sent, and neither its pictures nor its links are counted."""
        shown = page.page
        counted = [url for url in (*shown.images, *(link.href for link in shown.links)) if leads_to(url, *_COUNTED)]
        if counted:
            raise BrowsingError(f"reading {subject!r} again would be counted as an open or a click")
        for image in dict.fromkeys(shown.images):
            if self._browser.is_ours(urljoin(page.url, image)):
                expected(self._browser.get(urljoin(page.url, image), Accept="image/*"), 200)
        had = self._had.get(subject)
        if had is None:
            raise BrowsingError(f"the room has {subject!r}, which did not come by mail")
        missing = [text for text in had if text not in shown.texts]
        if missing:
            raise BrowsingError(f"{subject!r} in the room lacks what was sent: {missing[0][:60]!r}")


def own_link(letter: ReceivedMail) -> str | None:
    """The fresh link to all of the room, where this mail brings one."""
    return next((link.href for link in letter.links if leads_to(link.href, OWN_ROOM)), None)


def _again(page: Visit) -> str | None:
    """Where a room offers to start over, which it does once a course has ended."""
    return next((each.href for each in page.page.links if leads_to(each.href, "/again/")), None)


def _link_to(letter: ReceivedMail, path: str) -> str:
    found = next((link.href for link in letter.links if leads_to(link.href, path)), None)
    if found is None:
        raise BrowsingError(f"{letter.subject!r} has no link to {path}…")
    return found


def _button(page: Visit, value: str) -> None:
    if not any(form.pressed(value) for form in page.page.forms):
        raise BrowsingError(f"{without_token(page.path)} does not say that it was done: no button to {value}")
