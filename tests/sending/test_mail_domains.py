"""Who serves the mail of a domain: asked of name servers, here one of ours on this machine."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.mailbox_providers import mailbox_provider, provider_of_host
from funnel.models import Lead as LeadRow
from funnel.models import LeadState, MailDomain
from funnel.people.providers import providers_of
from funnel.sending import mail_domains
from funnel.sending.mail_domains import DomainLookup, mail_hosts, server_of
from funnel.wiring import Service
from tests.mended import REAL_MAIL

ZONE = {
    "lantern-readers.ie.": ["10 alt1.aspmx.l.google.com.", "1 aspmx.l.google.com."],
    "quay-house.ie.": ["0 quayhouse-ie.mail.protection.outlook.com."],
    "own-server.ie.": ["10 mx.own-server.ie."],
    "no-mail.ie.": ["0 ."],
    "no-mx.ie.": [],
}


class _Answers(socketserver.BaseRequestHandler):
    """The zone above; silence for whatever begins with `silent`, and no such domain for the rest."""

    def handle(self) -> None:
        data, socket = self.request
        asked = dns.message.from_wire(data)
        name = asked.question[0].name.to_text()
        if name.startswith("silent"):
            return
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        if name not in ZONE:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif ZONE[name]:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "MX", *ZONE[name]))
        socket.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
        monkeypatch.setattr(mail_domains, "_resolver", lambda: resolver)
        monkeypatch.setattr(mail_domains, "SECONDS", 0.3)
        yield
        server.shutdown()


@pytest.fixture
def real(make_service: Callable[..., Service]) -> Service:
    """A service whose mail would leave."""
    service = make_service(mail_url=REAL_MAIL)
    service.channel.use(MemoryAdapter())
    return service


def readers(service: Service, *emails: str) -> None:
    now = service.clock.now()
    with service.db.write() as session:
        for email in emails:
            session.add(LeadRow(email=email, email_key=email, state=LeadState.CONFIRMED, created_at=now))


def heard(lookup: DomainLookup) -> None:
    while lookup.step():
        lookup.wait()
    lookup.wait()
    lookup.step()


@pytest.mark.parametrize(
    ("domain", "hosts", "provider"),
    [
        ("lantern-readers.ie", ["aspmx.l.google.com", "alt1.aspmx.l.google.com"], "gmail.com"),
        ("quay-house.ie", ["quayhouse-ie.mail.protection.outlook.com"], "outlook.com"),
        ("own-server.ie", ["mx.own-server.ie"], ""),
        ("no-mail.ie", [], ""),
        ("no-mx.ie", [], ""),
        ("nowhere.ie", [], ""),
    ],
)
def test_the_servers_of_a_domain_say_who_runs_them(
    name_server: None, domain: str, hosts: list[str], provider: str
) -> None:
    assert mail_hosts(domain) == hosts
    assert server_of(domain, hosts) == provider


def test_silence_is_no_answer(name_server: None) -> None:
    with pytest.raises(OSError, match="no name server answered"):
        mail_hosts("silent.ie")


def test_providers_are_one_by_whatever_name_they_are_met() -> None:
    assert provider_of_host("ASPMX.L.GOOGLE.COM.") == mailbox_provider("ada@googlemail.com") == "gmail.com"
    assert provider_of_host("a-b.mx.microsoft") == mailbox_provider("ada@hotmail.fr") == "outlook.com"
    assert provider_of_host("in1-smtp.messagingengine.com") == mailbox_provider("ada@fastmail.com") == "fastmail.com"
    assert provider_of_host("mail.protonmail.ch") == mailbox_provider("ada@pm.me") == "proton.me"
    assert provider_of_host("google.com.attacker.example") == "attacker.example"
    assert {mailbox_provider(f"ada@{domain}") for domain in ("yahoo.com", "yahoo.de", "aol.com", "ymail.com")} == {
        "yahoo.com"
    }  # one owner: these do not agree independently
    assert mailbox_provider("ada@yahoo.co.jp") == "yahoo.co.jp"
    assert len({mailbox_provider(f"ada@{domain}") for domain in ("zoho.com", "posteo.de", "mailbox.org")}) == 3


def test_each_domain_is_asked_for_once_and_known_from_then_on(real: Service, name_server: None) -> None:
    asked: list[str] = []

    def ask(domain: str) -> Sequence[str]:
        asked.append(domain)
        return mail_hosts(domain)

    readers(real, "ada@lantern-readers.ie", "ben@lantern-readers.ie", "cleo@own-server.ie", "dan@gmail.com")
    readers(real, "fay@example.org")
    heard(DomainLookup(real, ask))
    heard(DomainLookup(real, ask))  # another process, later
    assert sorted(asked) == ["lantern-readers.ie", "own-server.ie"]
    with real.db.read() as session:
        found = providers_of(session, real.links, ["ada@lantern-readers.ie", "cleo@own-server.ie", "dan@gmail.com"])
        kept = list(session.scalars(select(MailDomain)))
    assert found["ada@lantern-readers.ie"].all == ("lantern-readers.ie", "gmail.com")
    assert found["cleo@own-server.ie"].all == ("own-server.ie",)
    assert found["dan@gmail.com"].all == ("gmail.com",)
    assert all("lantern" not in f"{row.digest} {row.provider}" for row in kept)


def test_without_a_name_server_a_domain_stands_for_itself(real: Service) -> None:
    def silent(_: str) -> Sequence[str]:
        raise OSError("no name server answered")

    readers(real, "ada@lantern-readers.ie")
    heard(DomainLookup(real, silent))
    with real.db.read() as session:
        assert providers_of(session, real.links, ["ada@lantern-readers.ie"])["ada@lantern-readers.ie"].all == (
            "lantern-readers.ie",
        )
    heard(DomainLookup(real, lambda _: ["aspmx.l.google.com"]))
    with real.db.read() as session:
        found = providers_of(session, real.links, ["ada@lantern-readers.ie"])["ada@lantern-readers.ie"]
    assert found.farthest == "gmail.com"


def test_nobody_is_asked_where_mail_reaches_no_real_person(service: Service) -> None:
    def never(domain: str) -> Sequence[str]:
        raise AssertionError(domain)

    readers(service, "ada@lantern-readers.ie")
    lookup = DomainLookup(service, never)
    assert not lookup.step()
