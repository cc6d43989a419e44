"""A stranger at a public site that does not send mail yet learns nothing from its outbox, and becomes nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail
from funnel.mime import message_bytes
from funnel.people.admins import add_admin, make_sign_in, sign_in_url
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.journey.steps import ask, work
from tests.web.conftest import on_one_database, text_of
from tests.web.dashboard.conftest import OWNER, Browser

PUBLIC, LOCAL = "https://letters.example.org", "http://127.0.0.1:8000"

pytestmark = on_one_database


def keep(folder: Path, number: int, mail: Mail) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:010}-{'b' * 32}.eml").write_bytes(message_bytes(mail))


@pytest.fixture
def caught(make_service: Callable[..., Service], time: object) -> Callable[[str], Service]:
    """A service at this address whose outbox holds Ada's confirmation and the owner's sign-in mail."""

    def make(site_url: str) -> Service:
        service = make_service(outbox=True, site_url=site_url)
        outbox = MemoryAdapter()
        service.channel.use(outbox)
        with service.db.write() as session:
            add_admin(session, OWNER, service.clock.now())
        client = create_app(service).test_client()
        Browser(client).send("/sign-in", "/sign-in", email=OWNER) if site_url == PUBLIC else _ask_local(client)
        ask(service, "ada@example.org", "ebook")
        work(service)
        for number, mail in enumerate(outbox.mails, 1):
            keep(service.settings.data_dir / "outbox", number, mail)
        assert {mail.recipient.address for mail in outbox.mails} == {OWNER, "ada@example.org"}
        return service

    return make


def _ask_local(client: FlaskClient) -> None:
    token = client.get("/sign-in", base_url=LOCAL).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    client.post("/sign-in", data={"csrf_token": token, "email": OWNER}, base_url=LOCAL)


def test_a_stranger_finds_no_outbox_at_a_public_site(caught: Callable[[str], Service]) -> None:
    client = create_app(caught(PUBLIC)).test_client()
    for path in ("/outbox", "/outbox/1", "/outbox/1/html", "/outbox/1/source", "/outbox/2/source"):
        assert client.get(path, base_url=PUBLIC).status_code == 404, path
    assert "/outbox" not in client.get("/", base_url=PUBLIC).text


def test_naming_loopback_as_host_opens_nothing_at_a_public_site(caught: Callable[[str], Service]) -> None:
    client = create_app(caught(PUBLIC)).test_client()
    for host in ("127.0.0.1:8000", "localhost", "[::1]:8000", "evil.example", ""):
        assert client.get("/outbox", headers={"Host": host}).status_code == 421, host


def test_an_admin_reads_it_but_never_a_sign_in_mail(caught: Callable[[str], Service]) -> None:
    service = caught(PUBLIC)
    browser = Browser(create_app(service).test_client())
    with service.db.write() as session:
        admin = add_admin(session, OWNER, service.clock.now())
        link = sign_in_url(service.links, make_sign_in(session, admin.id, service.clock.machine_now()))
    path = link.removeprefix(PUBLIC)
    assert browser.send(path, path).status_code == 303
    assert "A sign-in link, which is not shown here" in text_of(browser.get("/outbox"))
    _only_adas_mail_opens(service, lambda path: browser.get(path).status_code)


def test_on_this_machine_the_outbox_opens_without_sign_in_mail(caught: Callable[[str], Service]) -> None:
    service = caught(LOCAL)
    client = create_app(service).test_client()
    assert "A sign-in link, which is not shown here" in text_of(client.get("/outbox", base_url="http://localhost:9"))
    _only_adas_mail_opens(service, lambda path: client.get(path, base_url=LOCAL).status_code)


def _only_adas_mail_opens(service: Service, status: Callable[[str], int]) -> None:
    for number in (1, 2):
        kept = next((service.settings.data_dir / "outbox").glob(f"{number:010}-*")).read_text(encoding="utf-8")
        wanted = 404 if f"To: {OWNER}" in kept else 200
        for part in ("", "/html", "/source"):
            assert status(f"/outbox/{number}{part}") == wanted, (number, part)


def test_a_sign_in_mail_of_the_sites_old_address_is_not_shown(
    caught: Callable[[str], Service], make_service: Callable[..., Service]
) -> None:
    before = caught(LOCAL)
    now_public = make_service(outbox=True, site_url="http://localhost:9000")
    assert now_public.settings.data_dir == before.settings.data_dir
    client = create_app(now_public).test_client()
    _only_adas_mail_opens(now_public, lambda path: client.get(path, base_url="http://localhost:9000").status_code)
