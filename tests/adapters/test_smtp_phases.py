"""A connection that ends at each point of a conversation: when a mail may be sent again, and when nobody knows."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

import pytest

from funnel.adapters.smtp.protocol import Connect, Exchange, Relay
from funnel.adapters.smtp.transport import SocketAddress, Transport
from funnel.mail import OutcomeKind
from tests.adapters.examples import connected_to, mail_to, outcomes, send_one
from tests.adapters.scripted_server import ABSORB_SOME, DROP, STALL, ScriptedServer

Serve = Callable[..., ScriptedServer]


@pytest.mark.parametrize("pipelining", ["yes", "no"])
@pytest.mark.parametrize("point", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_content_may_be_retried(serve: Serve, point: str, pipelining: str) -> None:
    server = serve({point: [DROP]})
    adapter = connected_to(server, pipelining=pipelining)

    assert send_one(adapter, mail_to()).kind is OutcomeKind.TEMPORARY
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    assert len(server.mails) == 1


def test_a_connection_lost_within_the_content_may_be_retried(serve: Serve) -> None:
    server = serve({"body": [ABSORB_SOME]}, offers=("PIPELINING",))
    long = mail_to(text="A long line to fill every buffer on the way.\n" * 60_000)

    assert send_one(connected_to(server), long).kind is OutcomeKind.TEMPORARY
    assert server.mails == []


def test_a_connection_lost_after_the_final_dot_is_unknown(serve: Serve) -> None:
    server = serve({".": [DROP]})
    assert send_one(connected_to(server), mail_to()).kind is OutcomeKind.AMBIGUOUS


def test_silence_after_the_final_dot_leaves_it_unknown(serve: Serve) -> None:
    server = serve({".": [STALL]})
    outcome = send_one(connected_to(server, final_timeout=0.2), mail_to())
    assert outcome.kind is OutcomeKind.AMBIGUOUS
    assert "0.2 seconds" in outcome.detail


@pytest.mark.parametrize("answer", ["hello?", "354 Go on", "99 Bottles"])
def test_nonsense_after_the_final_dot_leaves_it_unknown(serve: Serve, answer: str) -> None:
    server = serve({".": [answer]})
    assert send_one(connected_to(server), mail_to()).kind is OutcomeKind.AMBIGUOUS


def test_a_refusal_after_the_final_dot_is_a_refusal(serve: Serve) -> None:
    server = serve({".": ["451 4.3.0 Not now"]})
    assert send_one(connected_to(server), mail_to()).kind is OutcomeKind.TEMPORARY


def test_a_refusal_counts_although_the_server_hangs_up_on_it(serve: Serve) -> None:
    server = serve({"RCPT": ["550 5.1.1 No such user+DROP"]})
    assert send_one(connected_to(server), mail_to()).kind is OutcomeKind.PERMANENT_RECIPIENT


@pytest.mark.parametrize("point", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
def test_silence_before_the_content_may_be_tried_again(serve: Serve, point: str) -> None:
    server = serve({point: [STALL]})
    outcome = send_one(connected_to(server, timeout=0.2), mail_to())
    assert outcome.kind is OutcomeKind.TEMPORARY
    assert "0.2 seconds" in outcome.detail


@pytest.mark.parametrize("point", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
def test_nonsense_before_the_content_may_be_tried_again(serve: Serve, point: str) -> None:
    server = serve({point: ["what is this"]})
    assert send_one(connected_to(server), mail_to()).kind is OutcomeKind.TEMPORARY


def test_a_mail_without_a_reader_is_ended_empty(serve: Serve) -> None:
    server = serve(
        {"RCPT": ["550 5.1.1 No such user"], "DATA": ["354 Go ahead"], ".": ["554 5.5.1 No valid recipients"]}
    )

    found = outcomes(connected_to(server), [mail_to("dan@example.org"), mail_to("ada@example.org")])

    assert found["delivery-dan@example.org"].kind is OutcomeKind.PERMANENT_RECIPIENT
    assert found["delivery-ada@example.org"].kind is OutcomeKind.ACCEPTED
    assert server.mails[0] == b""
    assert b"sit down" in server.mails[1]
    assert server.connections == 1


@pytest.mark.parametrize("pipelining", ["yes", "no"])
def test_after_a_refusal_the_next_mail_keeps_the_connection(serve: Serve, pipelining: str) -> None:
    server = serve({"MAIL": ["451 4.3.0 Not now"]})
    adapter = connected_to(server, pipelining=pipelining)

    assert send_one(adapter, mail_to()).kind is OutcomeKind.TEMPORARY
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    assert server.connections == 1
    assert "RSET" in server.commands


@pytest.mark.parametrize("reset", ["421 4.4.2 Bye", "500 5.5.2 What?"])
def test_a_mail_after_a_refused_reset_changes_connection(serve: Serve, reset: str) -> None:
    server = serve(
        {
            "RCPT": ["550 5.1.1 User unknown"],
            "RSET": [reset],
            "MAIL": ["250 Ok", "503 5.5.1 Bad sequence of commands+DROP"],
        }
    )
    adapter = connected_to(server)
    kinds = [send_one(adapter, mail_to(f"reader{n}@example.org")).kind for n in (1, 2, 3)]
    assert kinds == [OutcomeKind.PERMANENT_RECIPIENT, OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED]
    assert server.connections == 2


def test_nothing_is_waited_for_behind_a_421() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        wire = Transport(Relay("127.0.0.1", port, "none"), [SocketAddress(socket.AF_INET, ("127.0.0.1", port))])
        wire.begin(Connect(5))
        while wire.proceed() is None:
            select.select([], [wire.fd], [], 5)
        with listening.accept()[0] as server:
            server.sendall(b"250 Ok\r\n421 4.4.2 Enough\r\n")
            wire.begin(Exchange(b"", 3, 5))
            while (said := wire.proceed()) is None:
                assert select.select([wire.fd], [], [], 5)[0], "all that comes has come"
                wire.stirred()
            assert [reply.code for reply in said] == [250, 421]
        wire.close()


def test_dots_at_line_starts_arrive_as_they_were(serve: Serve) -> None:
    server = serve()
    send_one(connected_to(server), mail_to(text=".\n..\n...x\nend\n"))
    assert b"\r\n..\r\n" in server.mails[0] or b"=2E" in server.mails[0]
    assert server.mails[0].endswith(b"\r\n")


def test_a_pipelining_server_gets_the_envelope_in_one_piece(serve: Serve) -> None:
    server = serve()
    send_one(connected_to(server), mail_to())
    (group,) = [chunk for chunk in server.chunks if chunk.startswith(b"MAIL")]
    assert [line.split(b" ")[0] for line in group.splitlines()] == [b"MAIL", b"RCPT", b"DATA"]


@pytest.mark.parametrize(("offers", "pipelining"), [(("SIZE 10000000",), "yes"), (("PIPELINING",), "no")])
def test_without_the_offer_or_switched_off_each_command_waits(
    serve: Serve, offers: tuple[str, ...], pipelining: str
) -> None:
    server = serve(offers=offers)
    assert send_one(connected_to(server, pipelining=pipelining), mail_to()).kind is OutcomeKind.ACCEPTED
    assert [chunk.split(b" ")[0].strip() for chunk in server.chunks[:4]] == [b"EHLO", b"MAIL", b"RCPT", b"DATA"]


def test_the_servers_own_name_for_the_mail_is_kept(serve: Serve) -> None:
    server = serve({".": ["250 2.0.0 Ok: queued as 4XyZ1", "250 Ok 0100018c-77aa-000000", "250 fine"]})
    adapter = connected_to(server)
    names = [send_one(adapter, mail_to()).provider_id for _ in range(3)]
    assert names == ["4XyZ1", "0100018c-77aa-000000", None]


def test_a_mail_larger_than_the_server_takes_is_not_sent_at_all(serve: Serve) -> None:
    server = serve(offers=("SIZE 2000",))
    outcome = send_one(connected_to(server), mail_to(text="many words " * 400))
    assert outcome.kind is OutcomeKind.PERMANENT_MESSAGE
    assert not any(command.startswith("MAIL") for command in server.commands)
