"""Pixel and links: answered at once, kept before the answer, leading only where the practice published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from funnel.editions import Editions
from funnel.links import Purpose
from funnel.models import Delivery, DeliveryKind, Event, EventKind
from funnel.tracking.spool import Hit, HitSpool
from funnel.tracking.tracking import take_in
from funnel.wiring import Service
from tests.absent import without_tables
from tests.web.conftest import Pages, Reader, on_one_database, text_of


def spooled(service: Service) -> list[dict[str, Any]]:
    files = sorted((service.settings.data_dir / "hits").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def lesson_of(service: Service, reader: Reader) -> tuple[int, int, list[tuple[int, str]]]:
    """Delivery, published lesson, and its outward links as (number, address)."""
    with service.db.read() as session:
        delivery = session.scalars(
            select(Delivery).where(Delivery.lead_id == reader.lead_id, Delivery.kind == DeliveryKind.LESSON)
        ).first()
        assert delivery is not None
        assert delivery.edition_lesson_id is not None
        compiled = service.editions.compiled(session, delivery.edition_lesson_id)
        assert compiled is not None
        return delivery.id, delivery.edition_lesson_id, list(enumerate(compiled.links))


def test_an_open_is_kept_and_answered_with_an_invisible_pixel(pages: Pages, ada: Reader, service: Service) -> None:
    answer = pages.client.get(
        f"/o/{pages.token(Purpose.OPEN, ada.delivery_id)}.gif",
        headers={"User-Agent": "Mozilla/5.0 (X11) Firefox/140.0", "Sec-Purpose": "prefetch", "Cookie": "a=b"},
        environ_overrides={"REMOTE_ADDR": "2001:db8:1:2::7"},
    )
    assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, "image/gif", 43)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    (hit,) = spooled(service)
    assert (hit["kind"], hit["delivery_id"], hit["method"]) == ("open", ada.delivery_id, "GET")
    assert hit["network"] == "2001:db8:1::/48"
    assert hit["headers"] == {"Sec-Purpose": "prefetch"}
    assert take_in(service, service.hits) == 1
    assert [event.kind for event in pages.rows(Event)] == [EventKind.OPENED]


@on_one_database
def test_a_link_leads_where_published_and_the_click_is_kept(pages: Pages, ada: Reader, service: Service) -> None:
    delivery, lesson, links = lesson_of(service, ada)
    assert links
    for number, _ in links:
        answer = pages.client.get(f"/c/{pages.click(delivery, lesson, number)}")
        assert answer.status_code == 302
        assert answer.location.startswith(("http://", "https://"))
        assert "Set-Cookie" not in answer.headers
    assert [hit["link"] for hit in spooled(service)] == [number for number, _ in links]


@on_one_database
def test_a_changed_token_redirects_nowhere_and_leaves_no_trace(pages: Pages, ada: Reader, service: Service) -> None:
    delivery, lesson, links = lesson_of(service, ada)
    good = pages.click(delivery, lesson, 0)
    beyond = pages.click(delivery, lesson, len(links))
    unpublished = pages.click(delivery, 10**6, 0)
    for token in (good[:-1], good + "x", "1-1-1." + good.rpartition(".")[2], beyond, unpublished, "", "https://evil"):
        answer = pages.client.get(f"/c/{token}")
        assert answer.status_code == 404
        assert "Location" not in answer.headers
    assert pages.client.get(f"/o/{good}.gif").status_code == 404
    assert pages.client.get("/o/x.gif").mimetype == "image/gif"
    assert spooled(service) == []


@on_one_database
def test_a_head_is_answered_without_a_body_and_kept_as_a_head(pages: Pages, ada: Reader, service: Service) -> None:
    answer = pages.client.head(f"/o/{pages.token(Purpose.OPEN, ada.delivery_id)}.gif")
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", "43")
    assert [hit["method"] for hit in spooled(service)] == ["HEAD"]
    refused = pages.client.post(f"/o/{pages.token(Purpose.OPEN, ada.delivery_id)}.gif")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


class FullDisk(HitSpool):
    """A spool on a disk without room."""

    def write(self, hit: Hit) -> None:
        raise OSError(28, "No space left on device")


@pytest.fixture
def full_disk(service: Service) -> Iterator[Service]:
    kept = service.hits
    object.__setattr__(service, "hits", FullDisk(service.settings.data_dir / "hits"))
    yield service
    object.__setattr__(service, "hits", kept)


@on_one_database
def test_a_full_disk_costs_the_count_and_not_the_reader(full_disk: Service, pages: Pages, ada: Reader) -> None:
    delivery, lesson, _ = lesson_of(full_disk, ada)
    assert pages.client.get(f"/c/{pages.click(delivery, lesson, 0)}").status_code == 302
    assert pages.client.get(f"/o/{pages.token(Purpose.OPEN, ada.delivery_id)}.gif").status_code == 200
    health = pages.client.get("/healthz", base_url="http://127.0.0.1").get_json()
    assert (health["ok"], health["lost_hits"]) == (False, 2)


@on_one_database
def test_without_a_database_a_click_is_kept_and_answered_calmly(service: Service, pages: Pages, ada: Reader) -> None:
    delivery, lesson, links = lesson_of(service, ada)
    assert links
    token = pages.click(delivery, lesson, 0)
    with without_tables(service.db, "edition_lesson"):
        object.__setattr__(service, "editions", Editions())  # a process that was just started
        answer = pages.client.get(f"/c/{token}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "We are away for a moment" in text_of(answer)
    assert [hit["link"] for hit in spooled(service)] == [0]


@on_one_database
def test_while_the_database_is_away_our_pages_say_so_calmly(service: Service, pages: Pages, ada: Reader) -> None:
    path = f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    with without_tables(service.db, "delivery"):
        answer = pages.client.get(path)
        told = pages.client.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Please open the link again in a minute" in text_of(answer)
    assert (told.status_code, told.mimetype) == (503, "application/problem+json")
    assert pages.client.get(path).status_code == 200
