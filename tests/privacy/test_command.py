"""`funnel privacy`: erase on the command line, and again after a restore."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import delete, select

from funnel.models import Erasure, Lead, LeadState, Suppression
from funnel.privacy import rows as rows_of_a_person
from funnel.privacy.erasure_log import Erased, note_erased
from funnel.tracking.hit import Hit
from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import join, rows, work

ADA = "ada@example.org"


def states(practice: Practice) -> list[tuple[str, str]]:
    with practice.service.db.read() as session:
        return [(row.state, row.email) for row in session.scalars(select(Lead).order_by(Lead.id))]


def test_erase_asks_and_only_a_yes_erases(practice: Practice) -> None:
    join(practice.service, ADA)
    refused = practice.run("privacy", "erase", ADA, answer="n\n")
    assert "cannot be undone" in refused.output
    assert states(practice) == [("confirmed", ADA)]
    assert practice.run("privacy", "erase", "Ada@Example.org", answer="y\n").exit_code == 0
    assert states(practice) == [("erased", "")]


def test_erasing_again_says_that_nothing_is_there(practice: Practice) -> None:
    join(practice.service, ADA)
    assert "is erased" in practice.run("privacy", "erase", ADA, "--yes").output
    assert "Nobody signed up" in practice.run("privacy", "erase", ADA).output
    assert practice.run("privacy", "erase", "no address").exit_code == 2


def test_hits_that_wait_where_nothing_runs_are_gone(practice: Practice) -> None:
    service = practice.service
    join(service, ADA)
    work(service)
    mail = rows(service, ADA)[0]
    hits = service.settings.data_dir / "hits"
    hits.mkdir(exist_ok=True)
    line = Hit(kind="open", delivery_id=mail.id, nonce=mail.nonce, at=service.clock.now(), user_agent="Hers/1")
    (hits / "1-left.jsonl").write_bytes(line.to_line())
    assert practice.run("privacy", "erase", ADA, "--yes").exit_code == 0
    assert list(hits.glob("*.jsonl")) == []


def test_a_restored_backup_brings_nobody_back(practice: Practice, time: time_machine.Traveller) -> None:
    service = practice.service
    join(service, ADA)
    with service.db.read() as session:
        before = session.scalars(select(Lead)).one()
    time.shift(3600)
    practice.run("privacy", "erase", ADA, "--yes")
    with service.db.write() as session:  # as the backup had it
        session.execute(delete(Erasure))
        session.execute(delete(Suppression))
        session.merge(before)
        session.get_one(Lead, before.id).email = ADA
        session.get_one(Lead, before.id).email_key = ADA
        session.get_one(Lead, before.id).state = LeadState.CONFIRMED
    assert states(practice) == [("confirmed", ADA)]
    assert "erased again: 1." in practice.run("privacy", "reapply").output
    assert states(practice) == [("erased", "")]
    with service.db.read() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["erased"]
    assert "Nobody had come back" in practice.run("privacy", "reapply").output


def test_who_signed_up_anew_after_she_was_erased_is_left_alone(
    practice: Practice, time: time_machine.Traveller
) -> None:
    service = practice.service
    join(service, ADA)
    time.shift(3600)
    practice.run("privacy", "erase", ADA, "--yes")
    time.shift(3600)
    join(service, ADA)
    with service.db.write() as session:
        session.execute(delete(Erasure))
    assert "Nobody had come back" in practice.run("privacy", "reapply").output
    assert states(practice) == [("erased", ""), ("confirmed", ADA)]
    with service.db.read() as session:
        assert session.scalars(select(Suppression.reason)).all() == []


def test_a_restored_database_without_them_is_not_searched(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    service = practice.service
    for n in range(5):
        note_erased(service.settings.data_dir, Erased(service.clock.now(), f"{n:064}"))
    searched: list[object] = []
    monkeypatch.setattr(rows_of_a_person, "delete_bodies", lambda *given: searched.append(given))
    assert "Nobody had come back" in practice.run("privacy", "reapply").output
    assert searched == []
    with service.db.read() as session:
        assert len(session.scalars(select(Suppression)).all()) == 5
        assert len(session.scalars(select(Erasure)).all()) == 5


def test_a_log_that_was_cut_off_or_lost_is_whole_again(practice: Practice, time: time_machine.Traveller) -> None:
    service = practice.service
    log = service.settings.data_dir / "erasures.log"
    for name in ("ada", "ben"):
        join(service, f"{name}@example.org")
        time.shift(3600)
        practice.run("privacy", "erase", f"{name}@example.org", "--yes")
    whole = log.read_text()
    log.write_text(whole[:150])
    practice.run("privacy", "reapply")
    lines = [line for line in log.read_text().splitlines() if len(line) > 85]
    assert sorted(lines) == sorted(whole.splitlines())
