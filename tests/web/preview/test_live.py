"""The real server, real saving, and a real browser: it follows, and a hostile letter does nothing."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from funnel.cli.support.ports import free_port
from tests.web.preview.conftest import WEEK_1, Writing
from tests.workers.waiting_for import wait_until

ROOT = Path(__file__).parents[3]
FILE = f"{WEEK_1}.md"
LETTER = f"/show/lesson/{WEEK_1}"


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own
        page: str = answer.read().decode()
        return page


def mark_of(html: str) -> str:
    return html.partition('data-mark="')[2].partition('"')[0]


def changed(site: str, since: str) -> bool:
    """What a waiting page is told."""
    return bool(json.loads(read(f"{site}/changes?since={since}"))["changed"])


def test_a_page_that_waits_is_told_when_a_file_is_saved(site: str, writing: Writing) -> None:
    mark = mark_of(read(site + LETTER))
    with ThreadPoolExecutor(1) as waiting:
        answer = waiting.submit(changed, site, mark)
        assert not answer.done()
        writing.replace(FILE, "Twenty to midnight.", "Ten to one.")
        assert answer.result(timeout=20)
    assert "Ten to one." in read(f"{site}/frame/lesson/{WEEK_1}")


def test_a_save_before_the_page_first_asks_is_not_missed(site: str, writing: Writing) -> None:
    mark = mark_of(read(site + LETTER))
    writing.replace(FILE, "Twenty", "Twelve")
    assert changed(site, mark)


def test_a_strange_host_is_refused_by_the_server_itself(site: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
    connection.request("GET", LETTER, headers={"Host": "attacker.example.org"})
    answer = connection.getresponse()
    assert answer.status == 421
    assert b"Harbour" not in answer.read()
    connection.close()


def test_slips_saved_one_after_the_other_never_end_the_server(site: str, writing: Writing) -> None:
    path = writing.sequences / FILE
    good = path.read_text()
    for text in ("", "---\n", good.replace("day: 7", "day: ["), good + "{% if", good.replace(":::story", ":::sotry")):
        path.write_text(text)
        assert "cannot be shown just now" in read(site + LETTER)
    path.write_text(good)
    assert "cannot be shown" not in read(site + LETTER)


@pytest.fixture
def command(writing: Writing) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUNNEL_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "funnel", "preview", str(writing.sequences), "--port", "0"],
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=writing.sequences.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_the_command_leaves_nothing_and_stops_when_told(command: subprocess.Popen[str], writing: Writing) -> None:
    assert command.stdout is not None
    assert "Harbour Practice" in command.stdout.readline()
    url = re.findall(r"http://127\.0\.0\.1:\d+/", command.stdout.readline())[0]
    assert "Week 1: the alarm in your chest" in read(url)
    command.send_signal(signal.SIGINT)
    wait_until(lambda: command.poll() is not None)
    assert command.returncode == 0
    assert command.stderr is not None
    assert command.stderr.read() == ""
    assert sorted(path.name for path in writing.sequences.parent.iterdir()) == ["sequences", "templates"]


@pytest.mark.browser
def test_the_browser_follows_what_is_saved_and_keeps_its_place(page: Page, site: str, writing: Writing) -> None:
    page.goto(site + LETTER)
    letter = page.frame_locator("iframe")
    expect(letter.get_by_text("Twenty to midnight.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Follows what you save")
    page.frames[1].evaluate("scrollTo(0, 400)")
    writing.replace(FILE, "Twenty to midnight.", "Ten to one.")
    expect(letter.get_by_text("Ten to one.")).to_be_visible(timeout=10_000)
    page.wait_for_function("document.querySelector('iframe').contentWindow.scrollY === 400")
    writing.replace(FILE, "{{ lead.first_name or", "{{ lead.frist_name or")
    expect(page.get_by_role("heading", name="This cannot be shown just now")).to_be_visible(timeout=10_000)
    expect(letter.get_by_text("Ten to one.")).to_be_visible()


@pytest.mark.browser
def test_a_page_notices_that_the_preview_has_come_back(page: Page, site: str) -> None:
    page.goto(site + LETTER)
    expect(page.get_by_role("status")).to_have_text("Follows what you save")
    page.route("**/changes*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("The preview has stopped")
    page.unroute("**/changes*")
    expect(page.get_by_role("status")).to_have_text("Follows what you save", timeout=10_000)


@pytest.mark.browser
def test_the_arrow_keys_turn_to_the_next_letter_and_back(page: Page, site: str) -> None:
    page.goto(f"{site}{LETTER}?as=fay")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"{site}/show/lesson/anxious-attachment/week-2?as=fay")
    page.frame_locator("iframe").get_by_text("Dear Fay").click()  # somebody reads; the keys go to the letter now
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"{site}{LETTER}?as=fay")


@pytest.mark.browser
def test_night_is_shown_on_a_machine_that_prefers_day(page: Page, site: str) -> None:
    def ground(path: str) -> str:
        page.goto(site + path)
        colour: str = page.frames[1].evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    page.emulate_media(color_scheme="light")
    day, night = ground(LETTER), ground(f"{LETTER}?dark=1")
    assert day == "rgb(251, 249, 245)"
    assert night != day
    page.emulate_media(color_scheme="dark")
    assert ground(LETTER) == day


@pytest.mark.browser
def test_a_hostile_letter_and_a_hostile_layout_run_nothing(page: Page, site: str, writing: Writing) -> None:
    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: refused.append(message.text))
    listener = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    attack = f"top.document.title='taken';fetch('{listener}/stolen')"
    writing.replace(FILE, "Twenty to midnight.", f'<script>{attack}</script> <img src=x onerror="{attack}"> Twenty.')
    base = writing.templates / "email" / "base.html"
    hostile = (
        f'<script>{attack}</script><img src="data:," onerror="{attack}"><iframe src="javascript:{attack}"></iframe>'
        f"<form action='{listener}/form'><button id='send'>x</button></form><meta http-equiv='refresh' "
        f"content='0;url=javascript:{attack}'><link rel='stylesheet' href='{listener}/style.css'>"
    )
    base.write_text(base.read_text().replace('<body class="page">', f'<body class="page">{hostile}'))
    page.goto(site + LETTER)
    page.frame_locator("iframe").locator("#send").click()
    expect(page.frame_locator("iframe").get_by_text("Dear Ada")).to_be_visible()
