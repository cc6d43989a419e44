"""A copy of all that is kept of one reader, for herself: as pages to read, and for programs."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.mime import message_bytes
from funnel.models import (
    AddressChange,
    BookingRequest,
    Consent,
    Enrolment,
    Event,
    GivenAnswer,
    Lead,
    QuizResult,
    Signup,
    SuppressionReason,
    WrittenBack,
)
from funnel.people.mailboxes import never_ask
from funnel.people.suppression import Grounds, suppress
from funnel.privacy.decisions import TABLES, Blank
from funnel.privacy.export import export
from funnel.privacy.own_data import mail_own_data_link
from funnel.privacy.terms import FOR_PROGRAMS, TERMS
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import join, rows, work
from tests.language.left_in_english import left_in
from tests.privacy.canary import ADDRESS
from tests.web.conftest import Pages, on_one_database, text_of

ADA = "ada@example.org"


def opened(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_holds_all_she_gave_was_sent_and_pressed(service: Service, canary: Lead, outbox: MemoryAdapter) -> None:
    join(service, "ben@example.org", name="Ben")
    work(service)
    found = opened(export(service, canary, service.clock.now()))
    data = json.loads(found["data.json"])
    (you,) = data["you"]
    assert (you["email"], you["first_name"], you["zone"]) == (ADDRESS, "Canarina", "Pacific/Chatham")
    assert {row["kind"] for row in data["agreed"]} == {"asked", "confirmed", "tracking"}
    consent = service.library.offers["course"].consent
    assert any(row["text"].startswith(consent) for row in data["agreed"])
    assert data["conversations"][0]["words"] == "Feathers and song"
    clicked = [row for row in data["what_came_back"] if row["kind"] == "clicked"]
    assert clicked
    assert all(row["actor"] and row["reasons"] and row["raw"]["user_agent"] for row in clicked)
    mails = {row.id: row for row in rows(service, ADDRESS)}
    assert {row["id"] for row in data["mails"]} == set(mails)
    for mail in outbox.mails:
        if mail.recipient.address == ADDRESS and mails[int(mail.key)].kind == "lesson":
            assert found[f"mails/{mail.key}.eml"].encode() == message_bytes(mail)
            page = found[f"mails/{mail.key}.html"]
            assert "Canarina" in page
            assert "/o/" not in page  # to read a copy is not to open the mail
            assert "/c/" not in page
    assert len([name for name in found if name.endswith(".html")]) == 1 + sum(
        row.state == "accepted" for row in mails.values()
    )
    page = found["index.html"]
    assert "Feathers and song" in page
    assert ADDRESS in page
    assert "ben@example.org" not in "".join(found.values())


@on_one_database
def test_it_says_why_she_gets_no_mail(service: Service, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    grounds = Grounds(SuppressionReason.BOUNCED, service.clock.now(), "550 no such user")
    with service.db.write() as session:
        suppress(session, service.links, ADA, grounds)
        never_ask(session, service.links, ADA, service.clock.now())
        lead = session.get_one(Lead, 1)
    found = opened(export(service, lead, service.clock.now()))
    bounced, never = json.loads(found["data.json"])["not_written_to"]
    assert (bounced["reason"], bounced["note"]) == ("bounced", "550 no such user")
    assert "never ask again" in never["reason"]
    assert "550 no such user" in found["index.html"]


def test_what_she_typed_is_text_on_the_page(service: Service, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    with service.db.write() as session:
        lead = session.get_one(Lead, 1)
        lead.tags = ["<script>x</script>"]
    found = opened(export(service, lead, service.clock.now()))
    assert "<script" not in found["index.html"]
    assert "&lt;script&gt;" in found["index.html"]


@on_one_database
def test_the_reader_downloads_it_by_her_mailed_link_only(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    first = rows(service, ADA)[0].id
    assert mail_own_data_link(service, first, service.clock.now())
    work(service)
    path = f"/your-data/{pages.dated(Purpose.OWN_DATA, rows(service, ADA)[-1].id)}"
    assert "Download my data" in text_of(pages.client.get(path))
    answer = pages.client.get(f"{path}/copy.zip")
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(opened(answer.get_data())["data.json"])["you"][0]["email"] == ADA
    other = pages.dated(Purpose.PREFERENCES, first)
    assert pages.client.get(f"/your-data/{other}/copy.zip").status_code == 404
    time.shift(86_401)
    assert pages.client.get(f"{path}/copy.zip").status_code == 410


def test_the_command_writes_a_new_file_and_never_over_another(practice: Practice, tmp_path: Path) -> None:
    join(practice.service, ADA)
    file = tmp_path / "ada.zip"
    assert practice.run("privacy", "export", ADA, "--to", str(file)).exit_code == 0
    assert json.loads(opened(file.read_bytes())["data.json"])["you"][0]["email"] == ADA
    assert practice.run("privacy", "export", ADA, "--to", str(file)).exit_code == 1
    assert practice.run("privacy", "export", "ben@example.org", "--to", str(tmp_path / "b.zip")).exit_code == 1


@on_one_database
def test_the_page_is_in_her_language_and_the_data_has_names_for_programs(
    service: Service, canary: Lead, outbox: MemoryAdapter
) -> None:
    practice = replace(service.library.practice, languages=("de",))
    publish(service, replace(service.library, practice=practice), "ada", service.clock.now())
    with service.db.write() as session:
        lead = session.get_one(Lead, canary.id)
        lead.language = "de"
    found = opened(export(service, lead, service.clock.now()))
    page = found["index.html"]
    assert '<html lang="de"' in page
    agreed = " ".join(row["text"] for row in json.loads(found["data.json"])["agreed"])
    assert [text for text in left_in(page) if text not in agreed] == []  # which stays as it was shown to her
    for said in ("Was wir Ihnen geschickt haben", "<dt>Vorname</dt>", "<dt>worin Sie eingewilligt haben</dt>"):
        assert said in page
    assert json.loads(found["data.json"])["you"][0]["first_name"] == "Canarina"


def test_every_column_that_is_told_has_a_name_for_people() -> None:
    kinds = (
        Lead,
        Signup,
        Consent,
        Enrolment,
        Event,
        AddressChange,
        WrittenBack,
        QuizResult,
        GivenAnswer,
        BookingRequest,
    )
    told = {
        name for kind in kinds for name, fate in TABLES[kind.__tablename__].columns.items() if isinstance(fate, Blank)
    }
    assert told - TERMS.keys() - FOR_PROGRAMS - {"email_key", "key", "nonce"} == set()
