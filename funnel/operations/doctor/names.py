"""Questions to the DNS, each within seconds, and answers that are safe to go on with."""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.rdatatype
import dns.resolver
import dns.reversename

SECONDS = 4.0  # for one question, whatever the name servers do
_PER_TRY = 1.5
_MOST_ROWS = 50


class NameTrouble(Exception):
    """The name servers gave no usable answer: a sentence that says what they did."""


class Names:
    """The machine's own name servers, or those given by address (for tests, with their port)."""

    def __init__(self, servers: list[str] | None = None, port: int = 53, seconds: float = SECONDS) -> None:
        self._servers, self._port, self._seconds = servers, port, seconds
        self._made: dns.resolver.Resolver | None = None

    def texts(self, name: str) -> list[str]:
        """The TXT records, the strings of each joined. Raises NameTrouble, as all here do."""
        return [b"".join(row.strings).decode("utf-8", "replace") for row in self._ask(name, dns.rdatatype.TXT)]

    def addresses(self, name: str) -> list[str]:
        """The IPv4 and IPv6 addresses."""
        return [row.address for kind in (dns.rdatatype.A, dns.rdatatype.AAAA) for row in self._ask(name, kind)]

    def mail_servers(self, name: str) -> list[str]:
        """The hosts of the MX records by preference; "" among them says that no mail is taken (RFC 7505)."""
        rows = sorted(
            (row.preference, row.exchange.to_text(omit_final_dot=True)) for row in self._ask(name, dns.rdatatype.MX)
        )
        return ["" if host == "." else host for _, host in rows]

    def names_of(self, address: str) -> list[str]:
        """The names that an IP address has in the reverse DNS."""
        try:
            name = dns.reversename.from_address(address).to_text()
        except (ValueError, dns.exception.DNSException):
            return []
        return [row.target.to_text(omit_final_dot=True) for row in self._ask(name, dns.rdatatype.PTR)]

    def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> list[Any]:
        try:
            answer = self._resolver().resolve(name, kind, lifetime=self._seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout as error:
            raise NameTrouble(f"no name server answered for {shown_name(name)} within {self._seconds:g} s") from error
        except dns.resolver.NoResolverConfiguration as error:
            raise NameTrouble("this machine knows no name server") from error
        except dns.resolver.NoNameservers as error:
            raise NameTrouble(f"the name servers failed at {shown_name(name)} (SERVFAIL or the like)") from error
        except (dns.exception.DNSException, ValueError, OSError) as error:
            words = f"the name servers' answer for {shown_name(name)} cannot be used ({type(error).__name__})"
            raise NameTrouble(words) from error
        return list(answer)[:_MOST_ROWS]

    def _resolver(self) -> dns.resolver.Resolver:
        if self._made is None:
            made = dns.resolver.Resolver(configure=self._servers is None)
            if self._servers is not None:
                made.nameservers, made.port = list(self._servers), self._port
            made.timeout = min(_PER_TRY, self._seconds)
            made.cache = dns.resolver.LRUCache()
            self._made = made
        return self._made


def shown_name(name: str) -> str:
    """A name of the DNS, fit to print."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in name)[:253]
