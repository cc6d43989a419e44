"""How mail leaves as far as the DNS is concerned: whose address, by which server, signed with which keys."""

from __future__ import annotations

from dataclasses import dataclass

from funnel.adapters import open_adapter
from funnel.adapters.dkim import SIGNED_HERE, DkimKey, signer_from
from funnel.adapters.smtp import Relay, SmtpAdapter
from funnel.curriculum.addresses import wire_domain
from funnel.settings import Settings

# What providers usually ask to be written into SPF. Their own page about a domain may ask for something else.
_INCLUDES = {
    "ses": "amazonses.com",
    "mailgun": "mailgun.org",
    "postmark": "spf.mtasv.net",
    "sendgrid": "sendgrid.net",
    "resend": "amazonses.com",
    "brevo": "spf.brevo.com",
    "sparkpost": "sparkpostmail.com",
    "mailjet": "spf.mailjet.com",
}
# The ends of providers' SMTP hosts, and what to include for them.
_HOSTS = {
    ".amazonaws.com": "amazonses.com",
    ".mailgun.org": "mailgun.org",
    ".postmarkapp.com": "spf.mtasv.net",
    ".sendgrid.net": "sendgrid.net",
    ".brevo.com": "spf.brevo.com",
    ".sparkpostmail.com": "sparkpostmail.com",
    ".mailjet.com": "spf.mailjet.com",
    ".gmail.com": "_spf.google.com",
    ".google.com": "_spf.google.com",
    ".office365.com": "spf.protection.outlook.com",
}


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """`domain` is of From, `envelope` of the address that bounces go to; `relay` is None for a provider's API.

    `real` is whether mail leaves at all. Domains are in A-labels.
    """

    domain: str
    reply_domain: str
    envelope: str
    adapter: str
    relay: Relay | None
    keys: tuple[DkimKey, ...]
    real: bool

    @property
    def own_return_path(self) -> bool:
        """Whether bounces go where we say: a provider's API sets an address of its own."""
        return self.adapter in SIGNED_HERE

    @property
    def include(self) -> str:
        """What the provider asks to be included in SPF; "" where it is not known."""
        if self.relay is None:
            return _INCLUDES.get(self.adapter, "")
        host = self.relay.host.lower()
        return next((name for end, name in _HOSTS.items() if host.endswith(end)), "")


def sender_facts(settings: Settings, from_address: str, reply_to: str) -> SenderFacts:
    """Of the mails that lessons leave by. Raises AdapterUrlError or DkimKeyError where a setting is wrong."""
    domain = _domain(from_address)
    url = settings.course_mail_url or settings.mail_url
    adapter, relay = "", None
    if url:
        opened = open_adapter(url)
        adapter, relay = opened.name, opened.relay if isinstance(opened, SmtpAdapter) else None
        opened.close()
    signer = signer_from(settings.dkim_key.get_secret_value(), settings.dkim_selector, settings.dkim_domain)
    return SenderFacts(
        domain=domain,
        reply_domain=_domain(reply_to),
        envelope=_domain(settings.bounce_address) if settings.bounce_address else domain,
        adapter=adapter,
        relay=relay,
        keys=signer.keys if signer is not None and adapter in SIGNED_HERE else (),
        real=settings.real_mail,
    )


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2].lower()
    return domain if domain.isascii() else (wire_domain(domain) or domain)
