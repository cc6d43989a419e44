"""The mail server: reached, encrypted, signed in, and no mail sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from funnel.adapters.smtp import SmtpAdapter, smtp_from_url
from funnel.adapters.url import parse_mail_url
from funnel.operations.doctor.findings import Finding, Health
from funnel.operations.doctor.way_out import check_sign_in
from tests.adapters.certificates import make_certificate, server_context
from tests.adapters.scripted_server import STALL, ScriptedServer

from .senders import smtp_sender


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost")


def tried(server: ScriptedServer, options: str, user: str = "ada:right", host: str = "localhost") -> Finding:
    opened = smtp_from_url(parse_mail_url(f"smtp://{user}@{host}:{server.port}?{options}", ""))
    assert isinstance(opened, SmtpAdapter)
    return check_sign_in(smtp_sender(relay=opened.relay), seconds=1.0)


@pytest.fixture
def server(certificate: Path) -> Iterator[ScriptedServer]:
    offers = ("STARTTLS", "AUTH PLAIN LOGIN")
    with ScriptedServer(offers=offers, tls=server_context(certificate), users={"ada": "right"}) as serving:
        yield serving


def test_a_right_password_is_taken_and_nothing_sent(server: ScriptedServer, certificate: Path) -> None:
    found = tried(server, f"tls=starttls&ca={certificate}")
    assert found.health is Health.OK, found.says
    assert "encrypted and signed in" in found.says
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_a_wrong_password_is_bad_and_never_printed(server: ScriptedServer, certificate: Path) -> None:
    found = tried(server, f"tls=starttls&ca={certificate}", user="ada:wrong-secret")
    assert found.health is Health.BAD
    assert "wrong-secret" not in found.says + found.advice
    assert "password" in found.advice


def test_a_certificate_nobody_vouches_for_is_bad(server: ScriptedServer) -> None:
    found = tried(server, "tls=starttls")
    assert found.health is Health.BAD
    assert "cannot be trusted" in found.says


def test_a_certificate_for_another_name_is_bad(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, "mail.example.org")
    with ScriptedServer(offers=("STARTTLS",), tls=server_context(other)) as serving:
        found = tried(serving, f"tls=starttls&ca={other}")
    assert found.health is Health.BAD
    assert "cannot be trusted" in found.says


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with ScriptedServer({"connect": [STALL]}) as serving:
        found = tried(serving, "tls=none", host="127.0.0.1")
    assert found.health is Health.BAD
    assert "in vain" in found.says


def test_a_server_without_encryption_is_said() -> None:
    with ScriptedServer(offers=("AUTH PLAIN",)) as serving:
        found = tried(serving, "tls=starttls")
    assert "does not offer STARTTLS" in found.says


def test_caught_mail_asks_no_server() -> None:
    assert check_sign_in(smtp_sender(real=False)).health is Health.NOT_TRIED
