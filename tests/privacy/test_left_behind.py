"""What an erasure cannot take away at once: it says so, and the clock sees to it."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text, update

from funnel.cli.support.problems import CannotStart
from funnel.links import Purpose
from funnel.models import Erasure, Event, Lead, LeadState, Signup
from funnel.people.leads import get_or_add_lead
from funnel.privacy import erase as erasing
from funnel.privacy.erase import erase, finish
from funnel.privacy.erasure_log import NAME, Erased, note_erased, read_log
from funnel.privacy.log_keeping import LogKeeper
from funnel.privacy.sweep import Sweeper
from funnel.subscription.opening import open_link
from funnel.tracking.goals import count_download
from funnel.wiring import Service
from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import join
from tests.privacy.canary import ADDRESS, found_in_files, found_in_tables
from tests.refs import ref_of
from tests.web.conftest import on_one_database
from tests.workers.waiting_for import wait_until

ADA, BEN = "ada@example.org", "ben@example.org"
on_postgresql = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@contextmanager
def somebody_reads(service: Service) -> Iterator[None]:
    """A transaction that began before, such as a backup's, and looks at all of the database."""
    if service.db.is_sqlite:
        with service.db.read() as session:
            session.scalars(select(Lead)).all()
            yield
        return
    repeatable = service.db.engine.execution_options(isolation_level="REPEATABLE READ")
    with repeatable.connect() as connection:
        connection.execute(select(Lead)).all()
        yield


def unfinished(service: Service) -> int:
    with service.db.read() as session:
        return len(session.scalars(select(Erasure).where(Erasure.finished_at.is_(None))).all())


def state_of_the_one(service: Service) -> str:
    with service.db.read() as session:
        return session.scalars(select(Lead.state)).one()


def test_it_finishes_once_nobody_reads_the_database(service: Service, canary: Lead) -> None:
    with somebody_reads(service):
        assert not erase(service, ADDRESS, service.clock.now()).scrubbed
        assert found_in_tables(service) == {}
        finish(service, service.clock.now())
        assert unfinished(service) == 1
    finish(service, service.clock.now())
    assert unfinished(service) == 0
    assert found_in_files(service.settings.data_dir) == {}


def test_killed_after_the_transaction_the_clock_does_the_rest(
    service: Service, canary: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "scrub", die)
        with pytest.raises(KeyboardInterrupt):
            erase(service, ADDRESS, service.clock.now())
    assert unfinished(service) == 1
    finish(service, service.clock.now())
    assert unfinished(service) == 0
    assert found_in_files(service.settings.data_dir) == {}


@on_postgresql
def test_the_planners_statistics_name_nobody_who_was_erased(service: Service) -> None:
    for name in ("ada", "ben", "cleo"):
        join(service, f"{name}@example.org")
    shown = text("SELECT count(*) FROM pg_stats WHERE pg_stats::text ILIKE '%ben@example.org%'")
    with service.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        assert connection.scalar(shown)
        assert erase(service, BEN, service.clock.now()).scrubbed
        assert connection.scalar(shown) == 0


@on_one_database
def test_an_undeletable_file_keeps_nothing_else_from_going(service: Service) -> None:
    join(service, ADA)
    outbox = service.settings.data_dir / "outbox"
    (outbox / "1-locked.eml").mkdir(parents=True)  # what is no file can be read by nobody, whoever runs the tests
    (outbox / "2-hers.eml").write_text(f"To: {ADA}")
    done = erase(service, ADA, service.clock.now())
    assert done.stuck == (outbox / "1-locked.eml",)
    assert [path.name for path in outbox.iterdir()] == ["1-locked.eml"]
    assert state_of_the_one(service) == LeadState.ERASED


@on_one_database
def test_a_file_that_cannot_be_deleted_does_not_stop_the_sweep(service: Service) -> None:
    outbox = service.settings.data_dir / "outbox"
    (outbox / "1-locked.eml").mkdir(parents=True)
    (outbox / "2-old.eml").write_text("To: somebody")
    (outbox / ".3-torn.eml.part").write_text("To: somebody")
    for path in outbox.iterdir():
        os.utime(path, (0, 0))
    assert Sweeper(service).all()["returned"] == 2
    assert [path.name for path in outbox.iterdir()] == ["1-locked.eml"]


def test_the_command_names_the_file_that_is_left(practice: Practice) -> None:
    join(practice.service, ADA)
    locked = practice.service.settings.data_dir / "bounces" / "kept" / "1.eml"
    locked.mkdir(parents=True)
    said = practice.run("privacy", "erase", ADA, "--yes")
    assert "is erased" in said.output
    assert said.exit_code == 1
    assert str(locked) in str(said.exception)


@on_one_database
@pytest.mark.parametrize("place", ["outbox/.0000000001-0a.eml.part", "bounces/0a.part"])
def test_what_a_killed_process_left_half_written_goes_too(place: str, service: Service) -> None:
    join(service, ADA)
    path = service.settings.data_dir / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"X-Envelope-To: {ADA}\r\n")
    assert erase(service, ADA, service.clock.now()).files == 1
    assert not path.exists()


@on_one_database
def test_a_full_disk_erases_nothing_and_the_next_line_is_whole(service: Service) -> None:
    join(service, ADA)
    data_dir, now = service.settings.data_dir, service.clock.now()
    earlier = Erased(now, "0" * 64)
    note_erased(data_dir, earlier)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((data_dir / NAME).stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="nothing was erased"):
            erase(service, ADA, now)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert state_of_the_one(service) == LeadState.CONFIRMED
    erase(service, ADA, now)
    assert state_of_the_one(service) == LeadState.ERASED
    assert [each.digest[:4] == "0000" for each in read_log(data_dir)] == [True, False]


@on_one_database
def test_the_clocks_log_learns_what_another_machine_erased(service: Service, tmp_path: Path) -> None:
    keeper = LogKeeper(service)
    keeper.start()
    join(service, ADA)
    erase(service, ADA, service.clock.now())
    log = service.settings.data_dir / NAME
    told = log.read_text()
    log.unlink()  # it was another machine's
    keeper.step()
    assert log.read_text() == told
    keeper.step()
    assert log.read_text() == told


@on_one_database
def test_what_was_broken_off_is_taken_up_by_a_clock_that_runs(service: Service, time: time_machine.Traveller) -> None:
    join(service, ADA)
    keeper = LogKeeper(service)
    keeper.start()
    now = service.clock.now()
    note_erased(service.settings.data_dir, Erased(now, service.links.address_digest(ADA)))
    os.utime(service.settings.data_dir / NAME, (now.timestamp(), now.timestamp()))
    keeper.step()
    assert state_of_the_one(service) == LeadState.CONFIRMED  # it may be going on still
    time.shift(timedelta(minutes=11))
    keeper.step()
    assert state_of_the_one(service) == LeadState.ERASED


@on_one_database
def test_taken_up_while_it_goes_on_it_is_done_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    join(service, ADA)
    write = erasing._write

    def others_first(*given: object) -> object:
        monkeypatch.setattr(erasing, "_write", write)
        erasing.reapply(service)
        return write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(erasing, "_write", others_first)
    erase(service, ADA, service.clock.now())
    with service.db.read() as session:
        assert len(session.scalars(select(Erasure)).all()) == 1
        assert session.scalars(select(Lead.state)).one() == LeadState.ERASED


@on_postgresql
def test_who_signs_up_while_she_is_being_erased_is_a_new_reader(service: Service) -> None:
    join(service, ADA)
    now = service.clock.now()

    def sign_up() -> str:
        with service.db.write() as session:
            return get_or_add_lead(session, ADA, now).email_key

    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with ThreadPoolExecutor(1) as threads:
        with service.db.write() as session:
            session.scalars(select(Lead).with_for_update()).one()
            signed_up = threads.submit(sign_up)
            wait_until(lambda: service.db.ask(waiting, {}).count)
            session.execute(update(Lead).values(email_key="erased-1", email="", state=LeadState.ERASED))
        assert signed_up.result(20) == ADA


@on_one_database
def test_a_file_that_she_was_fetching_leaves_no_event(service: Service) -> None:
    signup = join(service, ADA, "ebook").signup_id
    token = service.links.dated_token(Purpose.DOWNLOAD, ref_of(service, Signup, signup), service.clock.now())
    opened = open_link(service, Purpose.DOWNLOAD, token, service.clock.now())
    assert opened is not None
    erase(service, ADA, service.clock.now())
    count_download(service, opened, "ebook.pdf", service.clock.now(), {"user_agent": "Hers/1"})
    with service.db.read() as session:
        assert session.scalars(select(Event)).all() == []


def test_only_its_owner_may_read_a_copy(practice: Practice, tmp_path: Path) -> None:
    join(practice.service, ADA)
    to = tmp_path / "ada.zip"
    assert practice.run("privacy", "export", ADA, "--to", str(to)).exit_code == 0
    assert to.stat().st_mode & 0o077 == 0


def test_a_copy_to_a_missing_folder_is_refused_in_a_sentence(practice: Practice, tmp_path: Path) -> None:
    join(practice.service, ADA)
    for arguments in (("privacy", "export", ADA, "--to"), ("suppress", "export")):
        said = practice.run(*arguments, str(tmp_path / "none" / "ada.zip"))
        assert isinstance(said.exception, CannotStart)
        assert "cannot be written: No such file or directory" in str(said.exception)
