"""A fault of the practice is booked on no reader's mail: the mail is held, and goes by itself once it is mended."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library, check_library, read_folder
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, Enrolment, LessonCount, Suppression
from funnel.publishing.publish import publish
from funnel.sending.mended import try_again_started
from funnel.sending.outcomes import OURS, decisions_on
from funnel.settings import SettingsError, load_settings, starter
from funnel.wiring import Service
from tests.adapters.examples import connected_to
from tests.adapters.scripted_server import ScriptedServer
from tests.journey.steps import join, lessons, rows, work

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PROVIDERS = ("PIPELINING", "SIZE 10000000")


def with_addresses(sender: str, reply_to: str) -> Library:
    """The starter, written by somebody with these addresses."""
    files, _ = read_folder(starter("sequences"))
    practice = files["practice.toml"].decode()
    practice = re.sub(r'(?m)^from = ".*"$', f'from = "{sender}"', practice)
    practice = re.sub(r'(?m)^reply_to = ".*"$', f'reply_to = "{reply_to}"', practice)
    library, problems = check_library({**files, "practice.toml": practice.encode()})
    assert library is not None, problems
    return library


def misspelt(library: Library, reply_to: str) -> Library:
    """The library with an address that check would not have let through."""
    return replace(library, practice=replace(library.practice, reply_to=reply_to), files={})


def held(service: Service) -> int:
    with service.db.read() as session:
        return session.scalars(
            select(func.coalesce(func.sum(LessonCount.n), 0)).where(LessonCount.measure == "held")
        ).one()


@on_sqlite
def test_an_international_domains_mail_is_ascii_to_the_end(service: Service, outbox: MemoryAdapter) -> None:
    library = with_addresses("letters@bücher.example", "Ada@Bücher.example")
    publish(service, replace(library, files={}), "ada", service.clock.now())
    with ScriptedServer(offers=PROVIDERS) as server:
        service.channel.use(connected_to(server))
        join(service, "fay@example.org")
        work(service)
        assert [row.state for row in rows(service, "fay@example.org")] == ["accepted", "accepted"]
        senders = [command for command in server.commands if command.startswith("MAIL FROM")]
        assert senders
        assert all(command.startswith("MAIL FROM:<letters@xn--bcher-kva.example>") for command in senders)
        for mail in server.mails:
            head = mail.partition(b"\r\n\r\n")[0]
            assert mail.isascii()
            assert re.search(rb"(?m)^From: .*<letters@xn--bcher-kva\.example>\r$", head)
            assert re.search(rb"(?m)^Message-ID: <[^>]+@xn--bcher-kva\.example>\r$", head)
        assert any(b"Reply-To: Ada@xn--bcher-kva.example\r\n" in mail for mail in server.mails)


def test_what_we_made_wrong_waits_until_the_practice_is_mended(service: Service, outbox: MemoryAdapter) -> None:
    right, now = service.library, service.clock.now()
    publish(service, misspelt(right, "ada@bücher.example"), "ada", now)
    with ScriptedServer(offers=PROVIDERS) as server:
        service.channel.use(connected_to(server))
        join(service, "fay@example.org")
        work(service)
        (lesson,) = [row for row in rows(service, "fay@example.org") if row.kind == "lesson"]
        assert (lesson.state, held(service)) == ("held", 1)
        assert lesson.reason.startswith(OURS)
        with service.db.read() as session:
            assert session.scalars(select(Suppression)).all() == []
            assert session.scalars(select(Enrolment.state)).all() == ["active"]
        work(service)
        assert lessons(service, "fay@example.org") == [("begin-here", "held")]

        publish(service, replace(right, files={}), "ada", now)
        work(service)

        assert lessons(service, "fay@example.org") == [("begin-here", "accepted")]
        assert held(service) == 0
        assert any(f"Reply-To: {right.practice.reply_to}\r\n".encode() in mail for mail in server.mails)
        (lesson,) = [row for row in rows(service, "fay@example.org") if row.kind == "lesson"]
        assert [(decided.what, decided.who) for decided in decisions_on(lesson)] == [("released", "ada")]


@on_sqlite
def test_what_still_cannot_be_sent_is_held_again(service: Service, outbox: MemoryAdapter) -> None:
    now = service.clock.now()
    publish(service, misspelt(service.library, "ada@bücher.example"), "ada", now)
    with ScriptedServer(offers=PROVIDERS) as server:
        service.channel.use(connected_to(server))
        join(service, "fay@example.org")
        work(service)
        publish(service, misspelt(service.library, "ada@müller.example"), "ada", now)
        work(service)
        assert lessons(service, "fay@example.org") == [("begin-here", "held")]
        assert held(service) == 1
        assert try_again_started(service, now) == 2  # the confirmation is from the same practice
        work(service)
        assert (lessons(service, "fay@example.org"), held(service)) == ([("begin-here", "held")], 1)


@on_sqlite
def test_a_start_releases_only_what_the_settings_held(service: Service, outbox: MemoryAdapter) -> None:
    ours = Outcome(OutcomeKind.PERMANENT_MESSAGE, "A line is too long", ours=True)
    service.channel.use(MemoryAdapter({"fay@example.org": ours}))
    join(service, "fay@example.org")
    join(service, "ada@example.org")
    work(service)
    with service.db.write() as session:
        row = session.scalars(select(Delivery).where(Delivery.kind == "lesson", Delivery.state == "accepted")).one()
        row.state, row.reason = "held", "There is nothing to fill x with"
    service.channel.use(outbox)
    assert try_again_started(service, service.clock.now()) == 2  # the confirmation and the lesson
    work(service)
    assert lessons(service, "fay@example.org") == [("begin-here", "accepted")]
    assert lessons(service, "ada@example.org") == [("begin-here", "held")]


@on_sqlite
def test_a_refusal_of_a_server_is_still_a_failure_of_that_mail(service: Service, outbox: MemoryAdapter) -> None:
    service.channel.use(MemoryAdapter({"fay@example.org": OutcomeKind.PERMANENT_MESSAGE}))
    join(service, "fay@example.org")
    work(service)
    assert lessons(service, "fay@example.org") == [("begin-here", "failed")]


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("site_url", "https://Briefe.bücher.example:8443/a/", "https://briefe.xn--bcher-kva.example:8443/a"),
        ("bounce_address", "bounces@bücher.example", "bounces@xn--bcher-kva.example"),
        ("dkim_domain", "bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_settings_that_stand_in_headers_are_kept_in_ascii(tmp_path: Path, name: str, typed: str, kept: str) -> None:
    settings = load_settings({f"FUNNEL_{name.upper()}": typed}, data_dir=tmp_path)
    assert getattr(settings, name) == kept


def test_a_host_that_cannot_be_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FUNNEL_SITE_URL"):
        load_settings({"FUNNEL_SITE_URL": "https://bü..cher.example"}, data_dir=tmp_path)
