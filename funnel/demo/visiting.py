"""What guests do on the site, and by the receipt of what they asked for; readers ask for a session likewise."""

from __future__ import annotations

import random
from functools import partial
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from funnel.demo.acts import Act
from funnel.demo.browser import Browser, BrowsingError, Visit, without_token
from funnel.demo.filling import expected, form_to
from funnel.demo.guest_book import GuestBook
from funnel.demo.guests import Afterwards, Guest
from funnel.demo.mailbox import ReceivedMail
from funnel.demo.markup import Form
from funnel.demo.player import Venue, leads_to

SESSIONS = "/sessions/"
"""What the addresses begin with of the pages on which a session is asked for."""

_FILLING_SECONDS = 2.3  # as in signing up
_READS_RECEIPT = (0.5, 2.0)
_WORDS = "Could it be in the morning, when the children are at school?"


class Visiting:
    """What one of them does."""

    def __init__(self, guest: Guest, venue: Venue, book: GuestBook, seed: int) -> None:
        self._guest, self._venue, self._book = guest, venue, book
        self._browser = Browser(venue.site_url, guest.browser)
        self._chance = random.Random(f"{seed}:{guest.email}")  # noqa: S311  # nosec B311 # habits, no secrets

    def begin(self) -> Act | None:
        """Looks for help, and goes on to the page of a session where she wants one."""
        if self._guest.helped and self._venue.countries:
            look_for_help(self._browser, self._book, self._chance.choice(self._venue.countries))
        if not self._guest.asks or not self._venue.ways_to_sessions:
            return None
        ways = self._venue.ways_to_sessions
        way = ways[self._guest.nth % len(ways)]
        page = expected(self._browser.get(f"{self._venue.site_url}{way}"), 200)
        leading = [urljoin(page.url, each.href) for each in page.page.links if leads_to(each.href, SESSIONS)]
        wanted = [each for each in leading if urlsplit(each).path.removeprefix(SESSIONS) in self._venue.sessions]
        if not wanted:
            raise BrowsingError(f"{way} leads to no session that one can ask for")
        source = way.strip("/") if way.startswith("/pages/") else ""
        return AskingForSession(self._browser, self._book, self._guest.email, source).open(
            wanted[self._guest.nth % len(wanted)]
        )

    def read(self, letter: ReceivedMail) -> Act | None:
        """Reads the receipt, and does what this guest does by it; what comes after it is only read."""
        link = next((each.href for each in letter.links if leads_to(each.href, "/booking/")), None)
        if link is None or any(_WORDS in text for text in letter.texts):
            raise BrowsingError(f"the receipt of {self._guest.email} has no link to it, or repeats what was typed")
        if self._guest.afterwards is Afterwards.NOTHING or self._book.has_changed_session(self._guest.email):
            return None
        return Act(self._chance.uniform(*_READS_RECEIPT), partial(self._change, link))

    def _change(self, link: str) -> None:
        if self._book.has_changed_session(self._guest.email):
            return  # by the mail that says it is cancelled
        page, what = expected(self._browser.get(link), 200), self._guest.afterwards
        form = next((form for form in page.page.forms if form.fields.get("do") == what), None)
        if form is None:
            raise BrowsingError(f"{without_token(page.path)} has no button to {what}")
        said = {"words": _WORDS} if what is Afterwards.CHANGES else {}
        self._book.changed_session(self._guest.email, cancelled=what is Afterwards.CANCELS)
        expected(self._browser.submit(page, form, form.fields | said), 200)


class AskingForSession:
    """The page of a session, and its form; `source` is the page or lesson that led there, as it should be counted."""

    def __init__(self, browser: Browser, book: GuestBook, email: str, source: str) -> None:
        self._browser, self._book, self._email, self._source = browser, book, email, source

    def open(self, url: str) -> Act:
        """Opens the page, and will fill in its form."""
        return self.fill_in(expected(self._browser.get(url), 200))

    def fill_in(self, page: Visit) -> Act:
        """Will fill in the form of this page."""
        said = parse_qs(urlsplit(page.url).query).get("from", [""])[0]
        if said != self._source:
            raise BrowsingError(
                f"{page.path} was reached from {self._source or 'nowhere'}, and its address says {said}"
            )
        return Act(_FILLING_SECONDS, partial(self._send, page, form_to(page, page.path)))

    def _send(self, page: Visit, form: Form) -> None:
        answer = self._browser.submit(page, form, form.fields | {"email": self._email, "words": _WORDS})
        if not expected(answer, 200).path.endswith("/thanks"):
            raise BrowsingError(f"asking for a session ended on {answer.path} instead of the page that says thanks")
        self._book.asked_for_session(self._email, page.path.removeprefix(SESSIONS), self._source)


def look_for_help(browser: Browser, book: GuestBook, country: str) -> None:
    """Looks for help in this country; the page keeps nothing and counts nothing, and so do its links."""
    page = expected(browser.get(f"{browser.site}/help?{urlencode({'country': country})}"), 200)
    chosen = [form for form in page.page.forms if form.method == "get" and form.fields.get("country") == country]
    if not chosen:
        raise BrowsingError(f"{page.path} does not show what there is in {country}")
    if "set-cookie" in page.headers or any(leads_to(each.href, "/c/") for each in page.page.links):
        raise BrowsingError(f"{page.path} notes who looks for help")
    book.looked_for_help()
