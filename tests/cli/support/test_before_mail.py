"""Every process and command says it where readers get no mail yet, and why."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import cast

import pytest
from structlog.testing import capture_logs

from funnel.adapters.memory import MemoryAdapter
from funnel.cli.support.before_mail import in_short, warn
from funnel.cli.support.prepare import Prepared
from funnel.cli.support.running import Running
from funnel.cli.up import welcome
from funnel.curriculum import Problem
from funnel.settings import load_settings
from funnel.wiring import build_service
from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import ask, work
from tests.mended import REAL_MAIL, SITE, mend

CARA = "cara@mailbox.lantern-readers.ie"  # a real person
ERRORS = [
    Problem("practice.toml", line, 1, "error", "made-up-name", f"name {line} is made up", "Write your own.")
    for line in range(1, 9)
]
SETTING = Problem("FUNNEL_SITE_URL", 0, 0, "error", "made-up-address", "FUNNEL_SITE_URL is localhost", "Set it.")
OLD = Problem("practice.toml", 40, 1, "warning", "helpline-old", "a date is old", "Ring it.")


def test_the_short_form_names_the_first_few_and_counts_the_rest() -> None:
    said = in_short([SETTING, *ERRORS], real=True)

    assert said[0].startswith("No mail goes to readers yet")
    assert said[1] == "  FUNNEL_SITE_URL is localhost  → Set it."
    assert said[2] == "  practice.toml:1:1  name 1 is made up  → Write your own."
    assert said[7] == "  and 3 things more: 'funnel check' lists them all."
    assert "funnel publish" in said[8]


def test_while_mail_is_caught_one_line_is_enough() -> None:
    assert in_short(ERRORS, real=False) == ["Before real mail leaves there are 8 things to mend: see 'funnel check'."]
    assert in_short([OLD], real=True) == []


@pytest.mark.parametrize(
    ("mail_url", "words"), [(REAL_MAIL, "No mail goes to readers yet"), ("memory://", "Before real mail leaves")]
)
def test_the_first_screen_of_up_says_it(mail_url: str, words: str) -> None:
    prepared = Prepared("https://x/sign-in/1", "ada@example.org", (), (), before_mail=(*ERRORS, OLD))
    running = SimpleNamespace(
        prepared=prepared, settings=load_settings({}, mail_url=mail_url), site_url=SITE, sign_in_url="", outbox_dir=None
    )

    assert f"\n  {words}" in welcome(cast(Running, running))


@pytest.mark.parametrize(
    ("site", "shown", "lets_in"), [(SITE, True, True), (SITE, False, False), ("http://127.0.0.1:8000", False, True)]
)
def test_a_log_holds_no_link_into_a_public_site(site: str, shown: bool, lets_in: bool) -> None:
    prepared = Prepared("https://x/sign-in/1", "ada@example.org", (), ())
    running = SimpleNamespace(
        prepared=prepared, settings=load_settings({}), site_url=site, sign_in_url=prepared.sign_in, outbox_dir=None
    )

    said = welcome(cast(Running, running), shown=shown)

    assert ("/sign-in/1" in said, "ada@example.org" in said) == (lets_in, lets_in)
    assert ("funnel user add" in said) is not lets_in


def test_a_worker_and_a_clock_log_it_until_it_is_mended(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNNEL_SITE_URL", SITE)
    with capture_logs() as caught:
        warn(practice.service)
    monkeypatch.setenv("FUNNEL_MAIL_URL", REAL_MAIL)
    service = build_service(load_settings())
    with capture_logs() as real:
        warn(service)
    mend(practice.folder)
    assert practice.run("publish", "--yes").exit_code == 0
    service.in_force.refresh(at_once=True)
    with capture_logs() as mended:
        warn(service)
    service.db.close()

    assert caught == []
    (said,) = real
    assert said["log_level"] == "warning"
    assert said["event"].startswith("no mail goes to readers yet")
    assert said["things"] > 10
    assert [each for each in mended if each["log_level"] == "warning"] == []


def test_status_counts_what_stands_in_the_way_and_what_waits(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught = json.loads(practice.run("status", "--json").output)["before_real_mail"]
    monkeypatch.setenv("FUNNEL_MAIL_URL", REAL_MAIL)
    service = build_service(load_settings())
    service.channel.use(MemoryAdapter())
    ask(service, CARA)
    work(service)
    service.db.close()

    real = json.loads(practice.run("status", "--json").output)["before_real_mail"]
    said = practice.run("status").output
    # Asked in a terminal that does not know where mail goes: the mail that waits tells.
    monkeypatch.setenv("FUNNEL_MAIL_URL", "memory://")
    elsewhere = json.loads(practice.run("status", "--json").output)["before_real_mail"]

    assert (caught["withholds"], caught["waiting"]) == (False, 0)
    assert (real["withholds"], real["waiting"]) == (True, 1)
    assert real["things"] == caught["things"] > 10
    assert f"Readers      get no mail yet: {real['things']} things to mend" in said
    assert "waiting until then, and not lost: 1 mail" in said
    assert elsewhere == real
