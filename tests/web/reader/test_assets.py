"""The promised file and the training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import time_machine

from funnel.links import Purpose
from funnel.models import Event, EventKind, Lead, Signup
from funnel.publishing.publish import publish
from funnel.web.reader.assets import read_chapters
from funnel.wiring import Service
from tests.web.conftest import Pages, Reader, on_one_database, text_of


def test_the_e_book_is_a_named_pdf_and_each_download_counts(pages: Pages, ada: Reader) -> None:
    path = f"/download/{pages.dated(Purpose.DOWNLOAD, ada.signup_id)}"
    answer = pages.fetch(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="A calmer heart.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert pages.rows(Signup)[0].downloads == 1
    assert [event.kind for event in pages.rows(Event)] == [EventKind.DOWNLOADED]


@on_one_database
def test_a_pdf_fetched_in_ranges_counts_once_and_a_head_never(pages: Pages, ada: Reader) -> None:
    path = f"/download/{pages.dated(Purpose.DOWNLOAD, ada.signup_id)}"
    whole = pages.fetch(path).data
    pages.client.head(path, buffered=True)
    parts = [pages.fetch(path, Range=span) for span in ("bytes=0-999", "bytes=1000-")]
    assert [part.status_code for part in parts] == [206, 206]
    assert b"".join(part.data for part in parts) == whole
    assert pages.rows(Signup)[0].downloads == 2
    assert pages.fetch(path, Range=f"bytes={len(whole)}-").status_code == 416


@on_one_database
def test_the_pdf_is_copied_from_the_database_once_and_kept(pages: Pages, ada: Reader, service: Service) -> None:
    path = f"/download/{pages.dated(Purpose.DOWNLOAD, ada.signup_id)}"
    pages.fetch(path)
    (copied,) = (service.settings.data_dir / "media").iterdir()
    copied_at = copied.stat().st_mtime_ns
    pages.fetch(path)
    assert [kept.stat().st_mtime_ns for kept in (service.settings.data_dir / "media").iterdir()] == [copied_at]


@on_one_database
def test_an_expired_download_link_says_so_and_shows_the_way(
    pages: Pages, ada: Reader, time: time_machine.Traveller
) -> None:
    path = f"/download/{pages.dated(Purpose.DOWNLOAD, ada.signup_id)}"
    time.shift(timedelta(days=91))
    answer = pages.client.get(path)
    assert answer.status_code == 410
    assert 'href="/offers/ebook"' in answer.text
    assert pages.rows(Signup)[0].downloads == 0


@on_one_database
def test_nobody_downloads_what_they_have_not_confirmed(pages: Pages, make_reader: Callable[..., Reader]) -> None:
    ben = make_reader("ben", confirms=False)
    assert pages.client.get(f"/download/{pages.dated(Purpose.DOWNLOAD, ben.signup_id)}").status_code == 404
    assert pages.client.get(f"/download/{pages.dated(Purpose.DOWNLOAD, 10**15)}").status_code == 404


@on_one_database
def test_the_training_has_captions_chapters_and_the_whole_text(
    pages: Pages, make_reader: Callable[..., Reader]
) -> None:
    fay = make_reader("fay", "training")
    path = f"/watch/{pages.dated(Purpose.WATCH, fay.signup_id)}"
    page = pages.client.get(path)
    assert "Waiting for an answer" in text_of(page)
    assert "Fay is standing by the counter" in text_of(page)
    assert page.text.count("<h1") == 1
    for part, kind in (("captions", "text/vtt"), ("chapters", "text/vtt"), ("video", "video/webm")):
        assert f"{path}/{part}" in page.text
        assert pages.fetch(f"{path}/{part}").mimetype == kind
    seeking = pages.fetch(f"{path}/video", Range="bytes=100-199")
    assert (seeking.status_code, len(seeking.data)) == (206, 100)


def test_how_far_somebody_watched_is_noted_and_only_grows(pages: Pages, make_reader: Callable[..., Reader]) -> None:
    fay = make_reader("fay", "training")
    path = f"/watch/{pages.dated(Purpose.WATCH, fay.signup_id)}"
    pages.client.get(path)
    assert pages.rows(Lead)[0].watched == 0
    for quarter, so_far in (("1", 1), ("3", 3), ("2", 3)):
        assert pages.client.post(f"{path}/progress", data={"quarter": quarter}).status_code == 204
        assert pages.rows(Lead)[0].watched == so_far
    for wrong in ("0", "5", "", "one"):
        assert pages.client.post(f"{path}/progress", data={"quarter": wrong}).status_code == 400
    by_hand = pages.client.post(f"{path}/progress", data={"quarter": "4", "by-hand": "yes"})
    assert "noted" in text_of(pages.client.get(by_hand.location))
    assert pages.rows(Lead)[0].watched == 4


def test_chapters_are_read_from_the_practices_own_file() -> None:
    text = Path("sequences/assets/training.chapters.vtt").read_text(encoding="utf-8")
    chapters = read_chapters(text)
    assert (chapters[0].clock, chapters[0].title) == ("0:00", "About this clip")
    assert (chapters[-1].clock, chapters[-1].title) == ("0:22", "5. What to expect of yourself")
    assert read_chapters("WEBVTT\n\n01:02:03.500 --> 01:03:00.000\nLate")[0].start == 3723


@on_one_database
def test_a_video_elsewhere_is_allowed_by_its_origin_alone(
    pages: Pages, make_reader: Callable[..., Reader], service: Service
) -> None:
    fay = make_reader("fay", "training")
    path = f"/watch/{pages.dated(Purpose.WATCH, fay.signup_id)}"
    assert "media-src" not in pages.client.get(path).headers["Content-Security-Policy"]
    before = service.library
    talk = replace(before.trainings["training"], video="https://Films.example.org/a/b.mp4?x=1", poster="training.webm")
    publish(service, replace(before, trainings={"training": talk}), "ada", service.clock.now())
    page = pages.client.get(f"{path}?play=here")
    assert page.headers["Content-Security-Policy"].endswith("; media-src 'self' https://films.example.org")
    assert f'poster="{path}/poster"' in page.text
    assert pages.fetch(f"{path}/poster").status_code == 200
