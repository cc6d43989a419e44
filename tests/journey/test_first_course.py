"""The whole story, and the file to read first.

Ada asks for the e-book, confirms, is walked through the welcome and the six weeks, opens, clicks, and books. Beside
her: Ben never confirms, Cleo leaves, Dan's mailbox refuses, Eve is a scanner, Fay lives in Sydney. Everything but the
time is real: the database, Redis with RQ, and SMTP between the adapter and a mail server on loopback.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.insight.agreement import agreement
from funnel.insight.cohorts import cohorts, page_counts
from funnel.models import OF_SIGNUPS, Consent, Delivery, Event, FunnelStage, Lead
from funnel.queue import open_redis
from funnel.sending.scheduler import tick
from funnel.tracking.tracking import take_in
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.journey.steps import LESSONS, lessons, next_due, rows
from workers.catcher import Catcher, CaughtMailFolder
from workers.jobs import AtWork, set_at_work
from workers.stopping import Stop
from workers.worker import BatchWorker

pytestmark = pytest.mark.redis

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WELCOME = ["here-it-is", "what-stayed", "what-readers-find-hard"]


class Town:
    """The service, the people who use it, and the mailboxes between them."""

    def __init__(self, service: Service, mailboxes: Path, time: time_machine.Traveller) -> None:
        self.service = service
        self.time = time
        self.browser: FlaskClient = create_app(service).test_client()
        self.redis: Redis = open_redis(service.settings.redis_url)
        self._mailboxes = mailboxes
        set_at_work(AtWork(service, "worker", lambda: False))

    def sign_up(self, name: str, offer: str, zone: str = "Europe/Dublin", **boxes: str) -> TestResponse:
        address = f"{name.lower()}@example.org"
        form = {"email": address, "name": name, "timezone": zone, "consent": "yes", "utm_source": "a-friend"} | boxes
        return self.browser.post(f"/offers/{offer}/signup", data=form)

    def press_confirm(self, name: str) -> TestResponse:
        """Follows the link of the confirmation mail and presses the button on the page."""
        path = self.link(self.mails(name)[0], "/confirm/")
        assert "<button" in self.browser.get(path).text
        return self.browser.post(path)

    def run_workers(self) -> None:
        """Everything on the queue is worked off by RQ."""
        worker = BatchWorker(self.redis, f"worker-{self.redis.incr('test:worker')}", Stop())
        worker.work(burst=True, logging_level="WARNING")

    def live(self, days: float) -> None:
        """Time passes; the clock and the workers look in whenever something falls due."""
        end = self.service.clock.now() + timedelta(days=days)
        while (when := next_due(self.service)) is not None and when <= end:
            self.time.move_to(max(when, self.service.clock.now()))
            tick(self.service, self.service.clock.now())
            self.run_workers()
        self.time.move_to(end)

    def mails(self, name: str) -> list[EmailMessage]:
        """What is in somebody's mailbox, oldest first."""
        address = f"{name.lower()}@example.org"
        found = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self._mailboxes.glob("*.eml"))
        ]
        return [mail for mail in found if mail["To"] == address]

    def link(self, mail: EmailMessage, part: str) -> str:
        """The path of the first link in a mail that has this in it."""
        text = html_of(mail)
        found = re.search(rf'https://letters\.example\.org({re.escape(part)}[^"\s<>]+)', text)
        assert found, f"no link with {part} in {mail['Subject']}"
        return found[1]

    def open(self, mail: EmailMessage, agent: str = BROWSER) -> None:
        assert self.browser.get(self.link(mail, "/o/"), headers={"User-Agent": agent}).status_code == 200

    def links(self, mail: EmailMessage) -> list[str]:
        return re.findall(r'https://letters\.example\.org(/c/[^"\s<>]+)', html_of(mail))

    def look_back(self) -> None:
        """Hits that wait in their files are taken in."""
        take_in(self.service, self.service.hits)


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture
def town(
    make_service: Callable[..., Service], redis_url: str, tmp_path: Path, time: time_machine.Traveller
) -> Iterator[Town]:
    with open_redis(redis_url) as redis:
        redis.flushall()
    mailboxes = tmp_path / "mailboxes"
    service = make_service(redis_url=redis_url, signup_limit="1000 per hour")
    catcher = Catcher(CaughtMailFolder(mailboxes, service.clock.now), refuse=("dan@*",))
    catcher.start()
    sending = make_service(
        redis_url=redis_url, mail_url=f"smtp://127.0.0.1:{catcher.port}?tls=none", signup_limit="1000 per hour"
    )
    yield Town(sending, mailboxes, time)
    catcher.stop()


def test_ada_is_walked_from_the_form_to_the_first_conversation(town: Town) -> None:
    assert town.sign_up("Ada", "ebook", followed_by="on").status_code == 303
    town.run_workers()
    (asked,) = town.mails("Ada")
    assert lessons(town.service, "ada@example.org") == []

    assert "A calmer heart" in town.press_confirm("Ada").text
    town.run_workers()
    first = town.mails("Ada")[1]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-Id"].endswith("<ebook-welcome.letters.example.org>")
    assert first["Message-ID"] != asked["Message-ID"]

    # The button in the mail leads, through a counted click, to a real PDF.
    town.time.shift(timedelta(minutes=20))
    town.open(first)
    button = next(link for link in town.links(first) if "/download/" in target(town, link))
    with town.browser.get(target(town, button)) as pdf:
        assert pdf.data.startswith(b"%PDF-")

    town.live(80)
    assert lessons(town.service, "ada@example.org") == [(lesson, "accepted") for lesson in (*WELCOME, *LESSONS)]
    assert len(town.mails("Ada")) == 1 + len(WELCOME) + len(LESSONS)
    assert all(day.weekday() < 5 for day in local_days(town, "ada@example.org")[1:])

    # The last letter invites; she books.
    last = town.mails("Ada")[-1]
    invitation = next(link for link in town.links(last) if "/book/" in target(town, link))
    assert town.browser.get(target(town, invitation)).status_code == 200
    assert town.browser.post(target(town, invitation)).status_code == 200

    town.look_back()
    with town.service.db.read() as session:
        counts = next(each.counts for each in cohorts(session) if each.offer == "ebook")
        assert {counts[stage] for stage in OF_SIGNUPS} == {1}
        assert FunnelStage.ANSWERED not in page_counts(session).get("ebook", {})
        opened = session.scalars(select(Delivery).where(Delivery.opened_at.is_not(None))).all()
        assert [delivery.lesson_id for delivery in opened] == ["here-it-is"]
        assert [row.kind for row in session.scalars(select(Consent).order_by(Consent.id))] == ["asked", "confirmed"]
        assert agreement(session) == []


def test_ben_who_never_confirms_is_asked_once_and_left_in_peace(town: Town) -> None:
    town.sign_up("Ben", "course")
    town.live(60)
    assert len(town.mails("Ben")) == 1


def test_cleo_leaves_with_one_click_and_nothing_more_comes(town: Town) -> None:
    town.sign_up("Cleo", "course")
    town.run_workers()
    town.press_confirm("Cleo")
    town.live(8)
    last = town.mails("Cleo")[-1]
    address = str(last["List-Unsubscribe"]).strip("<>").removeprefix("https://letters.example.org")
    assert town.browser.get(address).status_code == 200  # a scanner looks, and nothing happens
    town.live(7)
    assert len(town.mails("Cleo")) == 4

    gone = town.browser.post(address, data={"List-Unsubscribe": "One-Click"})
    assert gone.status_code == 200
    town.live(60)
    assert len(town.mails("Cleo")) == 4
    with town.service.db.read() as session:
        assert session.scalars(select(Lead.state)).all() == ["left"]
        assert agreement(session) == []


def test_dan_whose_mailbox_refuses_is_not_tried_again(town: Town) -> None:
    town.sign_up("Dan", "course")
    town.live(30)
    (only,) = rows(town.service, "dan@example.org")
    assert (only.kind, only.state) == ("confirmation", "failed")
    assert "550" in only.reason


def test_eve_the_scanner_presses_every_link_and_changes_nothing(town: Town) -> None:
    town.sign_up("Eve", "course")
    town.run_workers()
    asked = town.mails("Eve")[0]
    for path in re.findall(r'https://letters\.example\.org(/[^"\s<>]+)', html_of(asked)):
        town.browser.get(path)
    with town.service.db.read() as session:
        assert session.scalars(select(Lead.state)).one() == "asked"

    town.press_confirm("Eve")
    town.run_workers()
    lesson = town.mails("Eve")[1]
    for path in re.findall(r'https://letters\.example\.org(/[^"\s<>]+)', html_of(lesson)):
        town.browser.get(path, headers={"User-Agent": BROWSER})
    town.look_back()
    with town.service.db.read() as session:
        assert session.scalars(select(Lead.state)).one() == "confirmed"
        clicks = session.scalars(select(Event.actor).where(Event.kind == "clicked")).all()
        assert clicks
        assert set(clicks) == {"machine"}
        assert agreement(session) == []


def test_fay_in_sydney_is_written_to_at_eight_on_her_own_wall(town: Town) -> None:
    town.sign_up("Fay", "course", zone="Australia/Sydney")
    town.run_workers()
    town.press_confirm("Fay")
    town.live(60)
    # In UTC that is the evening before, so her Monday letter goes out on a Sunday here.
    sent = [row for row in rows(town.service, "fay@example.org") if row.kind == "lesson"][1:]
    assert {(row.ended_at.hour, row.ended_at.weekday()) for row in sent if row.ended_at} == {(21, 6)}


def test_losing_all_of_redis_loses_no_mail_and_doubles_none(town: Town) -> None:
    people = [f"reader-{number}" for number in range(5)]
    for person in people:
        town.sign_up(person, "course")
    town.redis.flushall()  # the confirmations were on the queue
    tick(town.service, town.service.clock.now())
    town.run_workers()
    for person in people:
        town.press_confirm(person)
    town.redis.flushall()  # and so were the first lessons
    town.live(30)
    town.redis.flushall()
    town.live(30)
    for person in people:
        assert [lesson for lesson, _ in lessons(town.service, f"{person}@example.org")] == LESSONS
        ids = [mail["Message-ID"] for mail in town.mails(person)]
        assert len(ids) == len(set(ids)) == 1 + len(LESSONS)


def target(town: Town, link: str) -> str:
    """Where a tracked link leads, as a path of ours or a whole address."""
    answer = town.browser.get(link, headers={"User-Agent": BROWSER})
    assert answer.status_code == 302
    return answer.headers["Location"].removeprefix("https://letters.example.org")


def local_days(town: Town, address: str) -> list[date]:
    return [row.local_date for row in rows(town.service, address) if row.kind == "lesson" and row.local_date]
