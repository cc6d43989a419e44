"""What readers meet beside the lessons counts when it is published, and not before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library, library_from, practice_source, render_plan
from funnel.db import Database
from funnel.editions.in_force import InForce
from funnel.models import Delivery, Enrolment, FilePart, KeptFile, Lead, PracticeEdition, SequenceState
from funnel.publishing.history import editions
from funnel.publishing.options import PublishOptions
from funnel.publishing.practice_editions import adopt_practice, is_from_before
from funnel.publishing.publish import PublishRefused, plan, publish, unpublished
from funnel.publishing.restoring import plan_restore, restore
from funnel.settings import starter
from funnel.subscription.preferences import reschedule
from funnel.wiring import Service, read_library
from tests.films import webm
from tests.journey.steps import join, live


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the starter folder to write in."""
    return Path(shutil.copytree(starter("sequences"), tmp_path / "letters"))


def write(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new), encoding="utf-8")


def read(service: Service, folder: Path) -> Library:
    return read_library(service.settings.model_copy(update={"sequences_dir": folder}))


def test_an_offer_stays_as_published_until_the_next_publishing(service: Service, folder: Path) -> None:
    before = service.library.offers["ebook"].title
    write(folder, "offers/ebook.md", f"title: {before}", "title: A quieter heart")
    edited = read(service, folder)
    service.in_force.refresh(at_once=True)
    assert service.library.offers["ebook"].title == before
    (draft,) = plan(service, edited, service.clock.now())
    assert (draft.plan.slug, [change.detail for change in draft.plan.changes]) == (
        "practice",
        ["offers/ebook.md: title changed"],
    )
    (done,) = [each for each in publish(service, edited, "ada", service.clock.now()) if each.changed]
    assert (done.sequence, done.number) == ("practice", 2)
    assert service.library.offers["ebook"].title == "A quieter heart"
    assert unpublished(service, edited) == []


def test_a_running_process_sees_what_another_published(make_service: Callable[..., Service], service: Service) -> None:
    other = make_service()
    assert other.library.practice.zone == "Europe/Dublin"
    practice = replace(service.library.practice, zone="Australia/Sydney")
    publish(service, replace(service.library, practice=practice), "fay", service.clock.now())
    other.in_force.refresh(at_once=True)
    assert other.library.practice.zone == "Australia/Sydney"


def test_what_is_known_counts_on_while_the_database_is_away(service: Service, tmp_path: Path) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'no' / 'folder' / 'funnel.sqlite3'}")
    in_force = InForce(service.db, service.editions, service.settings.templates_dir, lambda: service.library)
    in_force.refresh()
    object.__setattr__(in_force, "_db", gone)
    in_force.refresh(at_once=True)
    assert in_force.library.practice.name == service.library.practice.name
    with pytest.raises(SQLAlchemyError):
        InForce(gone, service.editions, service.settings.templates_dir, lambda: service.library).refresh()


def test_an_older_practice_edition_can_be_compared_and_restored(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    original = service.library
    practice = replace(original.practice, postal_address="Harbour Practice, 1 New Street, Exampleton")
    publish(service, replace(original, practice=practice), "ada", service.clock.now())
    assert [each.current for each in editions(service, "practice")] == [False, True]
    drafts = plan_restore(service, {"practice": 1}, service.clock.now())
    assert [draft.plan.slug for draft in drafts] == ["practice", *sorted(original.sequences)]
    (done,) = restore(service, {"practice": 1}, "ada", service.clock.now(), PublishOptions(planned=drafts))
    assert (done.sequence, done.number) == ("practice", 3)
    assert service.library.practice == original.practice
    assert plan_restore(service, {"practice": 1}, service.clock.now()) == []
    join(service, "ada@example.org")
    assert all("1 New Street" not in mail.text for mail in outbox.mails)
    with pytest.raises(LookupError):
        restore(service, {"practice": 9}, "ada", service.clock.now())


def test_who_planned_before_somebody_else_published_is_told(service: Service) -> None:
    mine = replace(service.library, practice=replace(service.library.practice, zone="Europe/Paris"))
    theirs = replace(service.library, practice=replace(service.library.practice, zone="Europe/Rome"))
    drafts = plan(service, mine, service.clock.now())
    publish(service, theirs, "gus", service.clock.now())
    with pytest.raises(PublishRefused, match="practice: somebody else has published"):
        publish(service, mine, "ada", service.clock.now(), PublishOptions(planned=drafts))
    assert service.library.practice.zone == "Europe/Rome"


def test_an_older_installation_goes_on_with_its_folders_words(
    make_service: Callable[..., Service], service: Service, folder: Path
) -> None:
    with service.db.write() as session:
        for table in (PracticeEdition, KeptFile, FilePart):
            session.execute(delete(table))
    write(folder, "offers/ebook.md", "title: A calmer heart", "title: Own title")
    before = make_service(sequences_dir=folder)
    assert before.library.offers["ebook"].title == "Own title"
    with before.db.read() as session:
        counting = session.scalars(select(SequenceState.edition_id)).all()
    assert is_from_before(before.db)
    for _ in range(2):  # two processes that start at once
        adopt_practice(before.db, before.files, read(before, folder), before.clock.now())
    assert not is_from_before(before.db)
    write(folder, "offers/ebook.md", "title: Own title", "title: Not published")
    after = make_service(sequences_dir=folder)
    assert after.library.offers["ebook"].title == "Own title"
    with after.db.read() as session:
        assert session.scalars(select(SequenceState.edition_id)).all() == counting


def test_an_edition_older_than_pages_and_files_can_be_read(service: Service) -> None:
    source = practice_source(service.library)
    for later in ("pages", "home", "files", "trainings", "texts"):
        del source[later]
    source["practice"]["of_a_later_version"] = "kept by nobody"
    read_back = library_from(source, service.library.sequences)
    assert read_back.practice.name == service.library.practice.name
    assert (read_back.pages, read_back.home, read_back.files, read_back.assets) == ({}, None, {}, frozenset())
    with pytest.raises(ValueError, match="practice"):
        library_from({"offers": {}}, {})


def test_a_file_is_served_from_the_database_on_another_machine(
    make_service: Callable[..., Service], service: Service, folder: Path, tmp_path: Path
) -> None:
    film = webm(rest=bytes(range(256)) * 12_000)  # in four parts
    (folder / "assets" / "training.webm").write_bytes(film)
    publish(service, read(service, folder), "ada", service.clock.now())
    elsewhere = make_service(data_dir=tmp_path / "elsewhere")
    file = elsewhere.library.files["training.webm"]
    assert (file.size, file.path) == (len(film), "")
    assert elsewhere.files.path(file).read_bytes() == film
    with elsewhere.db.read() as session:
        sizes = session.scalars(
            select(FilePart.content).where(FilePart.name == file.name).order_by(FilePart.number)
        ).all()
    assert [len(part) for part in sizes] == [1_000_000, 1_000_000, 1_000_000, len(film) - 3_000_000]


def test_a_file_that_changes_in_publishing_publishes_nothing(service: Service, folder: Path) -> None:
    (folder / "assets" / "training.webm").write_bytes(webm(rest=b"as it was when the folder was read"))
    edited = read(service, folder)
    (folder / "assets" / "training.webm").write_bytes(b"cut in the middle")
    library = replace(edited, practice=replace(edited.practice, zone="Europe/Paris"))
    with pytest.raises(PublishRefused, match=r"training\.webm has changed since the folder was read"):
        publish(service, library, "ada", service.clock.now())
    assert service.library.practice.zone == "Europe/Dublin"
    assert len(editions(service, "practice")) == 1


def next_day_of_ada(service: Service, time: time_machine.Traveller) -> date:
    """Ada joins, a day goes by; the day of her next lesson."""
    join(service, "ada@example.org")
    live(service, time, 1)
    with service.db.read() as session:
        due = session.scalars(select(Enrolment.due_at).where(Enrolment.due_at.is_not(None))).one()
    assert due is not None
    return due.astimezone(ZoneInfo("Europe/Dublin")).date()


def test_a_revoked_quiet_day_names_whose_next_lesson_it_moved(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    day, library = next_day_of_ada(service, time), service.library
    quiet = replace(library.practice, quiet_days=library.practice.quiet_days | {day})
    publish(service, replace(library, practice=quiet), "ada", service.clock.now())
    with service.db.write() as session:
        reschedule(session, service, session.scalars(select(Lead)).one(), service.clock.now())

    (draft,) = plan(service, library, service.clock.now())
    change = draft.plan.changes[-1]
    assert change.detail == f"practice.toml: {day} is quiet no longer"
    assert (change.counts, change.examples) == ({"kept": 1}, ("a…@example.org",))
    assert "1 reader's next lesson keeps the day it was moved to, for example a…@example.org" in render_plan(draft.plan)
    publish(service, library, "ada", service.clock.now(), PublishOptions(planned=[draft]))
    live(service, time, 8)
    with service.db.read() as session:
        had = session.scalars(select(Delivery.local_date).where(Delivery.lesson_id == "name-the-alarm")).one()
    assert had == day + timedelta(days=1)


def test_a_quiet_day_that_moved_nobody_is_revoked_silently(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    before, library = next_day_of_ada(service, time) - timedelta(days=1), service.library
    quiet = replace(library.practice, quiet_days=library.practice.quiet_days | {before})
    publish(service, replace(library, practice=quiet), "ada", service.clock.now())
    (draft,) = plan(service, library, service.clock.now())
    assert not [change for change in draft.plan.changes if change.counts]


def test_a_new_quiet_day_is_planned_with_who_waits_for_it(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    join(service, "fay@example.org", zone="Australia/Sydney")
    live(service, time, 1)
    with service.db.read() as session:
        fays = select(Enrolment.due_at).join(Lead).where(Lead.zone == "Australia/Sydney", Enrolment.due_at.is_not(None))
        due = session.scalars(fays).one()
    assert due is not None
    quiet = due.astimezone(ZoneInfo("Australia/Sydney")).date()
    practice = replace(service.library.practice, quiet_days=service.library.practice.quiet_days | {quiet})
    library = replace(service.library, practice=practice)
    (draft,) = plan(service, library, service.clock.now())
    change = draft.plan.changes[-1]
    assert change.detail == f"practice.toml: {quiet} becomes quiet"
    assert (change.counts, change.examples) == ({"moved": 2}, ("a…@example.org", "f…@example.org"))
    publish(service, library, "ada", service.clock.now(), PublishOptions(planned=[draft]))
    live(service, time, 8)
    with service.db.read() as session:
        had = session.scalars(select(Delivery.local_date).where(Delivery.lesson_id == "name-the-alarm")).all()
    assert had == [quiet + timedelta(days=1)] * 2
