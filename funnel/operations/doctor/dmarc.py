"""Whether the sender's domain has a DMARC record, and whether our mail passes by it."""

from __future__ import annotations

from funnel.operations.doctor.dmarc_record import aligned, dmarc_at, organisational, said_policy, tree_walk
from funnel.operations.doctor.findings import DnsRecord, Finding, fine, not_tried, shown, warned, wrong
from funnel.operations.doctor.names import Names
from funnel.operations.doctor.sender import SenderFacts

_CHECK, _ALIGNED = "DMARC", "Alignment"


def check_dmarc(names: Names, sender: SenderFacts) -> Finding:
    """The record that counts for From. Raises NameTrouble."""
    domain = sender.domain
    twice = dmarc_at(names, domain)
    if len(twice) > 1:
        return wrong(
            _CHECK, f"_dmarc.{domain} has {len(twice)} records, so none of them counts.", "Leave one of them there."
        )
    walked = tree_walk(names, domain)
    if not walked:
        return warned(
            _CHECK,
            f"{domain} has no DMARC record. Gmail, Yahoo and Microsoft ask for one of whoever sends much.",
            "Put this record into the DNS; reports then come to that address.",
            DnsRecord(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}"),
        )
    home = organisational(walked, domain)
    record = (
        walked[0] if walked[0].domain == domain else next((each for each in walked if each.domain == home), walked[0])
    )
    policy = said_policy(record, domain)
    if not policy:
        return wrong(
            _CHECK,
            f"The record at _dmarc.{record.domain} cannot be used: p= is {shown(record.policy) or 'not there'}.",
            "Write p=none, p=quarantine or p=reject right behind v=DMARC1.",
        )
    said = f"The record at _dmarc.{record.domain} asks for {policy}"
    if "rua" not in record.tags:
        return warned(
            _CHECK, f"{said}, and no reports.", "Add rua=mailto: and an address of yours, to hear what fails."
        )
    advice = "Once reports show that all your mail passes, p=quarantine keeps others from using your name."
    return fine(_CHECK, f"{said} and for reports.", advice if policy == "none" else "")


def check_alignment(names: Names, sender: SenderFacts) -> Finding:
    """Whether From's domain is that of SPF or of DKIM, as DMARC asks. Raises NameTrouble."""
    if not sender.own_return_path:
        return not_tried(
            _ALIGNED,
            "the provider signs and sets the return address: only a mail of yours shows with which domains",
            "Look for dmarc=pass in the headers of a test mail.",
        )
    walked = tree_walk(names, sender.domain)
    tags = walked[0].tags if walked else {}
    by_spf = aligned(names, sender.domain, sender.envelope, tags.get("aspf", "r"))
    by_dkim = [key.domain for key in sender.keys if aligned(names, sender.domain, key.domain, tags.get("adkim", "r"))]
    if by_dkim:
        also = " and the address for bounces" if by_spf else ""
        return fine(_ALIGNED, f"The signature{also} and From belong to the same domain ({sender.domain}).")
    if sender.keys:
        return wrong(
            _ALIGNED,
            f"Mail is signed for {sender.keys[0].domain}, and From is {sender.domain}: for DMARC that signature does "
            "not count.",
            f"Make a key for {sender.domain}: funnel dkim new --selector funnel2 --domain {sender.domain}",
        )
    if by_spf:
        return warned(
            _ALIGNED,
            f"Only SPF speaks for {sender.domain}; it breaks where mail is passed on.",
            "Sign as well: 'funnel dkim new'.",
        )
    return wrong(
        _ALIGNED,
        f"Neither SPF ({sender.envelope}) nor a signature speaks for {sender.domain}, the domain of From.",
        "Sign mail with 'funnel dkim new', or let bounces go to the domain of From.",
    )
