"""What the adapters of all providers do alike on the line: where it breaks, is silent, drips, or leads elsewhere."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from funnel.adapters import open_adapter
from funnel.adapters.http.caller import MOST_ANSWER
from funnel.mail import Mail, OutcomeKind
from tests.adapters.examples import mail_to, outcomes, send_one
from tests.adapters.providers.apis import Api
from tests.adapters.providers.common import readers
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import HangUp, Say, Stall, say


def test_a_mail_is_taken_and_the_provider_s_id_is_kept(api: Api, connect: Connect) -> None:
    outcome = send_one(connect(api), mail_to(key="4711"))

    assert outcome.kind is OutcomeKind.ACCEPTED, outcome
    assert outcome.provider_id
    assert [(mail.delivery, mail.to) for mail in api.taken] == [("4711", "ada@example.org")]


def test_mails_are_taken_only_when_there_is_room_for_them(api: Api, connect: Connect) -> None:
    taken = 0

    def source() -> Iterator[Mail]:
        nonlocal taken
        for mail in readers(60):
            taken += 1
            yield mail

    adapter = connect(api, **({"batch": 5, "connections": 1} if api.batch > 1 else {"connections": 5}))
    answered = adapter.send(source())
    next(answered)
    assert taken <= 2 * adapter.window
    assert len(list(answered)) == 59


def test_where_nobody_listens_every_mail_may_be_sent_later(api: Api, connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = outcomes(connect(api, endpoint=f"http://127.0.0.1:{port}"), readers(40))
    assert {outcome.kind for outcome in found.values()} == {OutcomeKind.TEMPORARY}
    assert all("refused" in outcome.detail for outcome in found.values())


@pytest.mark.parametrize("answer", [HangUp(), Stall()], ids=["hangs up", "is silent"])
def test_silence_after_the_mail_was_sent_leaves_it_unknown(api: Api, connect: Connect, answer: HangUp | Stall) -> None:
    api.next.extend([answer] * 2)
    outcome = send_one(connect(api, timeout=0.3), mail_to())
    assert outcome.kind is OutcomeKind.AMBIGUOUS
    assert "The request was sent" in outcome.detail


def test_after_silence_the_mails_not_begun_wait(api: Api, connect: Connect) -> None:
    api.next.extend([Stall()] * 2)
    options = {"connections": 1, "timeout": 0.3} | ({"batch": 1} if api.batch > 1 else {})
    found = outcomes(connect(api, **options), readers(5))
    assert [found[str(number)].kind.value for number in range(5)] == ["ambiguous"] + ["temporary"] * 4


def test_a_redirect_is_not_followed_and_the_key_stays_here(api: Api, connect: Connect, start: Start) -> None:
    elsewhere = start(lambda heard: say({}))
    for status in (301, 302, 307, 308):
        api.next.append(Say(status, b"", {"Location": f"{elsewhere.url}/collect"}))
        assert send_one(connect(api), mail_to()).kind is OutcomeKind.AUTH_CONFIG
    assert elsewhere.heard == []


def test_no_more_of_an_answer_is_read_than_fits(api: Api, connect: Connect) -> None:
    api.next.extend([Say(200, b'{"id": "' + b"x" * (MOST_ANSWER * 4) + b'"}')] * 2)
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is OutcomeKind.AMBIGUOUS
    assert len(outcome.detail) <= 500


def test_an_answer_that_drips_is_not_waited_for_for_ever(api: Api, connect: Connect) -> None:
    api.next.extend([Say(200, b" " * 5000, drip=0.02)] * 2)
    begun = time.monotonic()
    assert send_one(connect(api, timeout=0.4), mail_to()).kind is OutcomeKind.AMBIGUOUS
    assert time.monotonic() - begun < 3


def test_a_password_of_netrc_does_not_take_the_key_s_place(
    api: Api, connect: Connect, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.ACCEPTED


def test_no_cookie_is_kept(api: Api, connect: Connect, start: Start) -> None:
    server = start(api)
    adapter = connect(api, server)
    api.next.append(Say(503, b"", {"Set-Cookie": "track=1; Path=/"}))
    send_one(adapter, mail_to())
    send_one(adapter, mail_to())
    assert all("cookie" not in heard.headers for heard in server.heard)


def test_an_empty_batch_and_closing_twice_are_harmless(api: Api, connect: Connect, start: Start) -> None:
    server = start(api)
    adapter = connect(api, server)
    assert list(adapter.send([])) == []
    adapter.close()
    adapter.close()
    assert server.connections == 0
    assert send_one(adapter, mail_to()).kind is OutcomeKind.ACCEPTED


def test_no_thread_outlives_a_send(api: Api, connect: Connect) -> None:
    adapter = connect(api)
    outcomes(adapter, readers(20))
    end = time.monotonic() + 2
    while any(thread.name.startswith(api.scheme) for thread in threading.enumerate()):
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def test_nothing_is_connected_before_the_first_mail(api: Api, connect: Connect, start: Start) -> None:
    server = start(api)
    connect(api, server)
    assert server.connections == 0


def test_the_real_address_of_the_api_is_encrypted(api: Api, unsigned: None) -> None:
    adapter = open_adapter(api.url.rstrip("?&"))
    assert vars(adapter)["_caller"].base.startswith("https://")
