"""What has grown old goes by itself, as the privacy page says, and no figure changes by it."""

from __future__ import annotations

import os
from datetime import timedelta

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.insight.agreement import agreement
from funnel.models import Consent, Delivery, Event, HookBody, Lead, LeadState, Signup, Suppression
from funnel.privacy.periods import KINDS, spoken_days
from funnel.privacy.sweep import Sweeper, count_old
from funnel.settings import Settings
from funnel.subscription.unsubscribe import leave
from funnel.tracking.classify import classify
from funnel.tracking.recount import disagreements, recount
from funnel.tracking.tracking import store
from funnel.wiring import Service
from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import ask, join, rows, work
from tests.privacy.test_erase import figures
from tests.tracking.steps import hit
from tests.web.conftest import Pages, on_one_database, text_of

ADA, BEN, CLEO = "ada@example.org", "ben@example.org", "cleo@example.org"


def sweep(service: Service) -> dict[str, int]:
    return {name: n for name, n in Sweeper(service).all().items() if n}


def test_an_unconfirmed_sign_up_goes_after_30_days_but_counts(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, BEN, name="Ben", zone="Europe/Dublin")
    work(service)
    join(service, ADA)
    work(service)
    counted = figures(service)
    time.shift(timedelta(days=30))
    assert sweep(service) == {}
    time.shift(timedelta(minutes=1))
    assert count_old(service)["unconfirmed"] == 1
    assert sweep(service)["unconfirmed"] == 1
    with service.db.read() as session:
        ben, ada = session.scalars(select(Lead).order_by(Lead.id)).all()
        assert (ben.state, ben.email, ada.email) == (LeadState.ERASED, "", ADA)
        assert session.scalars(select(Signup.typed_name).order_by(Signup.id)).all() == ["", ""]
        assert set(session.scalars(select(Consent.lead_id))) == {ada.id}
        assert session.scalars(select(Suppression)).all() == []
        assert agreement(session) == []
    assert figures(service) == counted
    ask(service, BEN, name="Ben")  # as if for the first time
    work(service)
    assert outbox.mails[-1].recipient.address == BEN


def test_who_asked_again_meanwhile_is_kept(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, BEN)
    time.shift(timedelta(days=20))
    ask(service, BEN)
    time.shift(timedelta(days=20))
    assert "unconfirmed" not in sweep(service)
    with service.db.read() as session:
        assert session.scalars(select(Lead.email)).all() == [BEN]


def test_who_said_stop_before_confirming_is_never_written_to(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, CLEO)
    work(service)
    leave(service, rows(service, CLEO)[0].ref, service.clock.now(), "page")
    time.shift(timedelta(days=31))
    assert sweep(service)["unconfirmed"] == 1
    with service.db.read() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["erased"]


def test_an_unconfirmed_second_sign_up_loses_what_was_typed(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "course")
    ask(service, ADA, "ebook", name="Somebody")
    time.shift(timedelta(days=31))
    assert count_old(service)["unconfirmed"] == 1
    assert sweep(service)["unconfirmed"] == 1
    with service.db.read() as session:
        assert session.scalars(select(Signup.typed_name)).all() == ["", ""]
        assert {(row.kind, row.offer) for row in session.scalars(select(Consent))} == {
            ("asked", "course"), ("confirmed", "course"),
        }  # fmt: skip
        assert session.scalars(select(Lead.email)).all() == [ADA]


def test_programs_and_networks_go_after_30_days_not_judgements(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    mail = rows(service, ADA)[0]
    since = service.clock.now()
    store(service, [hit(service, mail, network="198.51.100.0/24"), hit(service, mail, "click", 0, after=9)])
    counted = figures(service)
    with service.db.read() as session:
        before = [(event.actor, event.reasons) for event in session.scalars(select(Event).order_by(Event.id))]
    time.shift(timedelta(days=31))
    assert count_old(service)["agents"] == sweep(service)["agents"] == 3  # two hits, and what was agreed
    with service.db.read() as session:
        events = session.scalars(select(Event).order_by(Event.id)).all()
        assert not [event for event in events if {"network", "user_agent", "headers"} & set(event.raw)]
        assert set(session.scalars(select(Consent.origin))) == {""}
    assert classify(service, since).changed == 0
    with service.db.read() as session:
        after = [(event.actor, event.reasons) for event in session.scalars(select(Event).order_by(Event.id))]
        assert disagreements(session) == []
    assert (after, figures(service)) == (before, counted)
    assert sweep(service) == {}


def test_events_go_after_13_months_and_figures_outlast_them(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    mail = rows(service, ADA)[0]
    store(service, [hit(service, mail), hit(service, mail, "click", 0, after=9)])
    time.shift(timedelta(days=300))
    store(service, [hit(service, mail), hit(service, mail, "click", 1, after=9)])
    counted = figures(service)
    time.shift(timedelta(days=97))
    assert sweep(service)["events"] == 2
    with service.db.read() as session:
        assert len(session.scalars(select(Event)).all()) == 2
        assert disagreements(session, service.events_kept_since) == []
    assert recount(service).wrong == ()
    assert figures(service) == counted
    classify(service, service.clock.now() - timedelta(days=120))
    store(service, [hit(service, mail)])
    assert figures(service) == counted
    with service.db.read() as session:
        opened = session.get_one(Delivery, mail.id).opened_at
    assert opened is not None
    assert opened < service.events_kept_since


@on_one_database
def test_reports_and_files_of_mail_go_after_30_days(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    with service.db.write() as session:
        for state in ("done", "failed", "new"):
            session.add(HookBody(adapter="postmark", received_at=service.clock.machine_now(), body=b"{}", state=state))
    for folder in ("bounces/kept", "outbox"):
        (service.settings.data_dir / folder).mkdir(parents=True)
        file = service.settings.data_dir / folder / "1.eml"
        file.write_bytes(b"Subject: x\n\n")
        os.utime(file, (service.clock.now().timestamp(),) * 2)
    assert sweep(service) == {}
    time.shift(timedelta(days=31))
    assert sweep(service) == {"reports": 2, "returned": 2}
    with service.db.read() as session:
        assert session.scalars(select(HookBody.state)).all() == ["new"]  # never one that still waits


@on_one_database
def test_a_step_takes_one_batch_and_a_sweep_comes_each_hour(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    sweeper = Sweeper(service)
    assert [sweeper.step() for _ in KINDS] == [True] * (len(KINDS) - 1) + [False]
    ask(service, BEN)
    time.shift(timedelta(days=31))
    assert [sweeper.step() for _ in range(len(KINDS) + 1)][:2] == [True, True]
    with service.db.read() as session:
        assert session.scalars(select(Lead.state)).all() == ["erased"]


@on_one_database
def test_the_privacy_page_says_how_long_as_the_settings_do(pages: Pages, service: Service) -> None:
    assert [spoken_days(kind.days(service.settings)) for kind in KINDS] == [
        "30 days", "30 days", "13 months", "180 days", "180 days", "30 days", "30 days", "a day", "7 days",
    ]  # fmt: skip
    page = text_of(pages.client.get("/pages/privacy"))
    for kind in KINDS:
        assert f"{kind.shown}: {spoken_days(kind.days(service.settings))}" in page
    assert {kind.setting for kind in KINDS if kind.setting} == {
        name for name in Settings.model_fields if name.startswith("keep_")
    }


def test_a_dry_run_says_how_many_and_deletes_nothing(practice: Practice, time: time_machine.Traveller) -> None:
    ask(practice.service, BEN)
    time.shift(timedelta(days=31))
    said = practice.run("privacy", "sweep", "--dry-run").output
    assert "1  a sign-up that was never confirmed, with what was typed (kept for 30 days)" in said
    with practice.service.db.read() as session:
        assert session.scalars(select(Lead.email)).all() == [BEN]
    practice.run("privacy", "sweep")
    with practice.service.db.read() as session:
        assert session.scalars(select(Lead.email)).all() == [""]
