"""An offer with questions, and somebody who answers them over HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.questions import Answer, Question
from funnel.models import Lead
from funnel.people.answers import answers_of
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages

WHERE = Question("where", "Where are you now?", "choice", (("together", "We are together"), ("ended", "It has ended")))
TOPICS = Question("topics", "What keeps you awake?", "choices", (("calls", "The phone"), ("words", "Our last words")))
TOWN = Question("town", "Your town", "line")
AFRAID = Question("afraid", "Are you afraid of somebody?", "yes_no", sensitive=True)


@dataclass
class Asked:
    """The service, its pages, and who signs up there."""

    service: Service
    pages: Pages
    outbox: MemoryAdapter

    def ask(self, slug: str, *questions: Question) -> None:
        """From now on this offer asks these."""
        library = self.service.library
        offers = {**library.offers, slug: replace(library.offers[slug], questions=questions)}
        publish(self.service, replace(library, offers=offers), "ada", self.service.clock.now())

    def sign_up(self, slug: str = "course", **answers: str) -> None:
        """Sends the form with these answers, and the mail that answers it."""
        fields = {f"answer-{name}": said for name, said in answers.items()}
        assert self.pages.sign_up(slug, **fields).status_code == 303
        work(self.service)

    def button(self) -> str:
        """The path behind the button of the newest mail."""
        found = re.search(r"https://letters\.example\.org(/confirm/[^\"\s]+)", self.outbox.mails[-1].html)
        assert found, self.outbox.mails[-1].text
        return unescape(found[1])

    def press(self) -> str:
        """Presses it; the page that opens."""
        answer = self.pages.client.post(self.button())
        assert answer.status_code == 200
        work(self.service)
        return answer.text

    def counts(self) -> Mapping[str, Answer]:
        """What counts of the one reader."""
        with self.service.db.read() as session:
            found = answers_of(session, [lead.id for lead in self.pages.rows(Lead)])
        return {kept.name: kept.answer for answers in found.values() for kept in answers}
