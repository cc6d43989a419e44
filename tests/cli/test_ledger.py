"""`funnel ledger`: why did she get this?"""

from __future__ import annotations

import json

import time_machine
from sqlalchemy import select, update

from funnel.mime import message_bytes
from funnel.models import Delivery, Event, EventKind
from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture
from tests.conftest import MONDAY
from tests.journey.steps import ask, join, live, rows, work


def test_every_mail_is_listed_with_when_which_edition_and_why(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 8)
    practice.edit(f"{COURSE}/week-2.md", "day: 14", "day: 15")
    practice.run("publish", "--yes")
    live(practice.service, time, 8)

    told = practice.run("ledger", "Ada@example.org").output
    found = json.loads(practice.run("ledger", "ada@example.org", "--json").stdout)

    assert told.startswith("4 mails to Ada@example.org; times are Europe/Dublin's.\n")
    assert f"Mon 11 Jan 2027 08:00  {COURSE}@1 name-the-alarm  (sent)" in told
    assert f"Tue 19 Jan 2027 08:00  {COURSE}@2 where-it-was-learned  (sent)" in told
    assert "Because: confirmed the sign-up for course" in told
    assert [(row["lesson"], row["edition"], row["state"]) for row in found] == [
        (None, None, "accepted"),
        ("begin-here", 1, "accepted"),
        ("name-the-alarm", 1, "accepted"),
        ("where-it-was-learned", 2, "accepted"),
    ]


def test_a_mail_is_printed_byte_for_byte_as_it_was_sent(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 8)
    practice.edit(f"{COURSE}/week-1.md", "Twenty to midnight.", "Ten to midnight.")
    practice.run("publish", "--yes")

    mail = practice.outbox.mails[-1]
    assert practice.run("ledger", "ada@example.org", "--mail", mail.key).stdout_bytes == message_bytes(mail)


def test_the_mail_of_somebody_else_is_not_printed(practice: Practice) -> None:
    join(practice.service, "ada@example.org")
    join(practice.service, "fay@example.org", name="Fay")
    work(practice.service)
    lesson = rows(practice.service, "fay@example.org")[-1].id

    result = practice.run("ledger", "ada@example.org", "--mail", str(lesson))

    assert result.exit_code == 2
    assert f"No mail {lesson} went to ada@example.org. Did you mean --mail " in result.output


def test_a_mail_that_is_not_kept_is_said_to_be_so(practice: Practice) -> None:
    ask(practice.service, "ben@example.org")
    (confirmation,) = rows(practice.service, "ben@example.org")

    result = practice.run("ledger", "ben@example.org", "--mail", str(confirmation.id))

    assert result.exit_code == 1
    assert "cannot be shown" in str(result.exception)


def test_an_unknown_address_is_answered_with_a_sentence(practice: Practice) -> None:
    result = practice.run("ledger", "nobody@example.org")

    assert result.exit_code == 1
    assert str(result.exception) == "nobody signed up as nobody@example.org."


def test_a_providers_words_cannot_move_the_cursor(practice: Practice) -> None:
    ask(practice.service, "dan@example.org")
    with practice.service.db.write() as session:
        session.execute(update(Delivery).values(state="failed", reason="550 \x1b[2J no such mailbox"))

    told = practice.run("ledger", "dan@example.org").output

    assert "\x1b" not in told
    assert "(failed: 550 \\u001b[2J no such mailbox)" in told


def test_what_came_back_of_a_mail_stands_with_it(practice: Practice) -> None:
    join(practice.service, "dan@example.org")
    with practice.service.db.write() as session:
        lesson = session.scalars(select(Delivery).where(Delivery.kind == "lesson")).one()
        session.add(
            Event(
                key="bounce-1",
                kind=EventKind.BOUNCED,
                at=MONDAY,
                delivery_id=lesson.id,
                lead_id=lesson.lead_id,
                reasons=["mailboxfull \x1b[2J"],
            )
        )

    told = practice.run("ledger", "dan@example.org").output
    found = json.loads(practice.run("ledger", "dan@example.org", "--json").stdout)

    assert "        Bounced, Mon 4 Jan 2027 09:00: mailboxfull \\u001b[2J\n" in told
    assert [[back["kind"] for back in row["came_back"]] for row in found] == [[], ["bounced"]]
