"""Whether the domain that bounces go to lets our mail server send (SPF)."""

from __future__ import annotations

import ipaddress

from funnel.operations.doctor.findings import DnsRecord, Finding, fine, not_tried, warned, wrong
from funnel.operations.doctor.names import Names, NameTrouble
from funnel.operations.doctor.sender import SenderFacts
from funnel.operations.doctor.spf_record import MOST_LOOKUPS, MOST_VOID, SpfReading, SpfTrouble, read_spf, spf_records

_CHECK = "SPF"


def check_spf(names: Names, sender: SenderFacts) -> Finding:
    """The record of the envelope's domain, followed to its end. Raises NameTrouble."""
    domain = sender.envelope
    records = spf_records(names, domain)
    if not records:
        return _missing(sender)
    if len(records) > 1:
        return wrong(
            _CHECK,
            f"{domain} has {len(records)} SPF records; receivers then take none of them.",
            "Make one of them, that has the parts of all, and delete the others.",
        )
    try:
        reading = read_spf(names, domain, records[0], _server_addresses(names, sender))
    except SpfTrouble as trouble:
        return wrong(_CHECK, f"The SPF record of {domain} cannot be used: {trouble}.", "Take out or mend that part.")
    return _judged(names, sender, reading)


def _judged(names: Names, sender: SenderFacts, reading: SpfReading) -> Finding:
    domain = sender.envelope
    if reading.last == "+":
        return wrong(
            _CHECK,
            f"The SPF record of {domain} ends in +all: anybody may send in your name.",
            "End it with ~all or -all.",
        )
    if reading.lookups > MOST_LOOKUPS:
        return wrong(
            _CHECK,
            f"The SPF record of {domain} costs {reading.lookups} further questions; with more than {MOST_LOOKUPS} "
            "receivers take it for broken.",
            "Take out includes of services that no longer send for you, and put addresses in place of a and mx.",
        )
    said = f"The SPF record of {domain} is sound ({reading.lookups} of {MOST_LOOKUPS} questions)"
    if reading.void > MOST_VOID:
        return warned(
            _CHECK, f"{said}, but names {reading.void} hosts that do not exist.", "Take out what is no longer there."
        )
    if not reading.last:
        return warned(_CHECK, f"{said}, but does not say who may not send.", "End it with ~all or -all.")
    addresses = _server_addresses(names, sender)
    if addresses and not reading.allowed and not reading.macros and sender.relay is not None:
        return warned(
            _CHECK,
            f"{said}, but {sender.relay.host}, by which mail leaves, is not among those that may send.",
            "Providers often send from other addresses than they take mail at: see what yours asks to be included. "
            "Otherwise put the part below in front of the last one.",
            DnsRecord(domain, "TXT", _with_part(reading.record, _part(sender))),
        )
    return fine(
        _CHECK, f"{said}." + (f" It lets {sender.relay.host} send." if sender.relay and reading.allowed else "")
    )


def _missing(sender: SenderFacts) -> Finding:
    domain = sender.envelope
    if not sender.own_return_path:
        return not_tried(
            _CHECK,
            f"{sender.adapter or 'The provider'} uses a return address of its own, so SPF is asked of that domain, "
            f"and {domain} has no record",
            "Nothing has to be done as long as DKIM is right.",
        )
    return wrong(
        _CHECK,
        f"{domain} has no SPF record: receivers cannot know that your mail server may send for it.",
        "Put this record into the DNS.",
        DnsRecord(domain, "TXT", f"v=spf1 {_part(sender)} ~all"),
    )


def _part(sender: SenderFacts) -> str:
    if sender.include:
        return f"include:{sender.include}"
    if sender.relay is None or not _server_is_public(sender.relay.host):
        return "mx"
    literal = _literal(sender.relay.host)
    return f"a:{sender.relay.host}" if literal is None else f"ip{literal.version}:{literal}"


def _with_part(record: str, part: str) -> str:
    """The record with one more part, in front of its `all`."""
    terms = record.split()
    at = next((place for place, term in enumerate(terms) if term.lower().lstrip("+-~?") == "all"), len(terms))
    return _printable(" ".join([*terms[:at], part, *terms[at:]]))


def _printable(record: str) -> str:
    """A record of somebody's, to be pasted: without what cannot be printed."""
    return "".join(letter for letter in record if letter.isascii() and letter.isprintable())[:2000]


def _server_addresses(names: Names, sender: SenderFacts) -> list[str]:
    """The public addresses of the mail server, as far as they are known; none where the DNS does not say."""
    if sender.relay is None or not _server_is_public(sender.relay.host):
        return []
    if _literal(sender.relay.host) is not None:
        return [sender.relay.host]
    try:
        return names.addresses(sender.relay.host)
    except NameTrouble:
        return []


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _server_is_public(host: str) -> bool:
    address = _literal(host)
    return address.is_global if address is not None else "." in host
