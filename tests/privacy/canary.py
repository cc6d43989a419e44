"""One reader whose every word can be found again, brought through all that the service does; and the search."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces.spool import BounceSpool, read_spool
from funnel.links import Purpose, number_of
from funnel.mime import message_bytes
from funnel.models import Base, ChannelState, Delivery, HookBody, Lead
from funnel.tracking.tracking import take_in
from funnel.webhooks.stored import process_bodies
from funnel.wiring import Service
from tests.bounces.steps import bounce, return_address
from tests.journey.steps import live, rows, work
from tests.web.conftest import Pages
from tests.webhooks.samples import postmark
from workers.catcher import CaughtMailFolder

ADDRESS = "Ada.Canary+x@example.org"
FIND = (
    "ada.canary+x@example.org",
    "ada.canary+x=example.org",
    "canarina",
    "198.51.100",
    "canarybrowser",
    "pacific/chatham",
    "feathers and song",
    "+64 555 0199",
    "canary-campaign",
    "smtp-canary-id",
)
AGENT = "CanaryBrowser/7.0 (X11; Linux)"
FROM = {"REMOTE_ADDR": "198.51.100.77"}


def live_a_life(service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller) -> Lead:
    """Signs up, confirms, is sent lessons, opens, clicks, downloads, books, bounces, and is reported by a provider."""
    _sign_up_and_confirm(service, pages, outbox)
    live(service, time, 15)
    with service.db.read() as session:
        lead = session.scalars(select(Lead)).one()
    mails = [mail for mail in rows(service, ADDRESS) if mail.kind == "lesson" and mail.state == "accepted"]
    _press_everything(service, pages, outbox, mails)
    _come_back(service, mails)
    _be_reported(service, mails)
    caught = CaughtMailFolder(service.settings.data_dir / "outbox", service.clock.now)
    caught.open()
    for mail in outbox.mails:
        caught.put("letters@example.org", [mail.recipient.address], message_bytes(mail))
    with service.db.write() as session:
        session.add(
            ChannelState(
                adapter="postmark", kind="quota", detail=f"550 {ADDRESS} has had enough", since=service.clock.now()
            )
        )
        row = session.get_one(Delivery, mails[0].id)
        row.provider_id, row.detail = "smtp-canary-id-1", {"decisions": [{"why": "Canarina asked for it"}]}
    return lead


def _sign_up_and_confirm(service: Service, pages: Pages, outbox: MemoryAdapter) -> None:
    filled = {"email": ADDRESS, "name": "Canarina", "consent": "on", "timezone": "Pacific/Chatham"}
    said = pages.client.post(
        "/offers/course/signup?utm_source=canary-campaign", data=filled | {"utm_source": "canary-campaign"},
        environ_base=FROM,
    )  # fmt: skip
    assert said.status_code == 303
    work(service)
    path = re.search(r"https://letters\.example\.org(/confirm/[^\"\s]+)", outbox.mails[-1].html)
    assert path
    assert pages.client.post(unescape(path[1]), environ_base=FROM).status_code == 200


def _press_everything(service: Service, pages: Pages, outbox: MemoryAdapter, mails: list[Delivery]) -> None:
    headers = {"User-Agent": AGENT, "Accept": "text/html"}
    for mail in mails[:3]:
        html = next(each.html for each in outbox.mails if each.key == str(mail.id))
        for path in re.findall(r'(?:href|src)="https://letters\.example\.org(/[oc]/[^"]+)"', html):
            assert pages.client.get(unescape(path), headers=headers, environ_base=FROM).status_code in (200, 302)
    assert take_in(service, service.hits) > 3
    line = {"kind": "open", "delivery_id": mails[0].id, "user_agent": AGENT, "network": "198.51.100.0/24"}
    aside = service.settings.data_dir / "hits" / "1-old.broken"
    aside.write_text(
        f"{json.dumps(line)}\n" + json.dumps(line | {"delivery_id": 999_999, "user_agent": "x", "network": ""}) + "\n"
    )
    preferences = f"/p/{pages.token(Purpose.PREFERENCES, mails[-1].id)}"
    assert pages.client.post(preferences, data={"do": "save", "tracking": "clicks"}).status_code == 200
    book = f"/book/{pages.token(Purpose.BOOK, mails[-1].id, number_of('intro'))}"
    said = {"words": "Feathers and song", "phone": "+64 555 0199", "good-time": "Canarina's evenings"}
    assert pages.client.post(book, data=said).status_code == 200
    work(service)


def _come_back(service: Service, mails: list[Delivery]) -> None:
    spool = BounceSpool(service.settings.data_dir / "bounces")
    spool.open()
    to = return_address(service.links, mails[0])
    notes = (
        bounce(to, ADDRESS, f"452 4.2.2 <{ADDRESS}> Mailbox full"),
        f"Subject: Automatic\r\n\r\nDear all, {ADDRESS} is away. Canarina\r\n".encode(),
        bounce("someone@example.org", ADDRESS, "550 5.1.1 no such user", number="2"),
    )
    for n, raw in enumerate(notes):
        draft = spool.draft()
        draft.write(raw)
        spool.keep(draft, to if n == 0 else "bounces@example.org")
        spool.discard(draft)
    read_spool(service, spool)
    (spool.kept / f"{1:020}-000001-aaaaaaaaaaaa.eml").write_bytes(b"X-Envelope-To: x\r\n\r\n" + notes[1])


def _be_reported(service: Service, mails: list[Delivery]) -> None:
    reports = [
        postmark("Delivery", str(mails[0].id), ADDRESS, MessageID="smtp-canary-id-9"),
        postmark("Open", str(mails[0].id), ADDRESS, UserAgent=AGENT, MessageID="smtp-canary-id-9"),
        postmark("Bounce", str(mails[1].id), ADDRESS, Type="SoftBounce", Description=f"{ADDRESS} is full"),
    ]  # fmt: skip
    ids = []
    with service.db.write() as session:
        for report in reports:
            row = HookBody(
                adapter="postmark", received_at=service.clock.machine_now(), body=json.dumps(report).encode()
            )
            session.add(row)
            session.flush()
            ids.append(row.id)
    process_bodies(service, ids[:2], service.clock.now())  # the last one waits still


def found_in_tables(service: Service) -> dict[str, set[str]]:
    """By table and column, which of her words stand there."""
    found: dict[str, set[str]] = {}
    with service.db.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                for column, value in row._mapping.items():
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    words = {word for word in FIND if word in text.casefold()}
                    if words:
                        found.setdefault(f"{table.name}.{column}", set()).update(words)
    return found


def found_in_files(data_dir: Path) -> dict[str, set[str]]:
    """By file of the data folder, which of her words stand in its bytes; those of SQLite too."""
    found = {}
    for path in sorted(_files(data_dir)):
        data = path.read_bytes().replace(b"=\r\n", b"").lower()
        words = {word for word in FIND if word.encode() in data}
        if words:
            found[str(path.relative_to(data_dir))] = words
    return found


def _files(data_dir: Path) -> Iterator[Path]:
    return (path for path in data_dir.rglob("*") if path.is_file())
