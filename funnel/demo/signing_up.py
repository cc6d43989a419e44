"""How somebody signs up: on our own page, as a program, or by a form on another site. Over HTTP only.

What one opens takes a moment to fill in, as with people: a form that is sent sooner is asked for one more step.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from urllib.parse import urlencode, urljoin

from funnel.demo.acts import Act
from funnel.demo.browser import BrowsingError, Visit, without_token
from funnel.demo.doors import SOURCES, Door
from funnel.demo.embedded import EmbeddedForm
from funnel.demo.filling import KEEP, expected, filled_form, form_to, sign_up_as_json
from funnel.demo.markup import Form
from funnel.demo.player import Player
from funnel.demo.ways import QuizHabits, StopsAt

FILLING_SECONDS = 2.3
"""Machine seconds from a page's being there to its being sent."""


class SigningUp:
    """One person's way in."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._person, self._diary, self._browser = player.person, player.diary, player.browser

    def begin(self) -> Act | None:
        """Opens what this person signs up with, and will fill it in."""
        door = self._person.door
        if door is Door.PAGE:
            query = urlencode({"utm_source": self._person.source})
            site = self._player.venue.site_url
            expected(self._browser.get(f"{site}/"), 200)
            return self._came(self._browser.get(f"{site}/offers/{self._person.offer}?{query}"))
        if door is Door.PROGRAM:
            self._as_program()
            return None
        embedded = EmbeddedForm(self._player)
        page = embedded.way_to_our_page()
        if page is not None:
            return self._came(page)
        opened = embedded.open()
        return Act(FILLING_SECONDS, partial(self._send_embedded, embedded, opened))

    def _came(self, visit: Visit) -> Act | None:
        """On one of our own pages: the offer's, a quiz's, or the one that a plain form leads to."""
        page, quiz = expected(visit, 200), self._person.quiz
        self._diary.visited(self._person)
        if quiz is None:
            return Act(FILLING_SECONDS, partial(self._send, page))
        if quiz.stops_at is StopsAt.BEGUN:
            self._begin_quiz(page, form_to(page, "/result"))
            return None
        return Act(FILLING_SECONDS, partial(self._answer_quiz, page, quiz))

    def _as_program(self) -> None:
        """What a program sends counts as a view of its own, beside that of the page whose form it knows."""
        page = expected(self._browser.get(f"{self._player.venue.site_url}/offers/{self._person.offer}"), 200)
        self._diary.visited(self._person)
        url = urljoin(page.url, form_to(page, "/signup").action)
        expected(self._browser.post_json(url, sign_up_as_json(self._person, SOURCES[Door.PROGRAM])), 202)
        self._diary.visited(self._person)
        self._diary.signed_up(self._person)

    def _send(self, page: Visit) -> None:
        form = form_to(page, "/signup")
        answer = expected(self._browser.submit(page, form, filled_form(form, self._person)), 200)
        if not answer.path.endswith("/thanks"):
            raise BrowsingError(
                f"signing up ended on {without_token(answer.path)} instead of the page that says thanks"
            )
        if self._person.door in (Door.LINK, Door.FORM) and self._person.quiz is None:
            site = self._player.venue.elsewhere.site
            if not any(link.href.startswith(site) for link in answer.page.links):
                raise BrowsingError(f"the page that says thanks does not lead back to {site}")
        self._diary.signed_up(self._person)
        quiz = self._person.quiz
        if quiz is not None and quiz.keeps and KEEP in form.ticks:
            self._diary.agreed_to_keep(self._person, quiz.leans)

    def _send_embedded(self, embedded: EmbeddedForm, opened: Visit) -> None:
        embedded.send(opened)
        self._diary.visited(self._person)  # a sign-up from elsewhere counts as one view
        self._diary.signed_up(self._person)

    def _begin_quiz(self, page: Visit, form: Form) -> None:
        """What the page's script does with the first answer."""
        where, seal = urljoin(page.url, form.begins_at), form.fields.get("begun", "")
        self._diary.began(self._person)
        expected(self._browser.submit(page, replace(form, action=where), {"begun": seal}), 204)

    def _answer_quiz(self, page: Visit, ways: QuizHabits) -> Act | None:
        """Answers what this person answers, and comes to the page with the result."""
        form = form_to(page, "/result")
        if ways.scripted:
            self._begin_quiz(page, form)
        else:
            self._diary.began(self._person)
        self._diary.answered(self._person)
        result = expected(self._browser.submit(page, form, form.fields | dict(ways.answers)), 200)
        return None if ways.stops_at is StopsAt.ANSWERED else Act(FILLING_SECONDS, partial(self._send, result))
