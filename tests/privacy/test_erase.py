"""Erased is erased: in every table, in every file, for good; and figures go on counting her."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.addresses import email_key
from funnel.insight.agreement import agreement
from funnel.models import (
    Base,
    CohortCount,
    CohortDimension,
    Delivery,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    Erasure,
    Event,
    Lead,
    LeadState,
    LessonCount,
    Suppression,
    SuppressionReason,
)
from funnel.privacy.decisions import FILES, TABLES, Blank, OnErasure
from funnel.privacy.erase import erase, finish, reapply
from funnel.privacy.erasure_log import NAME, read_log
from funnel.subscription.confirming import confirm
from funnel.tracking.recount import disagreements
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, rows, work
from tests.privacy.canary import ADDRESS, FIND, found_in_files, found_in_tables

BEN = "ben@example.org"


def test_every_column_of_the_schema_has_a_decision() -> None:
    schema = {table.name: {column.name for column in table.columns} for table in Base.metadata.sorted_tables}
    assert {name: set(table.columns) for name, table in TABLES.items()} == schema


def test_what_a_table_says_of_its_rows_fits_its_columns() -> None:
    for name, table in TABLES.items():
        if table.rows is OnErasure.NOBODYS:
            assert not table.blanks(), name
        if table.rows is OnErasure.DELETED:
            assert all(isinstance(fate, Blank) for fate in table.columns.values()), name


def figures(service: Service) -> list[tuple[object, ...]]:
    with service.db.read() as session:
        stages = session.execute(
            select(CohortCount.dimension, CohortCount.stage, CohortCount.value, CohortCount.day, CohortCount.n)
            # A source that only she came from goes with her.
            .where(CohortCount.dimension != CohortDimension.SOURCE)
        ).all()
        lessons = session.execute(
            select(LessonCount.lesson_id, LessonCount.measure, LessonCount.day, LessonCount.n)
        ).all()
    return sorted(tuple(row) for row in (*stages, *lessons) if row.n and row[1] != "skipped")


def test_nothing_of_her_is_left_in_any_table_or_file(service: Service, canary: Lead) -> None:
    join(service, BEN, name="Ben")
    work(service)
    before, counted = found_in_tables(service), figures(service)
    assert set().union(*before.values()) >= set(FIND) - {"ada.canary+x=example.org"}
    wanted = {"lead", "consent", "signup", "delivery", "event", "hook_body", "booking_request", "channel_state"}
    assert {where.partition(".")[0] for where in before} >= wanted
    in_files = {where.partition("/")[0] for where in found_in_files(service.settings.data_dir)}
    assert in_files >= {"outbox", "bounces", "hits"}
    if service.db.is_sqlite:
        assert any(where.startswith("funnel.sqlite3") for where in in_files)
    erasing = erase(service, ADDRESS, service.clock.now())
    assert erasing.known
    assert erasing.bodies == 2  # of the opening nothing was kept but that it came
    assert found_in_tables(service) == {}
    assert found_in_files(service.settings.data_dir) == {}
    assert figures(service) == counted
    with service.db.read() as session:
        assert disagreements(session) == []
        ours = select(Delivery.id).join(Lead).where(Lead.email_key == BEN)
        assert not session.scalar(select(func.count()).select_from(Event).where(Event.delivery_id.not_in(ours)))
        assert not [event for event in session.scalars(select(Event)) if "delivery" in event.raw]
        assert session.get_one(Lead, canary.id).state == LeadState.ERASED
    assert [row.state for row in rows(service, BEN)] == ["accepted", "accepted"]
    caught = [path.read_bytes() for path in (service.settings.data_dir / "outbox").glob("*.eml")]
    assert all(b"example.org" in mail for mail in caught)


def test_every_file_of_the_data_folder_has_a_decision(service: Service, canary: Lead) -> None:
    erase(service, ADDRESS, service.clock.now())
    there = {path.name for path in service.settings.data_dir.iterdir()}
    assert {name.removesuffix("-wal").removesuffix("-shm") for name in there} <= set(FILES)


def test_nothing_more_is_sent_to_her_and_nothing_waits(
    service: Service, canary: Lead, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    sent = len(outbox.mails)
    erase(service, ADDRESS, service.clock.now())
    with service.db.read() as session:
        states = session.scalars(select(Delivery.state).where(Delivery.lead_id == canary.id)).all()
        assert not session.scalar(select(func.count()).where(Enrolment.state == EnrolmentState.ACTIVE))
    assert set(states) <= {"accepted", "skipped"}
    live(service, time, 60)
    assert len(outbox.mails) == sent


def test_a_digest_stops_mail_and_a_dated_one_says_it_was_done(service: Service, canary: Lead) -> None:
    now = service.clock.now()
    erase(service, ADDRESS, now)
    digest = service.links.address_digest(email_key(ADDRESS))
    with service.db.read() as session:
        (kept,) = session.scalars(select(Suppression)).all()
        (proof,) = session.scalars(select(Erasure)).all()
    assert (kept.digest, kept.reason, kept.note) == (digest, SuppressionReason.ERASED, "")
    assert (proof.digest, proof.at, proof.finished_at) == (digest, now, now)
    assert (service.settings.data_dir / NAME).read_text() == f"{now.isoformat()} {digest}\n"


def test_her_own_new_sign_up_is_a_new_consent_and_works(
    service: Service, canary: Lead, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    erase(service, ADDRESS, service.clock.now())
    before = len(outbox.mails)
    time.shift(86_400)
    signup = ask(service, ADDRESS, name="Canarina")
    work(service)
    (asked,) = outbox.mails[before:]
    assert asked.recipient.address == ADDRESS
    with service.db.read() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["erased"]
    live(service, time, 3)
    assert len(outbox.mails) == before + 1  # nothing but what asks
    assert confirm(service, signup, service.clock.now()) is not None
    live(service, time, 10)
    assert len(outbox.mails) > before + 2
    with service.db.read() as session:
        assert session.scalars(select(Suppression.reason)).all() == []
        assert session.scalars(select(Erasure.digest)).all() == [service.links.address_digest(email_key(ADDRESS))]
        assert session.scalars(select(Lead.state).order_by(Lead.id)).all() == ["erased", "confirmed"]


def test_who_complained_stays_unmailed_for_ever(service: Service, canary: Lead) -> None:
    with service.db.write() as session:
        digest = service.links.address_digest(email_key(ADDRESS))
        session.add(Suppression(digest=digest, reason="complained", note=f"{ADDRESS} said", at=service.clock.now()))
    erase(service, ADDRESS, service.clock.now())
    assert confirm(service, ask(service, ADDRESS), service.clock.now()) is None
    with service.db.read() as session:
        (kept,) = session.scalars(select(Suppression)).all()
    assert (kept.reason, kept.note) == ("complained", "")


def test_what_a_worker_is_handing_over_is_finished_then_blanked(service: Service, canary: Lead) -> None:
    with service.db.write() as session:
        mail = session.scalars(
            select(Delivery).where(Delivery.lead_id == canary.id, Delivery.state == DeliveryState.ACCEPTED)
        ).first()
        assert mail is not None
        mail.state = DeliveryState.HANDING_OVER
        number = mail.id
    assert erase(service, ADDRESS, service.clock.now()).in_flight == 1
    assert {where.partition(".")[0] for where in found_in_tables(service)} <= {"delivery"}
    assert finish(service, service.clock.now()) == 0
    with service.db.write() as session:
        session.get_one(Delivery, number).state = DeliveryState.ACCEPTED
    assert finish(service, service.clock.now()) == 1
    assert found_in_tables(service) == {}
    with service.db.read() as session:
        assert session.scalars(select(Erasure.finished_at)).one() is not None


def test_killed_in_the_middle_it_is_redone_at_the_next_start(
    service: Service, canary: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("funnel.privacy.erase._write", die)
        with pytest.raises(KeyboardInterrupt):
            erase(service, ADDRESS, service.clock.now())
    assert found_in_tables(service) != {}
    assert reapply(service) == 1
    assert found_in_tables(service) == {}
    assert found_in_files(service.settings.data_dir) == {}
    assert reapply(service) == 0


def test_erasing_twice_changes_nothing(service: Service, canary: Lead) -> None:
    now = service.clock.now()
    erase(service, ADDRESS, now)
    again = erase(service, ADDRESS, now)
    assert not again.known
    assert len(read_log(service.settings.data_dir)) == 1
    with service.db.read() as session:
        assert agreement(session) == []
