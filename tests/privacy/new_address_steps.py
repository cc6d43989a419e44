"""Ada asks for another address, and the mails that tell of it."""

from __future__ import annotations

import re
from html import unescape

from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail
from funnel.models import Lead
from funnel.privacy.new_address import AddressWish, ask_new_address
from funnel.wiring import Service
from tests.journey.steps import join, work
from tests.web.conftest import Pages

ADA, NEW, BEN = "ada@example.org", "ada.new@example.org", "ben@example.org"


def lead_of(service: Service, address: str) -> Lead | None:
    with service.db.read() as session:
        return session.scalar(select(Lead).where(Lead.email == address))


def link_in(mail: Mail, path: str) -> str:
    found = re.search(rf'href="https://letters\.example\.org(/{path}/[^"]+)"', mail.html)
    assert found, path
    return unescape(found[1])


def last_to(outbox: MemoryAdapter, address: str) -> Mail:
    return [mail for mail in outbox.mails if mail.recipient.address == address][-1]


def ask_for(service: Service, outbox: MemoryAdapter, address: str = NEW) -> str:
    """Ada asks for another address: the path of the page that its mail leads to."""
    lead = lead_of(service, ADA)
    assert lead is not None
    assert ask_new_address(service, lead.id, address, service.clock.now()) is AddressWish.ASKED
    work(service)
    return link_in(last_to(outbox, address), "new-address")


def joined(service: Service) -> Lead:
    """Ada has confirmed, and gets her letters."""
    join(service, ADA)
    work(service)
    lead = lead_of(service, ADA)
    assert lead is not None
    return lead


def changed(service: Service, pages: Pages, outbox: MemoryAdapter) -> str:
    """Ada has the new address: the path of the page that undoes it, from the notice to the old one."""
    assert pages.client.post(ask_for(service, outbox)).status_code == 200
    work(service)
    return link_in(last_to(outbox, ADA), "old-address")
