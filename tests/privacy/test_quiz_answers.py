"""A whole life with a quiz in it: afterwards the answers are nowhere, and the result is in one place."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import pytest
import structlog
import time_machine
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from funnel.adapters.memory import MemoryAdapter
from funnel.mime import message_bytes
from funnel.models import Base, Lead
from funnel.privacy.export import export
from funnel.tracking.tracking import take_in
from funnel.wiring import Service
from tests.abuse.test_logs import logs_as_before as logs_as_before
from tests.journey.steps import live, rows, work
from tests.subscription.town import Town, own_page
from tests.web.conftest import Pages, on_one_database
from tests.web.dashboard.conftest import Browser
from tests.web.dashboard.conftest import browser as browser
from tests.web.dashboard.conftest import owner as owner
from tests.web.dashboard.conftest import signed_in as signed_in
from workers.catcher import CaughtMailFolder
from workers.logs import set_up_logs

CANARY = "canary-answer-7391"
RESULT, TITLE = "avoidant", "lean towards managing alone"
ADA, BEN = "ada@example.org", "ben@example.org"
# Where the practice's own texts lie; they speak of every result.
TEXTS = {"edition.source", "practice_edition.source", "edition_lesson.compiled"}


@dataclass
class Life:
    """All that came out of the service while Ada and Ben lived through it."""

    town: Town
    answers: list[str] = field(default_factory=list)  # names of the fields that hold them

    def leaks(self, found: str) -> list[str]:
        return [word for word in (CANARY, *self.answers) if word in found]


def take(town: Town, anxiety: int, avoidance: int) -> tuple[str, list[str], str]:
    """The token that the result's page carries, the names of the answers' fields, and all that was answered.

    Each statement is answered as its label says, and once more with a word that can be found again.
    """
    quiz = town.service.library.offers["quiz"].quiz
    assert quiz is not None
    wanted = {"anxiety": anxiety, "avoidance": avoidance}
    form: MultiDict[str, str] = MultiDict({"unknown": CANARY, "begun": CANARY, "utm_source": "letter"})
    for each in quiz.statements:
        form.add(f"s-{each.id}", str(6 - wanted[each.line] if each.reverse else wanted[each.line]))
        form.add(f"s-{each.id}", CANARY)
    shown = town.pages.client.post("/offers/quiz/result", data=form)
    assert shown.status_code == 200
    token = re.search(r'name="result" value="([^"]+)"', shown.text)
    assert token
    return unescape(token[1]), [f"s-{each.id}" for each in quiz.statements], f"{shown.headers}{shown.text}"


@pytest.fixture
def life(service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller) -> Life:
    """Ada has her result kept, Ben refuses; both are sent letters, open and press, and their mail is caught too."""
    town = Town(service, pages, outbox, time)
    found = Life(town)
    for email, keeps in ((ADA, True), (BEN, False)):
        token, found.answers, shown = take(town, 1, 5)
        assert found.leaks(shown) == []
        town.ask(email, keep=keeps, result=token)
        town.press()
    live(service, time, 20)
    for email in (ADA, BEN):
        for mail in rows(service, email):
            html = next((each.html for each in outbox.mails if each.key == str(mail.id)), "")
            for path in re.findall(r'(?:href|src)="https://letters\.example\.org(/[oc]/[^"]+)"', html):
                assert found.leaks(str(pages.client.get(unescape(path)).headers)) == []
    take_in(service, service.hits)
    work(service)
    caught = CaughtMailFolder(service.settings.data_dir / "outbox", service.clock.now)
    caught.open()
    for each in outbox.mails:
        caught.put("letters@example.org", [each.recipient.address], message_bytes(each))
    return found


def columns_with(service: Service, words: Iterable[str], *, as_stored: bool) -> set[str]:
    """The columns in which one of these stands: as the disk has them, or as the service reads them."""
    found = set()
    with service.db.read() as session:
        for table in Base.metadata.sorted_tables:
            query = text(f'SELECT * FROM "{table.name}"') if as_stored else select(table)
            for row in session.execute(query):
                for column, value in row._mapping.items():
                    said = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    if any(word in said for word in words):
                        found.add(f"{table.name}.{column}")
    return found


def test_answers_are_in_no_table_file_mail_export_or_page_of_the_dashboard(life: Life, signed_in: Browser) -> None:
    service = life.town.service
    for as_stored in (True, False):
        assert columns_with(service, (CANARY, *life.answers), as_stored=as_stored) == set()
    for path in files(service):
        assert life.leaks(path.read_bytes().decode("utf-8", "replace")) == [], path
    for mail in life.town.outbox.mails:
        assert life.leaks(message_bytes(mail).decode() + mail.html + mail.text) == []
    for said in (*exported(service, ADA), *exported(service, BEN), *dashboard(signed_in).values()):
        assert life.leaks(said) == []


def test_the_result_is_in_one_encrypted_place_in_her_own_copy_and_with_nobody_else(
    life: Life, signed_in: Browser
) -> None:
    service = life.town.service
    assert columns_with(service, (RESULT, TITLE), as_stored=True) <= TEXTS
    assert columns_with(service, (RESULT, TITLE), as_stored=False) - TEXTS == {"quiz_result.result"}
    assert any(RESULT in said for said in exported(service, ADA))
    assert not any(RESULT in said or TITLE in said for said in exported(service, BEN))
    assert not any(RESULT in mail.subject.casefold() or TITLE in mail.subject for mail in life.town.outbox.mails)
    for path, said in dashboard(signed_in).items():
        assert not re.search(rf"\b{RESULT}\b|{TITLE}", said), path


@on_one_database
def test_letters_that_spoke_to_it_are_gone_from_all_that_is_kept_once_it_is_deleted(life: Life) -> None:
    town, service = life.town, life.town.service
    spoken = "Your quiz answers leaned more towards keeping some distance."
    assert any(spoken in mail.text for mail in town.outbox.mails)
    with service.db.read() as session:
        lead_id = session.scalars(select(Lead.id).where(Lead.email == ADA)).one()
    assert any(ADA.encode() in path.read_bytes() for path in (service.settings.data_dir / "outbox").glob("*.eml"))
    done = town.pages.client.post(own_page(town, lead_id), data={"do": "forget-result"})
    assert done.status_code == 200
    assert not any(re.search(rf"\b{RESULT}\b|{spoken}", said) for said in exported(service, ADA))
    left = [path.read_bytes() for path in (service.settings.data_dir / "outbox").glob("*.eml")]
    assert left
    assert not any(ADA.encode() in each for each in left)
    assert columns_with(service, (RESULT, TITLE), as_stored=False) <= TEXTS


@on_one_database
@pytest.mark.usefixtures("logs_as_before", "service")
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_log_says_what_was_answered_or_what_came_of_it(
    form: str,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(form, "web")
    with caplog.at_level(logging.DEBUG):
        life: Life = request.getfixturevalue("life")
        structlog.get_logger().info("listening")
    said = capsys.readouterr()
    logged = caplog.text + said.out + said.err
    assert "listening" in logged
    assert life.leaks(logged) == []
    assert RESULT not in logged
    assert TITLE not in logged


@on_one_database
def test_no_page_of_the_quiz_sets_a_cookie_or_puts_an_answer_into_an_address(life: Life) -> None:
    town = life.town
    for answer in (
        town.pages.client.get("/offers/quiz"),
        town.pages.client.post("/offers/quiz/result", data={"s-own-day": "5"}),
        town.pages.client.post("/offers/quiz/begun", data={"s-own-day": CANARY}),
        town.pages.client.get("/offers/quiz/result?s-own-day=5"),
        town.pages.sign_up("quiz", email="fay@example.org", **{"s-own-day": CANARY}),
    ):
        assert "Set-Cookie" not in answer.headers
        assert "s-own-day" not in answer.headers.get("Location", "")
        assert CANARY not in f"{answer.headers}{answer.text}"


def exported(service: Service, email: str) -> list[str]:
    """Everything in somebody's own copy, as text."""
    with service.db.read() as session:
        lead = session.scalars(select(Lead).where(Lead.email == email)).one()
    archive = zipfile.ZipFile(io.BytesIO(export(service, lead, service.clock.now())))
    return [archive.read(name).decode() for name in archive.namelist()]


def dashboard(browser: Browser) -> dict[str, str]:
    """Every page of the dashboard that a link leads to, by its path."""
    found: dict[str, str] = {}
    ahead = ["/dashboard"]
    while ahead and len(found) < 200:
        path = ahead.pop(0)
        if path in found:
            continue
        answer = browser.get(path)
        found[path] = answer.get_data(as_text=True) if answer.status_code == 200 else ""
        linked = (unescape(each) for each in re.findall(r'href="(/dashboard[^"#]*)"', found[path]))
        ahead += [each for each in linked if "/static/" not in each]
    assert any("/people/" in path for path in found), "nobody's own page was looked at"
    return found


def files(service: Service) -> list[Path]:
    found = [path for path in service.settings.data_dir.rglob("*") if path.is_file()]
    assert any(path.suffix == ".eml" for path in found)
    return found
