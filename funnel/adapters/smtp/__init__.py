"""Mail over SMTP, spoken here ourselves: so that it is always known whether a mail may be sent again."""

from __future__ import annotations

import logging
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

import idna

from funnel.adapters.smtp.drivers import Dispatch
from funnel.adapters.smtp.pool import Pool
from funnel.adapters.smtp.protocol import Relay, Timeouts
from funnel.adapters.url import AdapterUrlError, MailUrl
from funnel.curriculum.reserved import is_loopback
from funnel.mail import Adapter, Mail, Outcome

__all__ = ["SMTPS_EXAMPLE", "SMTP_EXAMPLE", "Relay", "SmtpAdapter", "Timeouts", "smtp_from_url"]

SMTP_EXAMPLE = "smtp://user:password@mail.example.org:587?tls=starttls"
SMTPS_EXAMPLE = "smtp+tls://user:password@mail.example.org"
MOST_CONNECTIONS = 64
_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
_OPTIONS = frozenset(
    {"tls", "verify", "ca", "helo", "pipelining", "connections", "per_connection", "timeout", "final_timeout"}
)
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")  # _ is in names that containers have
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_log = logging.getLogger(__name__)


class SmtpAdapter:
    """Hands mail to one relay over a few connections that stay open between calls.

    Each connection carries one mail at a time, and the beginning of the next where the server takes that. A mail whose
    final dot has left and whose answer never came is `ambiguous`; any earlier loss is `temporary`. After a failed
    connection, or once the server wants us slower or not at all, mails of the same call that had not begun share that
    outcome at once.
    """

    name = "smtp"

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._pool = Pool(relay)

    @property
    def window(self) -> int:
        return self.relay.connections * (2 if self._pool.follows else 1)

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        """(key, outcome) of each mail as it is known. Closing the iterator early hangs up on what is on the wire:
        mails that were taken and got no outcome are then as unknown as if the process had died.
        """
        return Dispatch(self._pool, mails).outcomes()

    def close(self) -> None:
        """Says goodbye on every connection at rest."""
        self._pool.close()


def smtp_from_url(url: MailUrl) -> Adapter:
    """`smtp://user:password@host:587?tls=starttls|implicit|none`, or `smtp+tls://` for TLS from the first byte.

    Without `tls`: none on this machine, implicit on port 465, else starttls. Raises AdapterUrlError.
    """
    url.only(_OPTIONS, SMTP_EXAMPLE)
    host = _host(url.host)
    local = is_loopback(host)
    tls = _tls(url, local)
    if bool(url.user) != bool(url.password):
        raise AdapterUrlError("it needs both a user name and a password, or neither", SMTP_EXAMPLE)
    if url.user and tls == "none" and not local:
        raise AdapterUrlError("with tls=none the password could be read on its way; use tls=starttls", SMTP_EXAMPLE)
    if url.path not in ("", "/"):
        raise AdapterUrlError("nothing belongs after the host and port but ?options", SMTP_EXAMPLE)
    return SmtpAdapter(
        Relay(
            host=host,
            port=url.port or _PORTS[tls],
            tls=tls,
            context=None if tls == "none" else _context(url, host),
            user=url.user,
            password=url.password,
            helo=_helo(url),
            pipelining=url.switch("pipelining", True, SMTP_EXAMPLE),
            connections=int(url.number("connections", 4, 1, MOST_CONNECTIONS, SMTP_EXAMPLE)),
            mails_per_connection=int(url.number("per_connection", 100, 1, 1_000_000, SMTP_EXAMPLE)),
            timeouts=_timeouts(url),
        )
    )


def _host(host: str) -> str:
    if not host:
        raise AdapterUrlError("it names no host", SMTP_EXAMPLE)
    impossible = AdapterUrlError("its host is a name that cannot exist", SMTP_EXAMPLE)
    try:
        known = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise impossible from None
    if ":" not in known and not _HOST.fullmatch(known):
        raise impossible
    return known


def _tls(url: MailUrl, local: bool) -> str:
    secure = url.scheme == "smtp+tls"
    default = "implicit" if secure or url.port == 465 else "none" if local else "starttls"
    tls = url.options.get("tls") or default
    if tls not in _PORTS:
        raise AdapterUrlError("tls must be starttls, implicit or none", SMTP_EXAMPLE)
    if secure and tls != "implicit":
        raise AdapterUrlError("smtp+tls:// means tls=implicit; write smtp:// for another", SMTP_EXAMPLE)
    return tls


def _context(url: MailUrl, host: str) -> ssl.SSLContext:
    authority = url.options.get("ca") or None
    if authority and not Path(authority).is_file():
        raise AdapterUrlError("ca must name a file with the authority's certificate (PEM)", SMTP_EXAMPLE)
    try:
        context = ssl.create_default_context(cafile=authority)
    except ssl.SSLError:
        raise AdapterUrlError("the file that ca names holds no certificate (PEM)", SMTP_EXAMPLE) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not url.switch("verify", True, SMTP_EXAMPLE):
        _log.warning("verify=no: anybody between here and %s could read the mail and the password", host)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _helo(url: MailUrl) -> str:
    """The name to say in EHLO: the option, else this machine's full name; "" means its address, once connected."""
    name = url.options.get("helo", "")
    if name and not _NAME.fullmatch(name):
        raise AdapterUrlError("helo must be this machine's name, such as mail.example.org", SMTP_EXAMPLE)
    own = socket.gethostname()
    return name or (own if "." in own and _NAME.fullmatch(own) else "")


def _timeouts(url: MailUrl) -> Timeouts:
    """`timeout` bounds every step but the wait for the answer to a whole mail, which has its own: `final_timeout`."""
    usual = Timeouts()
    final = url.number("final_timeout", usual.final, 0.05, 3600, SMTP_EXAMPLE)
    if "timeout" not in url.options:
        return Timeouts(final=final)
    seconds = url.number("timeout", usual.command, 0.05, 3600, SMTP_EXAMPLE)
    return Timeouts(seconds, seconds, seconds, seconds, seconds, final)
