"""A web server's process that has just begun, and whose database does not answer yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from funnel.links import Purpose, RowRef
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.absent import without_tables
from tests.web.conftest import on_one_database, text_of


@pytest.fixture
def fresh(service: Service, make_service: Callable[..., Service], tmp_path: Path) -> Iterator[FlaskClient]:
    client = create_app(make_service(sequences_dir=tmp_path)).test_client()
    with without_tables(service.db, "practice_edition"):
        yield client


@on_one_database
def test_its_first_visitor_is_told_calmly_that_we_are_away(fresh: FlaskClient, service: Service) -> None:
    leaving = f"/u/{service.links.token(Purpose.UNSUBSCRIBE, RowRef(1))}"
    for path in ("/", "/offers/ebook", leaving, "/nowhere", "/dashboard"):
        answer = fresh.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30"), path
        assert "We are away for a moment" in text_of(answer), path
    left = fresh.post(leaving, data={"List-Unsubscribe": "One-Click"})
    assert (left.status_code, left.headers["Retry-After"]) == (503, "30")
    told = fresh.get("/", headers={"Accept": "application/json"})
    assert (told.status_code, told.mimetype) == (503, "application/problem+json")


@on_one_database
def test_what_says_nothing_of_the_practice_is_still_served(fresh: FlaskClient) -> None:
    assert fresh.get("/static/site.css", buffered=True).status_code == 200
    assert "database" in fresh.get("/healthz", base_url="http://127.0.0.1").get_json()
