"""Whether answers and bounces arrive (MX), and whether our own mail server has a name (reverse DNS)."""

from __future__ import annotations

from funnel.curriculum.reserved import is_loopback
from funnel.operations.doctor.findings import Finding, fine, not_tried, warned, wrong
from funnel.operations.doctor.names import Names, shown_name
from funnel.operations.doctor.sender import SenderFacts


def check_mail_arrives(names: Names, sender: SenderFacts) -> list[Finding]:
    """One finding for each domain that mail of ours names as a way back. Raises NameTrouble."""
    domains = dict.fromkeys((sender.domain, sender.reply_domain, sender.envelope))
    return [_arrives(names, domain) for domain in domains]


def _arrives(names: Names, domain: str) -> Finding:
    check = f"MX {domain}"
    hosts = names.mail_servers(domain)
    if hosts == [""]:
        return wrong(
            check, f"{domain} says that it takes no mail (null MX).", "Use another domain, or name a mail server."
        )
    if not hosts:
        if names.addresses(domain):
            return warned(check, f"{domain} names no mail server; mail goes to the host itself.", "Add an MX record.")
        return wrong(
            check,
            f"{domain} takes no mail: answers and bounces are lost, and some receivers refuse what comes from it.",
            "Add the MX record of whoever keeps your mailboxes.",
        )
    dead = [host for host in hosts[:3] if host and not names.addresses(host)]
    if len(dead) == len(hosts):
        return wrong(
            check, f"The mail servers of {domain} do not exist: {shown_name(dead[0])}.", "Mend the MX records."
        )
    if dead:
        return warned(check, f"A mail server of {domain} does not exist: {shown_name(dead[0])}.", "Take it out.")
    return fine(check, f"{domain} takes mail at {shown_name(hosts[0])}.")


def check_reverse(names: Names, sender: SenderFacts, own_name: str) -> Finding:
    """Where a mail server on this machine sends: whether its address leads to its name and back. Raises NameTrouble."""
    check = "Reverse DNS"
    if sender.relay is None or not is_loopback(sender.relay.host):
        return not_tried(check, "mail leaves from your provider's addresses, which are its to name")
    host = (sender.relay.helo or own_name).rstrip(".").lower()
    addresses = names.addresses(host) if "." in host else []
    if not addresses:
        return warned(
            check,
            f"This machine calls itself {shown_name(host) or 'nothing'}, which the DNS does not know.",
            "Give it a full name with an address in the DNS, and let your mail server say that name.",
        )
    for address in addresses:
        back = [name.lower() for name in names.names_of(address)]
        if not back:
            return wrong(
                check,
                f"{address} has no name in the reverse DNS: Gmail and others refuse mail from it.",
                f"Whoever rents you the address sets its PTR record to {host}.",
            )
        if not any(address in names.addresses(name) for name in back[:5]):
            return wrong(
                check,
                f"{address} is called {shown_name(back[0])}, which does not lead back to it.",
                f"Set the PTR record of {address} to {host}.",
            )
    return fine(check, f"The addresses of {host} lead to a name and back.")
