"""What holds for every page: headers, no cookies, no scripts inside, readable by everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from funnel.curriculum.colours import contrast
from funnel.links import Purpose, number_of
from funnel.models import Heartbeat
from funnel.roster import show_heartbeat, sign_off
from funnel.web.app import create_app
from funnel.web.colours import practice_css
from funnel.wiring import Service
from tests.web.conftest import Pages, Reader, on_one_database, text_of


def every_page(pages: Pages, ada: Reader) -> Iterator[str]:
    yield from ("/", "/offers/ebook", "/offers/training", "/offers/course", "/offers/ebook/thanks", "/nowhere")
    yield f"/confirm/{pages.dated(Purpose.CONFIRM, ada.signup_id)}"
    yield f"/u/{pages.leaving(ada.delivery_id)}"
    yield f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"
    yield f"/book/{pages.token(Purpose.BOOK, ada.delivery_id, number_of('intro'))}"


@on_one_database
def test_every_page_is_safe_to_open_and_sets_no_cookie(pages: Pages, ada: Reader) -> None:
    for path in every_page(pages, ada):
        answer = pages.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" in answer.headers
        assert "Set-Cookie" not in answer.headers


@on_one_database
def test_every_page_has_language_title_heading_and_skip_link(pages: Pages, ada: Reader) -> None:
    for path in every_page(pages, ada):
        page = pages.client.get(path).text
        assert page.startswith('<!doctype html>\n<html lang="en">'), path
        assert re.search(r"<title>[^<]+Harbour Practice</title>|<title>Harbour Practice</title>", page), path
        assert 'name="viewport"' in page
        assert page.count("<h1") == 1, path
        assert '<a class="skip" href="#main">' in page
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son[a-z]+=", page), path
        for field in re.findall(r'<(?:input|select)(?![^>]*type="(?:hidden|checkbox|radio)")[^>]*\bid="([^"]+)"', page):
            assert f'<label for="{field}"' in page, (path, field)
        assert "!" not in text_of(pages.client.get(path)), path


@on_one_database
def test_robots_are_kept_from_what_belongs_to_readers(pages: Pages, ada: Reader) -> None:
    rules = pages.client.get("/robots.txt").text
    for path in ("/confirm", "/u/", "/p/", "/r/", "/o/", "/c/", "/download", "/watch", "/book", "/dashboard"):
        assert f"Disallow: {path}\n" in rules
    assert "noindex" in pages.client.get(f"/u/{pages.leaving(ada.delivery_id)}").headers["X-Robots-Tag"]
    assert "X-Robots-Tag" not in pages.client.get("/").headers


@on_one_database
def test_an_error_of_ours_is_a_calm_page_without_internals(pages: Pages, app: Flask) -> None:
    def broken() -> str:
        raise RuntimeError("the secret of the house")

    app.view_functions["pages.home"] = broken
    page = pages.client.get("/")
    assert page.status_code == 500
    assert "on our side" in text_of(page)
    assert "secret" not in page.text
    problem = pages.client.get("/", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (500, "application/problem+json")


@on_one_database
def test_a_site_below_a_path_links_to_itself_there(make_service: Callable[..., Service]) -> None:
    service = make_service(site_url="https://example.org/letters")
    client = create_app(service).test_client()
    for path in ("/letters/offers/ebook", "/offers/ebook"):
        page = client.get(path)
        assert page.status_code == 200
        assert 'action="/letters/offers/ebook/signup"' in page.text
        assert 'href="/letters/static/site.css' in page.text


@on_one_database
def test_health_says_whether_the_database_answers(pages: Pages) -> None:
    """Nobody sends mail here: there is no clock, and Redis was not named."""
    answer = pages.client.get("/healthz", base_url="http://127.0.0.1")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {
            "ok": False, "database": True, "queue": None, "workers": None, "clock": False,
            "lost_hits": 0, "refused_webhooks": {},
        },
    )  # fmt: skip


@on_one_database
def test_health_is_bad_without_a_worker_or_a_clock(
    make_service: Callable[..., Service], redis: Redis, redis_url: str
) -> None:
    service = make_service(redis_url=redis_url)
    client = create_app(service).test_client()

    def found() -> tuple[int, bool, int, bool]:
        answer = client.get("/healthz", base_url="http://127.0.0.1")
        said = answer.get_json()
        return answer.status_code, said["ok"], said["workers"], said["clock"]

    assert found() == (200, False, 0, False)
    show_heartbeat(redis, "harbour.1")
    assert found() == (200, False, 1, False)
    with service.db.write() as session:
        session.merge(Heartbeat(name="clock", at=service.clock.now(), machine_at=service.clock.machine_now()))
    assert found() == (200, True, 1, True)
    sign_off(redis, "harbour.1")
    assert found() == (200, False, 0, True)


@on_one_database
def test_health_is_not_well_while_redis_is_away(make_service: Callable[..., Service], tmp_path: Path) -> None:
    client = create_app(make_service(redis_url=f"unix://{tmp_path}/nobody.sock")).test_client()
    said = client.get("/healthz", base_url="http://127.0.0.1").get_json()
    assert (said["ok"], said["queue"], said["workers"]) == (False, False, None)


@pytest.mark.parametrize(
    "colours",
    [
        {},
        {"accent": "#ffee00", "ink": "#dddddd", "paper": "#ffffff"},
        {"accent": "#101010", "ink": "#ffffff", "paper": "#000000"},
        {"accent": "#777777", "ink": "#777777", "paper": "#777777"},
        {"accent": "red;}body{display:none", "ink": "", "paper": "url(x)"},
    ],
)
def test_pages_are_readable_in_any_colours_a_practice_chooses(colours: dict[str, str]) -> None:
    css = practice_css(colours)
    assert "display" not in css
    assert "url" not in css
    for block in re.findall(r":root\{([^}]+)\}", css):
        found = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6});", block))
        for text, ground in (("ink", "paper"), ("soft", "paper"), ("accent", "paper"), ("on-accent", "accent"),
                             ("ink", "raised"), ("soft", "raised"), ("accent", "raised"), ("ink", "tint")):  # fmt: skip
            assert contrast(found[text], found[ground]) >= 4.5, (text, ground, block)
