"""TLS and signing in: nothing travels unprotected, and what is wrong is said plainly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from funnel.adapters import open_adapter
from funnel.mail import OutcomeKind
from tests.adapters.certificates import server_context
from tests.adapters.examples import connected_to, mail_to, outcomes, send_one
from tests.adapters.scripted_server import ScriptedServer

Serve = Callable[..., ScriptedServer]


def test_starttls_is_used_and_asked_again_what_is_offered(serve: Serve, certificate: Path) -> None:
    server = serve(offers=("PIPELINING", "STARTTLS"), tls=server_context(certificate))
    adapter = connected_to(server, tls="starttls", ca=str(certificate))

    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    assert [command.split(" ")[0] for command in server.commands] == [
        "EHLO",
        "STARTTLS",
        "EHLO",
        "MAIL",
        "RCPT",
        "DATA",
    ]
    assert server.chunks[1] == b"STARTTLS\r\n"


def test_tls_from_the_first_byte(serve: Serve, certificate: Path) -> None:
    server = serve(tls=server_context(certificate), implicit=True)
    adapter = open_adapter(f"smtp+tls://localhost:{server.port}?ca={certificate}")

    found = outcomes(adapter, [mail_to(f"reader{number}@example.org") for number in range(20)])

    assert {outcome.kind for outcome in found.values()} == {OutcomeKind.ACCEPTED}
    assert server.connections <= 4
    adapter.close()


def test_a_large_mail_passes_through_tls_whole(serve: Serve, certificate: Path) -> None:
    server = serve(tls=server_context(certificate), implicit=True)
    adapter = open_adapter(f"smtp+tls://localhost:{server.port}?ca={certificate}")
    assert send_one(adapter, mail_to(text="one line of many\n" * 40_000)).kind is OutcomeKind.ACCEPTED
    assert server.mails[0].count(b"one line of many") == 80_000
    adapter.close()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_nobody_vouches_for_stops_the_channel(serve: Serve, certificate: Path, tls: str) -> None:
    server = serve(offers=("STARTTLS",), tls=server_context(certificate), implicit=tls == "implicit")

    outcome = send_one(connected_to(server, tls=tls), mail_to())

    assert outcome.kind is OutcomeKind.AUTH_CONFIG
    assert "cannot be trusted" in outcome.detail
    assert "Nothing was sent" in outcome.detail
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_a_certificate_for_another_name_stops_the_channel(serve: Serve, other_certificate: Path) -> None:
    server = serve(tls=server_context(other_certificate), implicit=True)
    outcome = send_one(connected_to(server, tls="implicit", ca=str(other_certificate)), mail_to())
    assert outcome.kind is OutcomeKind.AUTH_CONFIG
    assert "cannot be trusted" in outcome.detail


def test_switching_off_verification_says_what_that_means(
    serve: Serve, other_certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(tls=server_context(other_certificate), implicit=True)
    with caplog.at_level(logging.WARNING):
        adapter = connected_to(server, tls="implicit", verify="no")
    assert "could read the mail" in caplog.text
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    adapter.close()


def test_a_server_without_starttls_gets_no_mail(serve: Serve) -> None:
    server = serve()
    outcome = send_one(connected_to(server, tls="starttls"), mail_to())
    assert outcome.kind is OutcomeKind.AUTH_CONFIG
    assert "tls=implicit" in outcome.detail
    assert [command.split(" ")[0] for command in server.commands] == ["EHLO"]


def test_speaking_tls_to_a_server_that_does_not_is_explained(serve: Serve) -> None:
    outcome = send_one(connected_to(serve(), tls="implicit"), mail_to())
    assert outcome.kind is OutcomeKind.AUTH_CONFIG
    assert "tls=starttls" in outcome.detail


def test_words_slipped_in_before_tls_are_not_heard(serve: Serve, certificate: Path) -> None:
    injected = "220 2.0.0 Go ahead|250-scripted|250 AUTH PLAIN"
    server = serve({"STARTTLS": [injected]}, offers=("STARTTLS",), tls=server_context(certificate))
    adapter = connected_to(server, tls="starttls", ca=str(certificate))
    # Either the words are dropped or they break the handshake; what may not happen is that they count.
    assert send_one(adapter, mail_to()).kind in (OutcomeKind.ACCEPTED, OutcomeKind.AUTH_CONFIG)
    assert not any(command.startswith("AUTH") for command in server.commands)


@pytest.mark.parametrize("ways", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN"])
def test_signing_in(serve: Serve, ways: str) -> None:
    server = serve(offers=("PIPELINING", f"AUTH {ways}"), users={"ada": "pass:word/ü"})
    adapter = open_adapter(f"smtp://ada:pass%3Aword%2F%C3%BC@127.0.0.1:{server.port}")
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED
    adapter.close()


def test_a_wrong_password_stops_the_channel_and_is_not_repeated(serve: Serve) -> None:
    server = serve(offers=("AUTH PLAIN",), users={"ada": "right"})
    adapter = open_adapter(f"smtp://ada:sesame@127.0.0.1:{server.port}", connections=1)

    found = outcomes(adapter, [mail_to(f"reader{number}@example.org") for number in range(50)])

    assert {outcome.kind for outcome in found.values()} == {OutcomeKind.AUTH_CONFIG}
    assert "sesame" not in str(found)
    assert server.connections == 1


def test_a_user_name_nobody_asks_for_stops_the_channel(serve: Serve) -> None:
    adapter = open_adapter(f"smtp://ada:sesame@127.0.0.1:{serve().port}")
    assert send_one(adapter, mail_to()).kind is OutcomeKind.AUTH_CONFIG
