"""A form on another site, used as a visitor's browser uses it: by what `funnel embed` printed, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode, urljoin

from funnel.demo.browser import BrowsingError, Visit, without_token
from funnel.demo.doors import Door
from funnel.demo.filling import expected, filled_form
from funnel.demo.markup import Form, ParsedPage, parse_page
from funnel.demo.player import Player

# The address that the script asks, as it stands in it.
_HOME = re.compile(r'const HOME = "([^"]+)";')
_ELEMENT = "funnel-form"


class EmbeddedForm:
    """One person's visit to the page on which the form stands."""

    def __init__(self, player: Player) -> None:
        self._person, self._browser, self._site = player.person, player.browser, player.venue.elsewhere.site
        self._host = parse_page(player.venue.elsewhere.pages[player.person.offer, player.person.door])

    def way_to_our_page(self) -> Visit | None:
        """Where a link or a plain form leads, and any form of a quiz; None where it is sent from where it stands."""
        if self._person.door is Door.LINK:
            return self._browser.get(self._host.links[0].href, **self._from_there("navigate"))
        if self._person.door is Door.FORM:
            return self._plain(self._host.forms[0])
        if self._person.quiz is None:
            return None
        shown = self.open()
        page = self._page_of(shown)
        return self._browser.get(urljoin(shown.url, page.links[0].href), **self._from_there("navigate"))

    def open(self) -> Visit:
        """The form as the frame or the script shows it. Raises BrowsingError where a browser would not let it."""
        if self._person.door is Door.FRAME:
            shown = expected(self._browser.get(self._host.framed[0], **self._from_there("navigate")), 200)
            policy = shown.headers.get("content-security-policy", "")
            if not re.search(rf"frame-ancestors [^;]*{re.escape(self._site)}(?: |;|$)", policy):
                raise BrowsingError(f"{shown.path} may not stand in a frame of {self._site}")
            return shown
        return self._readable(self._browser.get(self._asked(), **self._from_there("cors")))

    def send(self, shown: Visit) -> None:
        """Fills the form in and sends it, to the thanks. Raises BrowsingError where it ends anywhere else."""
        page = self._page_of(shown)
        form = next((form for form in page.forms if form.method == "post"), None)
        if form is None:
            raise BrowsingError(f"{without_token(shown.path)} has no form")
        fields = filled_form(form, self._person)
        if self._person.door is Door.FRAME:
            answer = expected(self._browser.submit(shown, form, fields), 200)
            ended = answer.path.endswith("/thanks")
        else:
            # The script sends to where it asked, whatever stands in the form.
            answer = self._readable(self._browser.post(self._asked(), fields, **self._from_there("cors")))
            ended = not self._page_of(answer).forms
        if not ended:
            raise BrowsingError(f"the form on {self._site} was sent, and does not say thanks")

    def _plain(self, form: Form) -> Visit:
        """A plain form, which knows nothing but what was typed."""
        fields = filled_form(form, self._person)
        if form.method == "get":
            return self._browser.get(f"{form.action}?{urlencode(fields)}", **self._from_there("navigate"))
        return self._browser.post(form.action, fields, Origin=self._site, **self._from_there("navigate"))

    def _asked(self) -> str:
        """The address of the form for this element, as the script makes it."""
        served = expected(self._browser.get(self._host.scripts[0]), 200)
        home, element = _HOME.search(served.body), self._host.elements.get(_ELEMENT)
        if home is None or element is None:
            raise BrowsingError(f"{served.path} does not make a form of what was printed for it")
        return f"{home[1]}{quote(element['offer'])}/part?{urlencode({'source': element['source']})}"

    def _readable(self, visit: Visit) -> Visit:
        """The answer, if a browser lets a page of that site read it (Fetch, CORS protocol)."""
        allowed = expected(visit, 200).headers.get("access-control-allow-origin")
        if allowed != self._site:
            raise BrowsingError(f"a page of {self._site} may not read {visit.path}")
        return visit

    def _page_of(self, visit: Visit) -> ParsedPage:
        return visit.page if self._person.door is Door.FRAME else parse_page(visit.said("html"))

    def _from_there(self, mode: str) -> dict[str, str]:
        """What a browser says of itself that comes from a page of the other site (Fetch, W3C Fetch Metadata)."""
        named = {"Origin": self._site} if mode == "cors" else {}
        return {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, **named}
