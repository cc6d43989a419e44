"""The dashboard's first card: what has to be mended before mail goes to real people."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.publishing.publish import publish
from funnel.wiring import Service, read_library
from tests.journey.steps import ask, work
from tests.mended import REAL_MAIL, mended_folder

from .conftest import SITE, Browser, text_of

CARA = "cara@mailbox.lantern-readers.ie"  # a real person
CAUGHT = pytest.mark.parametrize("service", ["memory://"], indirect=True)


@pytest.fixture
def service(
    request: pytest.FixtureRequest, make_service: Callable[..., Service], time: time_machine.Traveller
) -> Service:
    """With a real mail address, or the one a test asks for."""
    made = make_service(mail_url=getattr(request, "param", REAL_MAIL))
    made.channel.use(MemoryAdapter())
    return made


def first_card(page: str) -> str:
    """The first thing below the heading, as it is written."""
    found = re.search(r'<ul class="needs">\s*<li (.*?)\n    </li>', page, re.S)
    assert found is not None
    return found[1]


def test_the_first_card_says_that_readers_get_no_mail_yet(
    signed_in: Browser, service: Service, time: time_machine.Traveller
) -> None:
    ask(service, CARA)
    work(service)
    time.shift(timedelta(hours=1))

    page = signed_in.get("/dashboard").get_data(as_text=True)
    card = first_card(page)

    assert 'class="pressing"' in card
    assert "No mail goes to readers yet" in card
    assert "One mail waits." in card
    assert "<code>funnel publish</code>" in card
    assert "<code>practice.toml, line 4</code> name is still that of the starter, Harbour Practice." in card
    assert "Write name = &#34;…&#34;" in card
    assert "9 helplines that nobody has checked" in card
    assert "<li>FUNNEL_SITE_URL is https://letters.example.org" in card
    assert "All is calm" not in page
    # It waits for the practice, not for a worker.
    assert "Mail is late" not in page


@CAUGHT
def test_while_mail_is_caught_the_card_is_there_and_calm(signed_in: Browser, service: Service) -> None:
    ask(service, CARA)
    work(service)

    card = first_card(signed_in.get("/dashboard").get_data(as_text=True))

    assert 'class="mild"' in card
    assert "Before real mail leaves" in card
    assert "One mail waits" not in card


def test_a_mended_practice_has_cards_only_for_what_is_old(
    signed_in: Browser, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = mended_folder(tmp_path / "letters")
    toml = folder / "practice.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("2026-12-30", "2025-12-30", 1), encoding="utf-8")
    help_toml = folder / "help.toml"
    help_toml.write_text(help_toml.read_text(encoding="utf-8").replace("2026-12-30", "2025-12-30", 1), encoding="utf-8")
    publish(
        service,
        read_library(service.settings.model_copy(update={"sequences_dir": folder})),
        "tests",
        service.clock.now(),
    )
    # The site of these tests is at a domain kept for examples.
    monkeypatch.setattr(service.real_mail, "_shown", {"FUNNEL_SITE_URL": "https://letters.lantern-rooms.ie"})
    monkeypatch.setattr(service.real_mail, "_known", None)

    said = text_of(signed_in.get("/dashboard"))

    assert SITE.endswith("example.org")
    assert "No mail goes to readers" not in said
    assert "A helpline was last checked over a year ago" in said
    assert "Samaritans (Ireland) was last checked on 2025-12-30" in said
    assert "An entry of help.toml was last checked over a year ago" in said
