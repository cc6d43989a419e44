"""Several connections at once: kept, shared, given up in time, and never a mail lost between them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from funnel.adapters import open_adapter
from funnel.adapters.smtp import pool
from funnel.mail import Mail, Outcome, OutcomeKind
from tests.adapters.examples import connected_to, mail_to, outcomes, send_one
from tests.adapters.scripted_server import DROP, STALL, ScriptedServer

Serve = Callable[..., ScriptedServer]


def readers(count: int) -> list[Mail]:
    return [mail_to(f"reader{number}@example.org") for number in range(count)]


def kinds(found: dict[str, Outcome]) -> list[OutcomeKind]:
    return sorted(outcome.kind for outcome in found.values())


def test_one_connection_serves_many_calls(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server)
    for number in range(5):
        send_one(adapter, mail_to(f"reader{number}@example.org"))
    assert (server.connections, len(server.mails)) == (1, 5)


def test_the_window_is_two_mails_for_each_allowed_connection(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server, connections=3)
    assert adapter.window == 3, "nothing is known of the server yet"
    assert kinds(outcomes(adapter, readers(60))) == [OutcomeKind.ACCEPTED] * 60
    assert adapter.window == 6
    assert 1 <= server.connections <= 3


def test_no_more_connections_than_mails(serve: Serve) -> None:
    server = serve()
    outcomes(connected_to(server, connections=8), readers(2))
    assert server.connections <= 2


def test_a_connection_is_renewed_after_so_many_mails(serve: Serve) -> None:
    server = serve()
    outcomes(connected_to(server, per_connection=4), readers(10))
    assert (server.connections, len(server.mails)) == (3, 10)


def test_closing_says_goodbye(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server)
    send_one(adapter, mail_to())
    adapter.close()
    _until(lambda: "QUIT" in server.commands)


@pytest.mark.parametrize("pipelining", ["yes", "no"])
@pytest.mark.parametrize("point", ["MAIL", "RCPT", "DATA"])
def test_a_kept_connection_lost_before_content_is_no_failure(serve: Serve, point: str, pipelining: str) -> None:
    server = serve()
    adapter = connected_to(server, pipelining=pipelining)
    send_one(adapter, mail_to())
    server.then(point, DROP)

    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    assert (server.connections, len(server.mails)) == (2, 2)


def test_a_kept_connection_closed_by_the_server_is_no_failure(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server)
    send_one(adapter, mail_to())
    server.hang_up()
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED


def test_a_server_that_ends_a_connection_is_called_again(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server)
    send_one(adapter, mail_to())
    server.then("MAIL", "421 4.4.2 Idle for too long+DROP")
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    assert server.connections == 2


def test_a_server_that_wants_us_slower_is_not_called_again(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server)
    send_one(adapter, mail_to())
    server.then("MAIL", "421 4.7.28 An unusual rate+DROP")
    assert send_one(adapter, mail_to()).kind is OutcomeKind.RATE
    assert server.connections == 1


def test_a_connection_too_long_at_rest_is_left(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LONGEST_REST", 0.0)
    server = serve()
    adapter = connected_to(server)
    send_one(adapter, mail_to())
    send_one(adapter, mail_to())
    assert server.connections == 2


def test_a_forked_child_opens_its_own_connection(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server)
    send_one(adapter, mail_to())
    vars(adapter)["_pool"].__dict__["_process"] = os.getppid()

    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    assert server.connections == 2


def test_an_absent_server_is_asked_once_for_the_whole_batch() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    adapter = open_adapter(f"smtp://127.0.0.1:{port}", connections=4)

    found = outcomes(adapter, readers(1000))

    assert kinds(found) == [OutcomeKind.TEMPORARY] * 1000
    assert "could not be reached" in found["delivery-reader0@example.org"].detail


def test_a_server_without_a_greeting_costs_a_batch_one_wait(serve: Serve) -> None:
    server = serve({"connect": [STALL] * 20})
    before = time.monotonic()
    found = outcomes(connected_to(server, connections=4, timeout=0.3), readers(200))
    assert kinds(found) == [OutcomeKind.TEMPORARY] * 200
    assert time.monotonic() - before < 3


def test_a_server_that_falls_silent_costs_a_batch_one_wait(serve: Serve) -> None:
    server = serve({"RCPT": [STALL] * 20})
    before = time.monotonic()
    found = outcomes(connected_to(server, connections=2, timeout=0.3), readers(200))
    assert kinds(found) == [OutcomeKind.TEMPORARY] * 200
    assert time.monotonic() - before < 3


def test_a_name_that_leads_nowhere_is_temporary() -> None:
    adapter = open_adapter("smtp://mail.invalid:2525?tls=none&timeout=5")
    assert kinds(outcomes(adapter, readers(3))) == [OutcomeKind.TEMPORARY] * 3


def test_a_server_with_fewer_connections_still_gets_every_mail(serve: Serve) -> None:
    server = serve({"connect": ["220 Welcome", *["421 4.7.0 Too many connections+DROP"] * 3]})
    found = outcomes(connected_to(server, connections=4), readers(40))
    assert kinds(found) == [OutcomeKind.ACCEPTED] * 40
    assert len(server.mails) == 40


def test_once_the_channel_must_slow_down_no_mail_is_begun(serve: Serve) -> None:
    server = serve({"RCPT": ["250 Ok", "451 4.7.28 Slow down"]})
    found = outcomes(connected_to(server), readers(30))
    assert kinds(found) == [OutcomeKind.ACCEPTED] + [OutcomeKind.RATE] * 29
    assert len(server.mails) == 1


def test_a_dead_mailbox_stops_nobody_else(serve: Serve) -> None:
    server = serve({"RCPT": ["250 Ok", "550 5.1.1 No such user", "250 Ok"]})
    found = outcomes(connected_to(server), readers(10))
    assert kinds(found) == [OutcomeKind.ACCEPTED] * 9 + [OutcomeKind.PERMANENT_RECIPIENT]
    assert len(server.mails) == 9


def test_a_connection_lost_after_the_dot_costs_one_unknown_mail(serve: Serve) -> None:
    server = serve({".": ["250 Ok", DROP, "250 Ok", DROP]})
    found = outcomes(connected_to(server), readers(10))
    assert kinds(found) == [OutcomeKind.ACCEPTED] * 8 + [OutcomeKind.AMBIGUOUS] * 2
    assert len(server.mails) == 10


def test_outcomes_come_when_known_and_mails_go_as_room_allows(serve: Serve) -> None:
    taken: list[str] = []

    def source() -> Iterator[Mail]:
        for mail in readers(40):
            taken.append(mail.key)
            yield mail

    known = 0
    for _ in connected_to(serve(), connections=2).send(source()):
        known += 1
        assert len(taken) <= known + 3 * 2
    assert known == 40


def test_leaving_early_hangs_up_on_what_is_under_way(serve: Serve) -> None:
    server = serve()
    adapter = connected_to(server)
    sending = adapter.send(readers(10))
    next(sending)
    cast("Iterator[object] | object", sending).close()  # type: ignore[union-attr]
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED


def _until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
