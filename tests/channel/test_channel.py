"""Channels: which mail leaves by which, when one rests, and how it opens again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.dkim import SigningAdapter
from funnel.adapters.memory import MemoryAdapter
from funnel.adapters.smtp import SmtpAdapter
from funnel.channel.channel import Channel, configured_channel, resume
from funnel.db import Database
from funnel.mail import Outcome, OutcomeKind
from funnel.models import ChannelState, Delivery
from funnel.settings import SettingsError, load_settings
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.journey.steps import ask, join, rows

MINUTE = timedelta(minutes=1)
ACCEPTED, LATER = Outcome(OutcomeKind.ACCEPTED), Outcome(OutcomeKind.TEMPORARY, "451 not now")


@pytest.fixture
def channel() -> Channel:
    made = Channel("memory://")
    made.use(MemoryAdapter())
    return made


def told(channel: Channel, database: Database, outcomes: list[Outcome], at: datetime = MONDAY) -> bool:
    """Tells the channel; whether it rests now."""
    with database.write() as session:
        channel.record_outcomes(session, outcomes, at)
    return channel.is_closed


def state(database: Database) -> tuple[str, timedelta | None] | None:
    """Kind and length of the rest that is written down."""
    with database.read() as session:
        row = session.scalars(select(ChannelState)).one_or_none()
        return None if row is None else (row.kind, None if row.until is None else row.until - row.since)


def closed(channel: Channel, database: Database, at: datetime) -> datetime | None:
    with database.read() as session:
        return channel.closed_until(session, at)


def test_too_fast_rests_as_long_as_the_provider_says(channel: Channel, database: Database) -> None:
    assert told(channel, database, [ACCEPTED, Outcome(OutcomeKind.RATE, "slow down", retry_after=5 * MINUTE)])
    assert closed(channel, database, MONDAY + 4 * MINUTE) == MONDAY + 5 * MINUTE
    assert closed(channel, database, MONDAY + 5 * MINUTE) is None
    assert not told(channel, database, [ACCEPTED], MONDAY + 6 * MINUTE)
    assert state(database) is None


def test_a_mail_on_its_way_does_not_end_another_workers_rest(channel: Channel, database: Database) -> None:
    told(channel, database, [Outcome(OutcomeKind.RATE, "slow down", retry_after=5 * MINUTE)])
    other = Channel("memory://")
    assert told(other, database, [ACCEPTED], MONDAY + MINUTE)
    assert state(database) == ("rate", 5 * MINUTE)


def test_who_keeps_saying_slower_gets_more_time_each_time(channel: Channel, database: Database) -> None:
    at, rests = MONDAY, []
    for _ in range(6):
        told(channel, database, [Outcome(OutcomeKind.RATE, "slow down")], at)
        found = state(database)
        assert found is not None
        assert found[1] is not None
        rests.append(found[1] / MINUTE)
        at += found[1]
    assert rests == [1, 2, 4, 8, 15, 15]
    told(channel, database, [ACCEPTED], at)
    told(channel, database, [Outcome(OutcomeKind.RATE, "slow down")], at)
    assert state(database) == ("rate", MINUTE)


def test_ten_workers_told_at_once_rest_once(database: Database) -> None:
    for _ in range(10):
        assert told(Channel("memory://"), database, [Outcome(OutcomeKind.RATE, "slow down")])
    assert state(database) == ("rate", MINUTE)


def test_a_wrong_key_stops_the_channel_but_for_a_regular_try(channel: Channel, database: Database) -> None:
    wrong = Outcome(OutcomeKind.AUTH_CONFIG, "535 wrong key")
    told(channel, database, [wrong])
    assert state(database) == ("auth_config", None)
    assert closed(channel, database, MONDAY + 4 * MINUTE) == MONDAY + 5 * MINUTE
    # Being slow is nothing beside it.
    told(Channel("memory://"), database, [Outcome(OutcomeKind.RATE, "slow down")], MONDAY + MINUTE)
    assert state(database) == ("auth_config", None)
    assert closed(channel, database, MONDAY + 5 * MINUTE) is None
    told(channel, database, [wrong], MONDAY + 5 * MINUTE)
    assert closed(channel, database, MONDAY + 9 * MINUTE) == MONDAY + 10 * MINUTE
    told(channel, database, [ACCEPTED], MONDAY + 10 * MINUTE)
    assert state(database) is None


def test_a_server_that_takes_nothing_makes_ever_longer_rests(channel: Channel, database: Database) -> None:
    assert not told(channel, database, [LATER] * 19)
    assert told(channel, database, [LATER])
    assert state(database) == ("failing", MINUTE)
    with database.read() as session:
        detail = session.scalars(select(ChannelState.detail)).one()
    assert detail == "20 of the last 20 mails were not taken: 451 not now"
    at = MONDAY + MINUTE
    assert closed(channel, database, at) is None
    assert told(channel, database, [LATER] * 4, at)  # on trial one round is enough
    assert state(database) == ("failing", 2 * MINUTE)
    at += 2 * MINUTE
    assert not told(channel, database, [LATER, ACCEPTED, LATER], at)
    assert state(database) is None
    assert not told(channel, database, [LATER] * 10, at)  # what was before the rest is forgotten


def test_a_worker_hears_of_anothers_failures_from_the_database(channel: Channel, database: Database) -> None:
    assert not told(channel, database, [ACCEPTED])
    told(Channel("memory://"), database, [LATER] * 20)
    assert not told(channel, database, [ACCEPTED])  # it looks once a second
    assert told(channel, database, [ACCEPTED] * 2, MONDAY + timedelta(seconds=1))
    assert closed(channel, database, MONDAY) == MONDAY + MINUTE


def test_a_few_failures_among_many_that_went_change_nothing(channel: Channel, database: Database) -> None:
    for _ in range(20):
        assert not told(channel, database, [ACCEPTED, ACCEPTED, LATER])
    assert state(database) is None


def test_the_lessons_channel_at_rest_holds_up_no_confirmation(database: Database) -> None:
    channel = configured_channel(database, load_settings({}, mail_url="memory://", course_mail_url="memory://"))
    course = channel.channel_for("lesson")
    assert channel.channel_for("confirmation") is channel
    assert channel.all == (channel, course)
    assert (channel.name, course.name) == ("memory", "memory-courses")
    told(course, database, [Outcome(OutcomeKind.QUOTA, "enough for today")])
    assert closed(course, database, MONDAY) == MONDAY + 60 * MINUTE
    assert closed(channel, database, MONDAY) is None
    channel.close()


def test_a_batch_is_parted_by_channel_with_urgent_mail_first(service: Service, time: time_machine.Traveller) -> None:
    join(service, "ada@example.org")
    confirmation, lesson = (row.id for row in rows(service, "ada@example.org"))
    both = configured_channel(service.db, load_settings({}, mail_url="memory://", course_mail_url="memory://"))
    assert both.split_by_channel(service.db, [lesson, confirmation]) == [
        (both, [confirmation]),
        (both.course, [lesson]),
    ]
    assert both.split_by_channel(service.db, [lesson]) == [(both.course, [lesson])]
    one = configured_channel(service.db, load_settings({}, mail_url="memory://"))
    assert one.split_by_channel(service.db, [lesson, confirmation]) == [(one, [lesson, confirmation])]


def test_one_channel_carries_everything_where_no_other_is_set(database: Database, tmp_path: object) -> None:
    channel = configured_channel(database, load_settings({}, mail_url="memory://"))
    assert channel.channel_for("lesson") is channel
    different = configured_channel(
        database, load_settings({}, mail_url="memory://", course_mail_url=f"file://{tmp_path}")
    )
    assert [each.name for each in different.all] == ["memory", "file"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mail_pace": "fast"}, "FUNNEL_MAIL_PACE is wrong: 'fast' is not understood"),
        ({"course_mail_url": "memory://", "course_mail_pace": "googel 1/s"}, "FUNNEL_COURSE_MAIL_PACE .* google?"),
        ({"course_mail_pace": "1/s"}, "FUNNEL_COURSE_MAIL_URL is not"),
        (
            {"dkim_key": "secret-words", "dkim_selector": "funnel1", "dkim_domain": "harbour.example.org"},
            "FUNNEL_DKIM_KEY",
        ),
    ],
)
def test_a_wrong_setting_is_named(database: Database, settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        configured_channel(database, load_settings({}, mail_url="memory://", **settings))


def test_a_wrong_lessons_mail_url_is_named_without_its_password(database: Database) -> None:
    channel = configured_channel(
        database, load_settings({}, mail_url="memory://", course_mail_url="smtp://ada:hunter2@:25")
    )
    with pytest.raises(SettingsError, match="FUNNEL_COURSE_MAIL_URL is wrong") as error:
        _ = channel.channel_for("lesson").adapter
    assert "hunter2" not in str(error.value)


def test_smtp_mail_is_signed_and_workers_share_connections(database: Database) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings = load_settings(
        {},
        mail_url="smtp://127.0.0.1:1",
        mail_pace="20 connections",
        dkim_key=pem,
        dkim_selector="funnel1",
        dkim_domain="harbour.example.org",
        workers=8,
    )
    channel = configured_channel(database, settings)
    adapter = channel.adapter
    assert isinstance(adapter, SigningAdapter)
    assert isinstance(adapter.inner, SmtpAdapter)
    assert adapter.window == adapter.inner.relay.connections == 2
    channel.close()


def test_a_rest_ended_by_hand_lets_what_waits_go_at_once(
    service: Service, time: time_machine.Traveller, channel: Channel
) -> None:
    ask(service, "ada@example.org")
    told(channel, service.db, [Outcome(OutcomeKind.QUOTA, "enough for today")])
    with service.db.write() as session:
        row = session.scalars(select(Delivery)).one()
        row.queue_lease_until = MONDAY + 60 * MINUTE
    with service.db.write() as session:
        assert not resume(session, "other", MONDAY)
        assert resume(session, "memory", MONDAY)
    assert closed(channel, service.db, MONDAY) is None
    with service.db.read() as session:
        assert session.scalars(select(Delivery.queue_lease_until)).one() is None


def test_two_workers_writing_the_same_rest_at_once_lose_nothing(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    service = make_service()
    first, second = Channel("memory://"), Channel("memory://")
    slow = [Outcome(OutcomeKind.RATE, "slow down")]
    other = Thread(target=told, args=(second, service.db, slow))
    with service.db.write() as session:
        first.record_outcomes(session, slow, MONDAY)
        other.start()
        other.join(0.5)  # now waits for this transaction to end
    other.join(30)
    assert second.is_closed
    assert state(service.db) == ("rate", MINUTE)
