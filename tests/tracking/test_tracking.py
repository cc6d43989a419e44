"""Hits are taken in once, judged, and counted once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from funnel.links import ClickToken, links_mark
from funnel.models import Delivery, Event, Lead, LeadState
from funnel.sending.web_copy import click_target
from funnel.subscription.preferences import Preferences, save_preferences
from funnel.tracking.hit import Hit
from funnel.tracking.link_cache import remember_links
from funnel.tracking.rules import RULES_VERSION
from funnel.tracking.spool import HitSpool
from funnel.tracking.tracking import store, take_in
from funnel.wiring import Service
from tests.absent import without_tables
from tests.tracking.hits import CHROME
from tests.tracking.steps import actors, burst, counts, hit


def test_what_was_written_is_taken_in_once(service: Service, lesson: Delivery) -> None:
    service.hits.write(hit(service, lesson))
    service.hits.write(hit(service, lesson))
    service.hits.write(hit(service, lesson, "click", 0))
    assert take_in(service, service.hits) == 3
    assert take_in(service, service.hits) == 0
    assert counts(service) == {"accepted": 1, "opened": 1, "clicked": 1}


def test_a_hit_taken_in_twice_counts_once(service: Service, lesson: Delivery) -> None:
    one = hit(service, lesson)
    assert store(service, [one, one]) == 1
    assert store(service, [one]) == 0
    assert counts(service)["opened"] == 1


def test_what_a_hit_told_is_kept_so_that_it_can_be_judged_again(service: Service, lesson: Delivery) -> None:
    store(service, [hit(service, lesson, network="198.51.100.0/24", headers={"Accept": "image/*"})])
    with service.db.read() as session:
        event = session.scalars(select(Event)).one()
    assert event.raw["network"] == "198.51.100.0/24"
    assert event.raw["headers"] == {"Accept": "image/*"}
    assert (event.raw["rule"], event.raw["rules"]) == ("browser-opens", RULES_VERSION)
    assert len(event.reasons) == 1


def test_a_line_that_is_no_hit_is_set_aside_alone(service: Service, lesson: Delivery) -> None:
    folder: Path = service.settings.data_dir / "hits"
    folder.mkdir()
    good = hit(service, lesson).to_line()
    wrong = good.replace(f'"delivery_id":{lesson.id}'.encode(), b'"delivery_id":"one"')
    (folder / "1-old.jsonl").write_bytes(b"not json\n" + good + b'{"kind": "open"}\n' + wrong + good[:40])
    assert take_in(service, service.hits) == 1
    assert (folder / "1-old.broken").read_bytes() == b"not json\n" + b'{"kind": "open"}\n' + wrong + good[:40]


def test_a_hit_the_database_refuses_keeps_no_other_waiting(service: Service, lesson: Delivery) -> None:
    too_big = hit(service, lesson, "click", 2**40)  # for a column of PostgreSQL
    service.hits.write(too_big)
    service.hits.write(hit(service, lesson))
    assert take_in(service, service.hits) == (2 if service.db.is_sqlite else 1)
    aside = list((service.settings.data_dir / "hits").glob("*.broken"))
    assert [Hit.from_line(path.read_bytes()) for path in aside] == ([] if service.db.is_sqlite else [too_big])


def test_without_a_database_hits_wait_in_one_file(service: Service, lesson: Delivery) -> None:
    with without_tables(service.db, "event"):
        for _ in range(5):
            service.hits.write(hit(service, lesson))
            with pytest.raises(Exception, match=r"no such table|does not exist"):
                take_in(service, service.hits)
        # One file that was moved aside at the first try, and the one that grows.
        assert len(list((service.settings.data_dir / "hits").glob("*.jsonl"))) == 2
    assert take_in(service, service.hits) == 5
    assert counts(service)["opened"] == 1


def test_machines_are_counted_apart_and_unknown_not_at_all(service: Service, lesson: Delivery) -> None:
    store(service, [hit(service, lesson, agent=agent) for agent in ("Mozilla/5.0", CHROME, "Shortwave Image Fetcher")])
    assert sorted(actors(service)) == ["human", "machine", "unknown"]
    assert counts(service) == {"accepted": 1, "opened": 1, "machine_opened": 1}


def test_a_burst_that_began_innocently_is_judged_whole(service: Service, lesson: Delivery) -> None:
    first, second, third = burst(service, lesson)
    store(service, [first])
    assert counts(service)["clicked"] == 1
    store(service, [second, third])
    assert counts(service) == {"accepted": 1, "machine_clicked": 1}
    assert actors(service) == ["machine"] * 3


def test_a_burst_in_any_order_is_judged_the_same(service: Service, lesson: Delivery) -> None:
    for one in reversed(burst(service, lesson, 6)):
        store(service, [one])
    assert actors(service) == ["machine"] * 6
    assert counts(service) == {"accepted": 1, "machine_clicked": 1}


def test_who_clicks_before_and_after_a_burst_stays_a_person(service: Service, lesson: Delivery) -> None:
    before, after = hit(service, lesson, "click", 0), hit(service, lesson, "click", 1, after=70)
    store(service, [before])
    store(service, burst(service, lesson, after=60))
    store(service, [after])
    assert actors(service) == ["human", "machine", "machine", "machine", "human"]
    assert counts(service) == {"accepted": 1, "clicked": 1, "machine_clicked": 1}


def test_a_scanners_open_before_its_clicks_is_no_persons(service: Service, lesson: Delivery) -> None:
    store(service, [hit(service, lesson)])
    assert counts(service)["opened"] == 1
    store(service, burst(service, lesson, after=1))
    assert counts(service) == {"accepted": 1, "machine_opened": 1, "machine_clicked": 1}


def test_the_first_of_each_is_the_earliest_even_if_it_is_late(service: Service, lesson: Delivery) -> None:
    late = hit(service, lesson, after=-300)
    store(service, [hit(service, lesson, after=86_400 * 2)])
    store(service, [late])
    with service.db.read() as session:
        assert session.get_one(Delivery, lesson.id).opened_at == late.at
    assert counts(service)["opened"] == 1


def test_hits_for_a_mail_nobody_knows_are_dropped(service: Service, lesson: Delivery) -> None:
    assert store(service, [Hit(kind="open", delivery_id=999_999, at=service.clock.now())]) == 0
    assert counts(service) == {"accepted": 1}


@pytest.mark.parametrize(("choice", "kept"), [("none", 0), ("clicks", 1), ("full", 2), (None, 2)])
def test_a_readers_choice_holds_for_mail_sent_before_it(
    service: Service, lesson: Delivery, choice: str | None, kept: int
) -> None:
    waiting = [hit(service, lesson), hit(service, lesson, "click", 0)]
    save_preferences(service, lesson.id, Preferences(tracking=choice), service.clock.now())
    assert store(service, waiting) == kept


def test_nothing_is_recorded_of_a_reader_who_was_erased(service: Service, lesson: Delivery) -> None:
    with service.db.write() as session:
        session.get_one(Lead, lesson.lead_id).state = LeadState.ERASED
    assert store(service, [hit(service, lesson)]) == 0
    assert actors(service) == []


def test_without_a_database_even_an_unpressed_link_leads_on(service: Service, lesson: Delivery) -> None:
    row = lesson.edition_lesson_id or 0
    assert remember_links(service) > 1
    with without_tables(service.db, "edition_lesson", "delivery"):
        compiled = service.editions.known_compiled(row)
        assert compiled is not None
        outward = [n for n, target in enumerate(compiled.links) if target.startswith("https://")]
        mark = links_mark(compiled.links)
        for n in outward:
            assert click_target(service, ClickToken(lesson.ref, row, mark, n)) == compiled.links[n]


def test_a_lost_connection_is_not_taken_for_a_bad_hit(
    service: Service, lesson: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.hits.write(hit(service, lesson))

    def away(*_: object) -> int:
        raise OperationalError("INSERT", {}, Exception("connection lost"))

    with monkeypatch.context() as patched:
        patched.setattr("funnel.tracking.tracking.store", away)
        with pytest.raises(OperationalError):
            take_in(service, service.hits)
    assert list((service.settings.data_dir / "hits").glob("*.broken")) == []
    assert take_in(service, service.hits) == 1


def test_late_hits_are_counted_on_the_day_they_were_made(
    service: Service, lesson: Delivery, time: time_machine.Traveller
) -> None:
    service.hits.write(hit(service, lesson))
    time.shift(timedelta(days=3))
    assert take_in(service, HitSpool(service.settings.data_dir / "hits")) == 0  # its writer lives
    assert take_in(service, service.hits) == 1
    assert counts(service)["opened"] == 1
