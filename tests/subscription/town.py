"""Somebody who takes the quiz on our pages, leaves an address, confirms, and reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail
from funnel.models import Delivery, Enrolment, QuizResult
from funnel.privacy.own_data import mail_own_data_link
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages

SPOKEN = "Your quiz answers leaned this way."  # in week 1, to who is anxious
WEEK_1 = "name-the-alarm"


@dataclass
class Town:
    service: Service
    pages: Pages
    outbox: MemoryAdapter
    time: time_machine.Traveller

    def result_page(self, anxiety: int = 5, avoidance: int = 1) -> str:
        quiz = self.service.library.offers["quiz"].quiz
        assert quiz is not None
        wanted = {"anxiety": anxiety, "avoidance": avoidance}
        form = {
            f"s-{each.id}": str(6 - wanted[each.line] if each.reverse else wanted[each.line])
            for each in quiz.statements
        }
        return self.pages.client.post("/offers/quiz/result", data=form).text

    def carried(self, anxiety: int = 5, avoidance: int = 1) -> str:
        found = re.search(r'name="result" value="([^"]+)"', self.result_page(anxiety, avoidance))
        assert found
        return unescape(found[1])

    def ask(self, email: str = "ada@example.org", *, keep: bool = True, result: str | None = None) -> None:
        form = {"result": self.carried() if result is None else result} | ({"keep": "on"} if keep else {})
        assert self.pages.sign_up("quiz", email=email, **form).status_code == 303
        work(self.service)

    def press(self) -> None:
        path = re.search(r"https://letters\.example\.org(/confirm/[^\"\s]+)", self.outbox.mails[-1].html)
        assert path
        assert self.pages.client.post(unescape(path[1])).status_code == 200
        work(self.service)

    def join(self, *, keep: bool = True, anxiety: int = 5, avoidance: int = 1) -> int:
        """Takes the quiz, signs up, confirms; the number of her lead."""
        self.ask(keep=keep, result=self.carried(anxiety, avoidance))
        self.press()
        with self.service.db.read() as session:
            return session.scalars(select(Enrolment.lead_id)).first() or 0

    def lesson(self, lesson_id: str = WEEK_1, *, lead_id: int | None = None) -> Delivery:
        """The one mail that brought this lesson, of all or to this reader."""
        query = select(Delivery).where(Delivery.lesson_id == lesson_id)
        with self.service.db.read() as session:
            return session.scalars(query if lead_id is None else query.where(Delivery.lead_id == lead_id)).one()

    def mail(self, lesson_id: str = WEEK_1) -> Mail:
        return next(mail for mail in self.outbox.mails if mail.key == str(self.lesson(lesson_id).id))

    def kept(self) -> list[QuizResult]:
        return self.pages.rows(QuizResult)


def own_page(town: Town, lead_id: int) -> str:
    assert mail_own_data_link(town.service, town.lesson("begin-here", lead_id=lead_id).id, town.service.clock.now())
    work(town.service)
    found = re.search(r'href="https://letters\.example\.org(/your-data/[^"]+)"', town.outbox.mails[-1].html)
    assert found
    return unescape(found[1])


def the_title(town: Town, region: str) -> str:
    quiz = town.service.library.offers["quiz"].quiz
    assert quiz is not None
    return quiz.results[region].title
