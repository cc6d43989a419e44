"""SPF (RFC 7208): what the record of a domain says, whom it lets send, and how many questions that costs a receiver."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from funnel.operations.doctor.findings import shown
from funnel.operations.doctor.names import Names, shown_name

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4: with more, receivers answer "permerror" and nothing counts
MOST_VOID = 2  # the same section: names that do not exist
_MOST_ASKED = 30  # where we stop counting ourselves
_MOST_HOSTS = 10  # of an MX, the same section
_TERM = re.compile(r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?:([:/])(.*))?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.IGNORECASE)


class SpfTrouble(Exception):
    """A record that receivers cannot use: a sentence, without a full stop."""


@dataclass
class SpfReading:
    """What a record comes to: `lookups` and `void` as a receiver counts them at worst, `last` the qualifier of `all`.

    `allowed` are those of the addresses asked about that it lets send. `macros`: parts that depend on each mail.
    """

    record: str
    lookups: int = 0
    void: int = 0
    last: str = ""
    allowed: set[str] = field(default_factory=set)
    macros: bool = False


def spf_records(names: Names, domain: str) -> list[str]:
    """The SPF records of a domain; more than one is a fault. Raises NameTrouble."""
    return [text for text in names.texts(domain) if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]


def read_spf(names: Names, domain: str, record: str, addresses: Sequence[str] = ()) -> SpfReading:
    """Follows a record wherever it leads. Raises SpfTrouble, and NameTrouble where the DNS does not answer."""
    reading = SpfReading(record)
    _Walk(names, reading, addresses).follow(domain, record, (domain.lower(),), lets="+", outermost=True)
    return reading


class _Walk:
    def __init__(self, names: Names, reading: SpfReading, addresses: Sequence[str]) -> None:
        self.names, self.reading = names, reading
        self.addresses = {each: ipaddress.ip_address(each) for each in addresses}

    def follow(self, domain: str, record: str, path: tuple[str, ...], *, lets: str, outermost: bool = False) -> None:
        redirect = ""
        ended = False
        for term in record.split()[1:]:
            if (modifier := _MODIFIER.fullmatch(term)) and not _TERM.fullmatch(term):
                if modifier[1].lower() == "redirect":
                    redirect = modifier[2]
                continue
            found = _TERM.fullmatch(term)
            if found is None:
                raise SpfTrouble(f"the record of {shown_name(domain)} has a part that means nothing: {shown(term)}")
            qualifier, kind = found[1] or "+", found[2].lower()
            if kind == "all":
                ended = True
                if outermost:
                    self.reading.last = qualifier
                if qualifier == "+" and lets == "+":
                    self.reading.allowed.update(self.addresses)
                break  # what stands behind it is never read (RFC 7208, 5.1)
            counts = lets if qualifier == "+" else ""
            self.term(kind, (found[3] or "") + (found[4] or ""), domain, path, counts)
        if redirect and not ended:
            self.into(redirect, path, lets, "redirect", outermost=outermost)

    def term(self, kind: str, rest: str, domain: str, path: tuple[str, ...], lets: str) -> None:
        target, bits = _target(rest, domain, kind)
        if kind in ("ip4", "ip6"):
            self.network(kind, rest.removeprefix(":"), domain, lets)
        elif kind == "include":
            self.into(target, path, lets, "include")
        else:
            self.ask()
            if "%" in target or kind in ("ptr", "exists"):
                self.reading.macros = True
                return
            hosts = [target] if kind == "a" else [host for host in self.names.mail_servers(target) if host]
            found = [each for host in hosts[:_MOST_HOSTS] for each in self.names.addresses(host)]
            self.reading.void += not found
            for each in found:
                self.match(f"{each}/{bits[ipaddress.ip_address(each).version == 6]}", lets)

    def into(self, target: str, path: tuple[str, ...], lets: str, how: str, *, outermost: bool = False) -> None:
        self.ask()
        if "%" in target:
            self.reading.macros = True
            return
        name = target.lower().rstrip(".")
        if name in path:
            raise SpfTrouble(f"it leads in a circle: {shown_name(path[-1])} has {how} of {shown_name(name)}")
        records = spf_records(self.names, name)
        if not records:
            self.reading.void += 1
            raise SpfTrouble(f"it has {how} of {shown_name(name)}, which has no SPF record")
        if len(records) > 1:
            raise SpfTrouble(f"it has {how} of {shown_name(name)}, which has {len(records)} SPF records")
        self.follow(name, records[0], (*path, name), lets=lets, outermost=outermost)

    def network(self, kind: str, text: str, domain: str, lets: str) -> None:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            network = None
        if network is None or network.version != int(kind[2]):
            raise SpfTrouble(f"the record of {shown_name(domain)} has a wrong address: {kind}:{shown(text)}")
        self.match(text, lets)

    def match(self, network: str, lets: str) -> None:
        block = ipaddress.ip_network(network, strict=False)
        if lets == "+":
            self.reading.allowed.update(text for text, address in self.addresses.items() if address in block)

    def ask(self) -> None:
        self.reading.lookups += 1
        if self.reading.lookups > _MOST_ASKED:
            raise SpfTrouble(f"it leads to more than {_MOST_ASKED} further questions, and {MOST_LOOKUPS} are allowed")


def _target(rest: str, domain: str, kind: str) -> tuple[str, tuple[int, int]]:
    """The name of a mechanism, and how many bits of an IPv4 and an IPv6 address count. Raises SpfTrouble."""
    if kind in ("ip4", "ip6"):
        return "", (32, 128)
    found = re.fullmatch(r"(?::([^/]*))?(?:/(\d{1,2}))?(?://(\d{1,3}))?", rest)
    if found is None or (kind in ("include", "exists") and not found[1]):
        raise SpfTrouble(f"the record of {shown_name(domain)} has a part that means nothing: {kind}{shown(rest)}")
    four, six = int(found[2] or 32), int(found[3] or 128)
    if four > 32 or six > 128:
        raise SpfTrouble(f"the record of {shown_name(domain)} has a wrong length of addresses: {kind}{shown(rest)}")
    return found[1] or domain, (four, six)
