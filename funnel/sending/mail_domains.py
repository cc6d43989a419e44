"""Who serves the mail of our readers' domains: asked of the name servers beforehand, a few at a time.

An address says its provider only where the domain is the provider's own; practices and companies have domains of their
own, served by Google, Microsoft and others. By the time a mail is refused there is no moment to ask, as nobody may wait
for a name server inside a transaction. So the clock asks for each domain once, soon after its first reader signed up,
and again after a month. Until then, or where no name server answers, the domain stands for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache

import dns.exception
import dns.resolver
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.mailbox_providers import is_known_domain, mailbox_provider, provider_of_host
from funnel.curriculum.reserved import is_reserved
from funnel.db import among
from funnel.db.upsert import insert
from funnel.models import Lead, LeadState, MailDomain
from funnel.people.providers import domain_digest, mail_domain_of

SECONDS = 3.0  # for one domain, whatever its name servers do
AT_ONCE = 20
_LEADS_AT_ONCE = 500
_AGAIN_AFTER, _FORGOTTEN_AFTER = timedelta(days=30), timedelta(days=60)
_AFTER_SILENCE = timedelta(minutes=10)  # when no name server answered at all

MailHosts = Callable[[str], Sequence[str]]
"""The mail servers of a domain, the preferred first; none where it says so. Raises OSError where nobody answers."""

log = structlog.get_logger(__name__)


def mail_hosts(domain: str) -> list[str]:
    """The hosts in the MX records of a domain, by preference (RFC 5321, 5.1).

    None where there are none, there is no such domain, or it takes no mail (RFC 7505). Raises OSError where the name
    servers do not answer.
    """
    try:
        answer = _resolver().resolve(domain, "MX", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise OSError(f"no name server answered for a domain: {type(error).__name__}") from error
    records = sorted((record.preference, record.exchange.to_text(omit_final_dot=True)) for record in answer)
    return [host for _, host in records if host != "."]


@cache
def _resolver() -> dns.resolver.Resolver:
    return dns.resolver.Resolver()


def server_of(domain: str, hosts: Sequence[str]) -> str:
    """The provider that these mail servers belong to; "" where the domain has none, or serves itself."""
    found = provider_of_host(hosts[0]) if hosts else ""
    return "" if found == mailbox_provider(f"@{domain}") else found[:253]


class DomainLookup:
    """`step` never waits for the network: a thread asks for a few domains, and a later step writes down what it heard.

    Where mail reaches no real person nobody is asked. Domains kept for examples, and those whose provider is known by
    name, need not be.
    """

    def __init__(self, context: Context, ask: MailHosts = mail_hosts) -> None:
        self._context, self._ask = context, ask
        self._seen = 0  # the number of the last reader whose domain was looked at
        self._thread: threading.Thread | None = None
        self._heard: dict[str, str] = {}
        self._asked = 0
        self._not_before: datetime | None = None

    def step(self) -> bool:
        """Writes down what was heard, and asks for more; whether there may be more to do now."""
        if not self._context.real_mail.leaves or self._context.settings.time_lapse:
            return False
        if self._thread is not None:
            if self._thread.is_alive():
                return False
            self._thread = None
            self._write()
        machine = self._context.clock.machine_now()
        if self._not_before is not None and machine < self._not_before:
            return False
        domains = self._unknown(machine)
        if domains:
            self._heard, self._asked = {}, len(domains)
            self._thread = threading.Thread(target=self._listen, args=(domains,), name="mail domains", daemon=True)
            self._thread.start()
        return bool(domains)

    def wait(self) -> None:
        """Until the name servers have answered, for tests and commands."""
        if self._thread is not None:
            self._thread.join()

    def _listen(self, domains: Sequence[str]) -> None:
        for domain in domains:
            try:
                self._heard[domain] = server_of(domain, self._ask(domain))
            except OSError:
                continue

    def _unknown(self, machine: datetime) -> list[str]:
        """The domains to ask for next: those of new readers, then those that were asked for long ago."""
        context = self._context
        with context.db.read() as session:
            newer = select(Lead.id, Lead.email).where(Lead.id > self._seen, Lead.state != LeadState.ERASED)
            rows = session.execute(newer.order_by(Lead.id).limit(_LEADS_AT_ONCE)).all()
            wanted: list[str] = []
            known = _looked_up(session, context, {mail_domain_of(row.email) for row in rows}, machine)
            for row in rows:
                domain = mail_domain_of(row.email)
                if domain not in known and domain not in wanted:
                    if len(wanted) == AT_ONCE:
                        break
                    wanted.append(domain)
                self._seen = row.id
        if not rows:
            self._not_before = machine + timedelta(minutes=1)
        return wanted

    def _write(self) -> None:
        context, machine = self._context, self._context.clock.machine_now()
        if not self._heard:
            log.info("no name server answered; mailbox providers are told by the domain alone", domains=self._asked)
            self._not_before, self._seen = machine + _AFTER_SILENCE, 0
            return
        rows = [
            {"digest": domain_digest(context.links, domain), "provider": provider, "looked_up_at": machine}
            for domain, provider in sorted(self._heard.items())
        ]
        with context.db.write() as session:
            for row in rows:
                statement = insert(session, MailDomain).values(**row)
                session.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=row))
            session.execute(delete(MailDomain).where(MailDomain.looked_up_at < machine - _FORGOTTEN_AFTER))


def _looked_up(session: Session, context: Context, domains: set[str], machine: datetime) -> set[str]:
    """Those of these domains that need not be asked for."""
    digests = {domain_digest(context.links, domain): domain for domain in domains}
    query = select(MailDomain.digest).where(
        among(MailDomain.digest, digests), MailDomain.looked_up_at >= machine - _AGAIN_AFTER
    )
    known = {digests[digest] for digest in session.scalars(query)}
    return known | {domain for domain in domains if is_reserved(domain) or is_known_domain(domain)}
