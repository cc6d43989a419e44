"""Mails to send in tests, and short ways to send them."""

from __future__ import annotations

from collections.abc import Iterable

from funnel.adapters import open_adapter
from funnel.adapters.smtp import SmtpAdapter
from funnel.mail import Adapter, Address, Mail, Outcome, PlainBody
from tests.adapters.scripted_server import ScriptedServer


def mail_to(
    address: str = "ada@example.org",
    key: str = "",
    *,
    name: str = "Ada",
    subject: str = "Week 1: the alarm in your chest",
    text: str = "Dear Ada,\n\nsit down for a moment.\n.hidden dot\n",
    headers: tuple[tuple[str, str], ...] = (("Message-ID", "<ada-1@example.org>"),),
    sender: str = "hello@harbour.example.org",
    envelope_from: str = "bounces@harbour.example.org",
) -> Mail:
    return Mail(
        key=key or f"delivery-{address}",
        envelope_from=envelope_from,
        sender=Address("Harbour Practice", sender),
        recipient=Address(name, address),
        subject=subject,
        body=PlainBody(text, f"<p>{text}</p>"),
        headers=headers,
    )


def connected_to(server: ScriptedServer, **options: str | int | float) -> SmtpAdapter:
    """An adapter for the server, patient for two seconds only, over one connection unless told otherwise."""
    usual: dict[str, str | int | float] = {"connections": 1, "timeout": 2, "final_timeout": 2}
    given = usual | {"helo": "harbour.example.org"} | options
    adapter = open_adapter(f"smtp://127.0.0.1:{server.port}", **given)
    assert isinstance(adapter, SmtpAdapter)
    server.clients.append(adapter)
    return adapter


def send_one(adapter: Adapter, mail: Mail) -> Outcome:
    ((key, outcome),) = adapter.send([mail])
    assert key == mail.key
    return outcome


def outcomes(adapter: Adapter, mails: Iterable[Mail]) -> dict[str, Outcome]:
    """By key; each mail must have exactly one outcome."""
    sent = list(mails)
    found = list(adapter.send(sent))
    assert sorted(key for key, _ in found) == sorted(mail.key for mail in sent)
    return dict(found)
