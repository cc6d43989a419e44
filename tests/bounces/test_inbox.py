"""The practice's own inbox: read beside its people, who find every mail as it came."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import read_bounce
from funnel.bounces.imap import ImapMailbox
from funnel.bounces.inbox import Inbox
from funnel.bounces.oauth import AccessTokens, read_grant
from funnel.bounces.waiting_mail import MailboxError
from funnel.settings import SettingsError, load_settings
from funnel.wiring import Service
from tests.bounces.dovecot import OwnDovecot, dovecot
from tests.bounces.steps import bounce, return_address, sent
from tests.bounces.test_replied import ADA, events, letter, person, wants_out

Make = Callable[..., Service]


@pytest.fixture(scope="module")
def server() -> Iterator[OwnDovecot]:
    try:
        with dovecot() as running:
            yield running
    except FileNotFoundError as error:
        missing = f"needs a Dovecot (Debian: apt-get install {error})"
        if "dovecot" in os.environ.get("FUNNEL_TEST_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    except PermissionError as error:
        pytest.skip(f"needs a Dovecot: {error}")


@pytest.fixture
def box(server: OwnDovecot, monkeypatch: pytest.MonkeyPatch) -> OwnDovecot:
    """Empty again. Its clock is the machine's, and no mail in it can be of the frozen future."""
    monkeypatch.setattr("funnel.bounces.imap._FIRST_LOOK", timedelta(days=3000))
    client = server.client()
    _, (count,) = client.status("INBOX", "(MESSAGES)")
    if b"MESSAGES 0" not in count:
        client.store("1:*", "+FLAGS", r"(\Deleted)")
        client.expunge()
    client.logout()
    return server


def inbox(service: Service, box: OwnDovecot) -> Inbox:
    return Inbox(service, lambda: ImapMailbox(box.url, "secret", context=box.trust))


def test_an_answer_is_noted_and_no_mail_is_marked_or_gone(service: Service, box: OwnDovecot) -> None:
    delivery = sent(service, ADA)
    token = service.links.unsubscribe_token(delivery.ref, ADA)
    box.append(
        letter(service, delivery),
        bounce(return_address(service.links, delivery), ADA, "452 4.2.2 Mailbox full"),
        letter(service, delivery, Auto_Submitted="auto-replied", Message_ID="<2@mail.example.org>"),
        letter(service, None, Subject="A bill", Message_ID="<3@mail.example.org>"),
        wants_out(service, token, Message_ID="<4@mail.example.org>"),
        b"\xff\xfe no mail at all",
    )
    before = box.flags()
    done = inbox(service, box).read()
    assert (done["replied"], done["counted"], done["unsubscribed"]) == (1, 1, 1)
    assert (len(events(service)), person(service).state) == (1, "left")
    assert box.flags() == before
    assert len(before) == 6


def test_each_mail_is_taken_in_once_and_later_ones_after_it(service: Service, box: OwnDovecot) -> None:
    delivery = sent(service, ADA)
    box.append(letter(service, delivery))
    assert inbox(service, box).read()["replied"] == 1
    assert not inbox(service, box).read()
    box.append(letter(service, delivery, Message_ID="<2@mail.example.org>"))
    assert inbox(service, box).read()["replied"] == 1
    assert len(events(service)) == 2


def test_a_lost_reading_position_notes_nothing_twice(service: Service, box: OwnDovecot) -> None:
    delivery = sent(service, ADA)
    box.append(letter(service, delivery))
    inbox(service, box).read()
    for broken in ("", "[]", '{"box": "x"}'):
        (service.settings.data_dir / "inbox.json").write_text(broken)
        assert inbox(service, box).read()["replied"] == 0
    assert len(events(service)) == 1


def test_a_person_may_have_read_it_before_us(service: Service, box: OwnDovecot) -> None:
    delivery = sent(service, ADA)
    box.append(letter(service, delivery))
    client = box.client()
    client.store("1", "+FLAGS", r"(\Seen)")
    client.logout()
    assert inbox(service, box).read()["replied"] == 1


def test_deleting_what_is_understood_leaves_letters_unread(service: Service, box: OwnDovecot) -> None:
    delivery = sent(service, ADA)
    box.append(
        letter(service, delivery),
        letter(service, delivery, Subject="Automatic reply: x", Message_ID="<2@x.example.org>"),
    )
    reader = ImapMailbox(box.url, "secret", change=True, context=box.trust)
    for mail in reader.mails():
        reading = read_bounce(mail.raw, service.links.open_message_id)
        assert not reading.understood  # which is all that is marked or deleted (`funnel bounces read`)
    reader.close()
    assert all(rb"\Seen" not in each and rb"\Deleted" not in each for each in box.flags())


def test_a_wrong_password_is_said_in_a_sentence(box: OwnDovecot, service: Service) -> None:
    with pytest.raises(MailboxError, match="password"):
        Inbox(service, lambda: ImapMailbox(box.url, "wrong", context=box.trust)).read()


class _Signing(ImapMailbox):
    """Only what is said to sign in; the rest is the server's."""

    def __init__(self, capabilities: tuple[str, ...]) -> None:
        self._host = "mail.example.org"
        self.said: list[tuple[str, bytes, bytes]] = []
        outer = self

        class Server:
            def __init__(self) -> None:
                self.capabilities = capabilities

            def authenticate(self, how: str, answer: Callable[[bytes], bytes]) -> None:
                outer.said.append((how, answer(b""), answer(b'{"status":"401"}')))

        self._server = Server()  # type: ignore[assignment]


def test_a_token_is_given_as_the_server_wants_it() -> None:
    bearer, google = _Signing(("AUTH=OAUTHBEARER", "AUTH=XOAUTH2")), _Signing(("AUTH=XOAUTH2",))
    bearer._sign_in_by_token("ada@example.org", 993, "t0k")
    google._sign_in_by_token("ada@example.org", 993, "t0k")
    said = b"n,a=ada@example.org,\x01host=mail.example.org\x01port=993\x01auth=Bearer t0k\x01\x01"
    assert bearer.said == [("OAUTHBEARER", said, b"\x01")]
    assert google.said == [("XOAUTH2", b"user=ada@example.org\x01auth=Bearer t0k\x01\x01", b"")]
    assert base64.b64encode(said)


GRANT = {"token_url": "https://login.example.org/token", "client_id": "c", "refresh_token": "r", "client_secret": "s"}


class _Answer:
    def __init__(self, status: int, said: object) -> None:
        self.status_code = status
        self.raw = self
        self._said = json.dumps(said).encode()

    def read(self, _: int, decode_content: bool = False) -> bytes:
        return self._said

    def __enter__(self) -> _Answer:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    def post(url: str, data: dict[str, str], **_: object) -> _Answer:
        found.append(data)
        return _Answer(200, {"access_token": f"t{len(found)}", "expires_in": 3600, "refresh_token": "r2"})

    monkeypatch.setattr(requests, "post", post)
    return found


def test_a_token_is_asked_for_once_until_it_is_too_old(asked: list[dict[str, str]]) -> None:
    tokens = read_grant(json.dumps(GRANT))
    assert [tokens.current(), tokens.current()] == ["t1", "t1"]
    tokens._until = 0.0
    assert tokens.current() == "t2"
    assert [each["refresh_token"] for each in asked] == ["r", "r2"]
    assert asked[0]["grant_type"] == "refresh_token"


def test_why_no_token_is_given_is_said_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "post", lambda *_, **__: _Answer(400, {"error": "invalid_grant"}))
    with pytest.raises(MailboxError, match="invalid_grant") as refused:
        read_grant(json.dumps(GRANT)).current()
    assert "'r'" not in str(refused.value)

    def away(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "post", away)
    with pytest.raises(MailboxError, match="try again"):
        read_grant(json.dumps(GRANT)).current()
    assert "secret" not in repr(AccessTokens("https://x.example.org", "c", "secret-r", "secret-s"))


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", json.dumps(GRANT | {"token_url": "http://x.example.org"}), json.dumps(GRANT | {"more": "x"})],
)
def test_a_grant_that_is_none_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_grant(text)


def test_the_mailbox_is_written_as_an_address() -> None:
    assert load_settings(
        {"FUNNEL_REPLIES_MAILBOX": "imaps://hello%40example.org@mail.example.org/INBOX"}
    ).replies_mailbox
    with pytest.raises(SettingsError, match="FUNNEL_REPLIES_MAILBOX is wrong"):
        load_settings({"FUNNEL_REPLIES_MAILBOX": "mail.example.org"})


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, None),
        ({"replies_mailbox": "imaps://h@mail.example.org/INBOX"}, "hello@harbour.example.org"),
        ({"lmtp": "127.0.0.1:2424", "bounce_address": "bounces@bounce.example.org"}, "bounces@bounce.example.org"),
    ],
)
def test_a_mailto_to_unsubscribe_needs_a_mailbox_that_is_read(
    make_service: Make, time: object, settings: dict[str, str], address: str | None
) -> None:
    service = make_service(**settings)
    out = MemoryAdapter()
    service.channel.use(out)
    delivery = sent(service, ADA)
    mail = next(each for each in out.mails if each.key == str(delivery.id))
    headers = dict(mail.headers)
    token = service.links.unsubscribe_token(delivery.ref, ADA)
    https = f"<{service.links.url('u/')}{token}>"
    more = f", <mailto:{address}?subject=unsubscribe%20{token}>" if address else ""
    assert headers["List-Unsubscribe"] == https + more
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
