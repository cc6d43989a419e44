"""The links of her room after a restore, of another reader, of one who was erased, and of one who was joined."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.models import Delivery, Lead
from funnel.privacy.erase import erase
from funnel.privacy.new_address import ask_new_address
from funnel.privacy.own_data import mail_own_data_link
from funnel.wiring import Service
from tests.abuse.test_restored import Restore
from tests.abuse.test_restored import backup as backup
from tests.journey.steps import ask, join, rows, work
from tests.refs import ref_of
from tests.web.conftest import Pages, on_one_database
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

ADA, BEN, FAY = (f"{name}@example.org" for name in ("ada", "ben", "fay"))
BEHIND = ("", "/letters", "/letters/1", "/my-data.zip")


def number(service: Service, address: str) -> int:
    with service.db.read() as session:
        return session.scalars(select(Lead.id).where(Lead.email == address)).one()


def room_links(service: Service, address: str) -> list[str]:
    """The paths of the limited room and of the whole one, by her newest mail."""
    mail = ref_of(service, Delivery, rows(service, address)[-1].id)
    links, now = service.links, service.clock.now()
    return [f"/me/{links.token(Purpose.PREFERENCES, mail)}", f"/me/{links.dated_token(Purpose.OWN_DATA, mail, now)}"]


def change_links(service: Service, pages: Pages, outbox: MemoryAdapter, address: str, new: str) -> list[str]:
    """The paths of a change of address that was asked for and confirmed: to confirm, and to undo."""
    ask_new_address(service, number(service, address), new, service.clock.now())
    work(service)
    found = [_link(outbox, new, "new-address")]
    assert pages.client.post(found[0]).status_code == 200
    work(service)
    return [*found, _link(outbox, address, "old-address")]


def _link(outbox: MemoryAdapter, address: str, path: str) -> str:
    mail = [each for each in outbox.mails if each.recipient.address == address][-1]
    found = re.search(rf'href="https://letters\.example\.org(/{path}/[^"]+)"', mail.html)
    assert found
    return unescape(found[1])


def test_links_of_what_came_after_a_backup_open_nothing_of_others(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller, backup: Callable[[], Restore]
) -> None:
    restore = backup()
    join(service, ADA)
    work(service)
    lost = room_links(service, ADA)
    lost += change_links(service, pages, outbox, ADA, FAY)
    restore()
    join(service, BEN)
    work(service)
    change_links(service, pages, outbox, BEN, "ben.new@example.org")
    for path in lost:
        for method in (pages.client.get, pages.client.post):
            answer = method(path, data={"do": "erase:now"})
            assert answer.status_code in (404, 410), path
            assert "ben" not in answer.text.lower()
    assert [(lead.email, lead.state) for lead in pages.rows(Lead)] == [("ben.new@example.org", "confirmed")]


@on_one_database
def test_links_of_who_was_erased_open_nothing(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    paths = room_links(service, ADA)
    time.shift(timedelta(minutes=1))
    paths += change_links(service, pages, outbox, ADA, FAY)
    erase(service, FAY, service.clock.now())
    for path in paths:
        for behind in BEHIND if path.startswith("/me/") else ("",):
            assert pages.client.get(path + behind).status_code in (404, 410), path
        for do in ("pause:1", "keep", "erase:later", "address"):
            assert pages.client.post(path, data={"do": do}).status_code in (404, 410), path


@on_one_database
def test_a_sign_up_that_went_along_has_no_room_of_its_own(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, BEN, "course", name="Ben")
    work(service)
    theirs = room_links(service, BEN)
    time.shift(timedelta(hours=1))
    join(service, ADA)
    work(service)
    change_links(service, pages, outbox, ADA, BEN)
    for path in theirs:
        assert pages.client.get(path).status_code in (404, 410)
        assert pages.client.post(path, data={"do": "erase:now"}).status_code in (404, 410)
    assert {lead.state for lead in pages.rows(Lead)} == {"confirmed", "erased"}


@on_one_database
def test_another_readers_link_reaches_nothing_of_hers(service: Service, pages: Pages, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    join(service, BEN, name="Ben")
    work(service)
    assert mail_own_data_link(service, rows(service, BEN)[-1].id, service.clock.now())
    work(service)
    bens = room_links(service, BEN)
    hers = [row.id for row in rows(service, ADA)]
    for path in bens:
        for letter in hers:
            assert pages.client.get(f"{path}/letters/{letter}").status_code in (200, 404)
            assert "Dear Ada" not in pages.client.get(f"{path}/letters/{letter}").text
        assert ADA not in pages.client.get(path).text
    assert pages.client.post(bens[1], data={"do": "erase:now"}).status_code == 200
    assert {(lead.email, lead.state) for lead in pages.rows(Lead)} == {(ADA, "confirmed"), ("", "erased")}
