"""Addresses beyond ASCII (RFC 6531) and domains in any script (RFC 5890)."""

from __future__ import annotations

from collections.abc import Callable

from funnel.mail import OutcomeKind
from tests.adapters.examples import connected_to, mail_to, send_one
from tests.adapters.scripted_server import ScriptedServer

Serve = Callable[..., ScriptedServer]


def test_a_name_beyond_ascii_is_sent_where_the_server_takes_it(serve: Serve) -> None:
    server = serve(offers=("PIPELINING", "SMTPUTF8", "8BITMIME"))

    assert send_one(connected_to(server), mail_to("jösé@bücher.example")).kind is OutcomeKind.ACCEPTED

    assert "RCPT TO:<jösé@xn--bcher-kva.example>" in server.commands
    assert any(command.startswith("MAIL") and command.endswith(" SMTPUTF8") for command in server.commands)
    assert "<jösé@xn--bcher-kva.example>".encode() in server.mails[0]


def test_a_name_beyond_ascii_waits_for_a_server_that_takes_it(serve: Serve) -> None:
    server = serve(offers=("PIPELINING",))
    outcome = send_one(connected_to(server), mail_to("jösé@example.org"))
    assert (outcome.kind, outcome.ours) == (OutcomeKind.PERMANENT_MESSAGE, True)
    assert "SMTPUTF8" in outcome.detail
    assert not any(command.startswith("RCPT") for command in server.commands)


def test_a_domain_in_another_script_needs_nothing_of_the_server(serve: Serve) -> None:
    server = serve(offers=("PIPELINING",))
    assert send_one(connected_to(server), mail_to("ada@straße.example")).kind is OutcomeKind.ACCEPTED
    assert "RCPT TO:<ada@xn--strae-oqa.example>" in server.commands
    assert not any("SMTPUTF8" in command for command in server.commands)
    assert server.mails[0].isascii()


def test_a_plain_address_never_asks_for_smtputf8(serve: Serve) -> None:
    server = serve(offers=("PIPELINING", "SMTPUTF8"))
    send_one(connected_to(server), mail_to())
    assert not any("SMTPUTF8" in command for command in server.commands)


def test_an_empty_return_path_is_a_right_one(serve: Serve) -> None:
    server = serve()
    assert send_one(connected_to(server), mail_to(envelope_from="")).kind is OutcomeKind.ACCEPTED
    assert any(command.startswith("MAIL FROM:<>") for command in server.commands)
