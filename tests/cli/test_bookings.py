"""`funnel bookings`: who asked for a conversation."""

from __future__ import annotations

import json
from datetime import timedelta

import time_machine

from funnel.conversations.asking import book
from funnel.conversations.values import BookingText, WantedConversation
from tests.cli.practice import Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import join, rows, work


def test_bookings_are_listed_newest_first_with_what_was_left(practice: Practice, time: time_machine.Traveller) -> None:
    service = practice.service
    assert practice.run("bookings").output == "Nobody has asked for a conversation yet.\n"
    intro = service.library.practice.bookings["intro"]
    for name, said in (("ada", BookingText("I sleep\n\nbadly\x1b[2J", "01 555", "evenings")), ("fay", BookingText())):
        lead_id = join(service, f"{name}@example.org", name=name.title()).lead_id
        work(service)
        mail = rows(service, f"{name}@example.org")[-1].id
        assert book(service, lead_id, mail, service.clock.now(), WantedConversation(intro, said))
        time.shift(timedelta(minutes=1))
    assert practice.run("bookings").output.splitlines() == [
        "Mon 4 Jan 2027 09:01  fay@example.org (Fay)  A first conversation",
        "Mon 4 Jan 2027 09:00  ada@example.org (Ada)  A first conversation",
        "    I sleep",
        "",
        "    badly [2J",
        "    Telephone: 01 555",
        "    A good time: evenings",
    ]
    plain = json.loads(practice.run("bookings", "--json").output)
    assert [line["email"] for line in plain] == ["fay@example.org", "ada@example.org"]
    assert plain[1]["good_time"] == "evenings"
