"""The next mail is begun in the write that ends the one before, and neither ever pays for the other."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable

import pytest

from funnel.adapters.smtp.driver import ConnectionDriver
from funnel.adapters.smtp.protocol import Exchange
from funnel.adapters.smtp.transport import READ, WRITE, Transport
from funnel.mail import Adapter, Mail, Outcome, OutcomeKind
from tests.adapters.examples import connected_to, mail_to, outcomes
from tests.adapters.scripted_server import DROP, ScriptedServer

Serve = Callable[..., ScriptedServer]
ACCEPTED, AMBIGUOUS, TEMPORARY = OutcomeKind.ACCEPTED, OutcomeKind.AMBIGUOUS, OutcomeKind.TEMPORARY
PERMANENT = {OutcomeKind.PERMANENT_RECIPIENT, OutcomeKind.PERMANENT_MESSAGE}


def readers(count: int) -> list[Mail]:
    return [mail_to(f"reader{number}@example.org") for number in range(count)]


def in_order(adapter: Adapter, count: int) -> list[OutcomeKind]:
    mails = readers(count)
    found = outcomes(adapter, mails)
    return [found[mail.key].kind for mail in mails]


def heard(server: ScriptedServer) -> Counter[str]:
    """How often the server holds each reader's mail."""
    named = [re.search(rb"^To:.*?(reader\d+)@", mail, re.MULTILINE | re.DOTALL) for mail in server.mails]
    return Counter(found[1].decode() for found in named if found)


def test_one_mails_end_and_the_nexts_beginning_are_one_write(serve: Serve) -> None:
    server = serve()
    assert in_order(connected_to(server), 3) == [ACCEPTED] * 3
    both = [chunk for chunk in server.chunks if b"\r\n.\r\nMAIL FROM:" in chunk]
    assert len(both) == 2
    assert all(chunk.endswith(b"DATA\r\n") for chunk in both)


@pytest.mark.parametrize("pipelining", ["no", "not offered"])
def test_a_server_of_single_commands_gets_one_mail_at_a_time(serve: Serve, pipelining: str) -> None:
    server = serve() if pipelining == "no" else serve(offers=("SIZE 10000000",))
    adapter = connected_to(server, connections=2, **({"pipelining": "no"} if pipelining == "no" else {}))
    assert in_order(adapter, 5) == [ACCEPTED] * 5
    assert not any(b"\r\n.\r\nMAIL" in chunk for chunk in server.chunks)
    assert adapter.window == 2


def test_room_to_write_is_never_taken_for_an_unasked_answer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, watched = serve(), set()
    write, pipeline_next = Transport._write, ConnectionDriver.pipeline_next

    def in_pieces(wire: Transport, ask: Exchange) -> bool:
        """As when the system took the mail in pieces, and the answers were there before anybody looked."""
        done = write(wire, ask)
        wire.interest = WRITE
        time.sleep(0.02)
        return done

    def noted(driver: ConnectionDriver, mail: Mail | None) -> None:
        watched.add(driver.watched)
        pipeline_next(driver, mail)

    monkeypatch.setattr(Transport, "_write", in_pieces)
    monkeypatch.setattr(ConnectionDriver, "pipeline_next", noted)
    assert in_order(connected_to(server), 6) == [ACCEPTED] * 6
    assert {interest for _, interest in filter(None, watched)} == {READ}


@pytest.mark.parametrize(("kept_back", "kind"), [(1, AMBIGUOUS), (60, AMBIGUOUS), (2_000, TEMPORARY)])
def test_a_mail_whose_final_dot_has_left_is_known_as_such(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, kept_back: int, kind: OutcomeKind
) -> None:
    """The system takes all but so many bytes of the mail and the beginning of the next, and then nothing more."""
    server, write = serve(), Transport._write

    def stuck(wire: Transport, ask: Exchange) -> bool:
        if b"\r\n.\r\nMAIL FROM" not in bytes(wire._left):
            return write(wire, ask)
        left, wire._left = wire._left, wire._left[:-kept_back]
        write(wire, ask)
        wire._left = left[-kept_back:]
        raise OSError("the line went dead")

    monkeypatch.setattr(Transport, "_write", stuck)
    mails = [mail_to(f"reader{number}@example.org", text="A letter.\n" * 400) for number in range(2)]
    found = outcomes(connected_to(server), mails)
    assert [found[mail.key].kind for mail in mails] == [kind, ACCEPTED]


def test_a_server_that_drops_what_follows_gets_one_at_a_time(serve: Serve) -> None:
    server = serve()
    server.deaf_behind_a_mail = True
    adapter = connected_to(server, timeout=0.3)
    assert in_order(adapter, 12) == [ACCEPTED] * 12
    assert sum(b"\r\n.\r\nMAIL" in chunk for chunk in server.chunks) == 1, "it was tried once"
    assert adapter.window == 1
    assert server.connections == 2


def test_after_three_hang_ups_a_server_gets_one_mail_at_a_time(serve: Serve) -> None:
    server = serve()
    server.then(".", *["250 2.0.0 Ok+DROP"] * 3)
    adapter = connected_to(server)
    assert in_order(adapter, 12) == [ACCEPTED] * 12
    assert adapter.window == 1
    assert server.connections == 4


def test_a_mail_refused_whole_says_nothing_about_the_next(serve: Serve) -> None:
    server = serve()
    server.then(".", "250 2.0.0 Ok", "554 5.7.1 No", "250 2.0.0 Ok")
    first, second, third = in_order(connected_to(server), 3)
    assert (first, third) == (ACCEPTED, ACCEPTED)
    assert second in PERMANENT


@pytest.mark.parametrize("point", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_of_the_next_mail_leaves_the_one_before(serve: Serve, point: str) -> None:
    server = serve()
    server.then(point, {"MAIL": "250 Ok", "RCPT": "250 Ok", "DATA": "354 Go"}[point], "552 5.3.4 Too big for us")
    first, second, *rest = in_order(connected_to(server), 4)
    assert second in PERMANENT
    assert (first, *rest) == (ACCEPTED,) * 3
    assert heard(server) == {"reader0": 1, "reader2": 1, "reader3": 1}


def test_after_a_lost_answer_the_next_mail_changes_connection(serve: Serve) -> None:
    server = serve()
    server.then(".", DROP)
    assert in_order(connected_to(server), 3) == [AMBIGUOUS, ACCEPTED, ACCEPTED]
    assert heard(server) == {"reader0": 1, "reader1": 1, "reader2": 1}
    assert server.connections == 2


def test_after_a_hang_up_the_next_mail_changes_connection(serve: Serve) -> None:
    server = serve()
    server.then(".", "250 2.0.0 Ok+DROP")
    assert in_order(connected_to(server), 3) == [ACCEPTED] * 3
    assert heard(server) == {"reader0": 1, "reader1": 1, "reader2": 1}


def test_after_a_421_the_next_mail_changes_connection(serve: Serve) -> None:
    server = serve()
    server.then(".", "421 4.3.2 Shutting down+DROP")
    assert in_order(connected_to(server), 3) == [TEMPORARY, ACCEPTED, ACCEPTED]
    assert server.connections == 2


def test_a_mail_that_cannot_be_sent_at_all_holds_nobody_up(serve: Serve) -> None:
    server = serve()
    mails = readers(3)
    mails[1] = mail_to("not an address")
    found = outcomes(connected_to(server), mails)
    assert [found[mail.key].kind for mail in mails] == [ACCEPTED, OutcomeKind.PERMANENT_RECIPIENT, ACCEPTED]


def test_a_connection_is_begun_no_mail_on_that_it_may_not_carry(serve: Serve) -> None:
    server = serve()
    assert in_order(connected_to(server, per_connection=2), 6) == [ACCEPTED] * 6
    assert server.connections == 3
    assert sum(command.startswith("MAIL") for command in server.commands) == 6


@pytest.mark.parametrize("seed", range(40))
def test_no_failure_doubles_a_mail_or_makes_an_outcome_untrue(serve: Serve, seed: int) -> None:
    chance = random.Random(seed)
    server = serve()
    for point, good in (("MAIL", "250 Ok"), ("RCPT", "250 Ok"), ("DATA", "354 Go"), (".", "250 Ok")):
        bad = [DROP, "451 4.3.0 Later", "550 5.1.1 Nobody", "421 4.4.2 Enough+DROP", f"{good}+DROP"]
        server.then(point, *(chance.choice(bad) if chance.random() < 0.15 else good for _ in range(60)))
    mails = readers(40)
    found: dict[str, Outcome] = {}
    adapter = connected_to(server, connections=chance.randint(1, 4), per_connection=chance.choice([3, 100]))
    for key, outcome in adapter.send(mails):
        assert key not in found
        found[key] = outcome
    assert found.keys() == {mail.key for mail in mails}
    there = heard(server)
    for number, mail in enumerate(mails):
        copies, outcome = there[f"reader{number}"], found[mail.key]
        assert copies <= 1
        if outcome.kind is ACCEPTED:
            assert copies == 1
