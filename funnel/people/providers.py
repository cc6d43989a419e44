"""Which mailbox providers stand behind an address: by its domain, and by who serves that domain's mail.

Two answers, because each is open to another abuse. Whoever has a domain of his own can say that a large provider serves
it, and have it refuse what he likes; so a domain counts as a provider of its own as well, and all its readers together
as one of the large provider's (`sending.braking`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum.mailbox_providers import mailbox_provider
from funnel.db import among
from funnel.links import Links
from funnel.models import MailDomain


@dataclass(frozen=True, slots=True)
class Providers:
    """`own` is what the domain says. `served_by` is whose servers its MX records name, "" if that is nobody else."""

    own: str
    served_by: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        return (self.own, self.served_by) if self.served_by else (self.own,)

    @property
    def farthest(self) -> str:
        """Who in the end receives the mail: providers that differ in this have nothing to do with each other."""
        return self.served_by or self.own


def mail_domain_of(address: str) -> str:
    return address.casefold().rpartition("@")[2]


def domain_digest(links: Links, domain: str) -> str:
    """The digest by which a domain is known in `MailDomain`."""
    return links.address_digest(f"@{domain}")


def providers_of(session: Session, links: Links, addresses: Iterable[str]) -> dict[str, Providers]:
    """By address, its providers. Asks no name server: what is not known of a domain yet, its name must tell."""
    addresses = set(addresses)
    digests = {domain: domain_digest(links, domain) for domain in {mail_domain_of(each) for each in addresses}}
    rows = session.execute(
        select(MailDomain.digest, MailDomain.provider).where(
            among(MailDomain.digest, digests.values()), MailDomain.provider != ""
        )
    )
    served = dict(rows.all())
    found = {}
    for address in addresses:
        own, by = mailbox_provider(address), served.get(digests[mail_domain_of(address)], "")
        found[address] = Providers(own, "" if by == own else by)
    return found
