"""Where a link may lead from a mail or a page: one answer for the check of a folder and for what compiles it."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

import idna

from funnel.curriculum.addresses import read_address

LinkKind = Literal["web", "mail", "phone"]

LONGEST_URL = 2_000
# Neither belongs into an address (RFC 3986, 2); a quote or a semicolon would end what an address is put into.
_STRAY = re.compile(r"[\s\x00-\x20\x7f-\x9f\\<>\"]")
# RFC 3966, 3: digits with visual separators, and parameters; RFC 5724: several numbers, and a text to begin with.
_NUMBER = r"\+?[0-9*#().-]*[0-9][0-9*#().-]*"
_TEL = re.compile(rf"{_NUMBER}(?:;[A-Za-z0-9-]+(?:=[A-Za-z0-9.+%-]+)?)*")
_SMS = re.compile(rf"{_NUMBER}(?:,{_NUMBER})*(?:[?&]\S*)?")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
_NAMED = re.compile(r"[\w.-]+")
WEB_ONLY = 'Write a whole address, https://…, or a function such as {{ book("intro") }}.'


def link_kind(href: str) -> LinkKind | None:
    """What a whole address opens: the web (http, https), a mail (mailto), a telephone (tel, sms); else None.

    Schemes are told apart whatever their case (RFC 3986, 3.1).
    """
    scheme, colon, rest = href.partition(":")
    if not colon or len(href) > LONGEST_URL or _STRAY.search(href):
        return None
    scheme = scheme.lower()
    if scheme in ("http", "https"):
        return "web" if _web(href) is not None else None
    if scheme == "mailto":
        addresses = unquote(rest.partition("?")[0]).split(",")
        return "mail" if all(read_address(address) for address in addresses) else None
    if scheme in ("tel", "sms"):
        return "phone" if (_TEL if scheme == "tel" else _SMS).fullmatch(rest) else None
    return None


def wrong_link(href: str) -> tuple[str, str] | None:
    """What is wrong with an address that `link_kind` knows no kind for, and what to do; None where it is right."""
    if link_kind(href) is not None:
        return None
    scheme = href.partition(":")[0].strip().lower()
    if len(href) > LONGEST_URL:
        return "this address is too long", "Keep addresses below 2,000 characters."
    if not href.strip():
        return "this link has no address", WEB_ONLY
    if scheme == "mailto":
        return "this mail address is not complete", "Write mailto:name@example.org."
    if scheme in ("tel", "sms"):
        return "this is no telephone number", f"Write {scheme}:+35315550100, without spaces."
    return f"the link {href[:60]!r} leads nowhere from a mail", WEB_ONLY


def https_origin(url: str) -> str | None:
    """Scheme, host and port of an https address, fit for a header such as a page's security policy; else None.

    Made of what was read, never of the text itself: lower case, ASCII (A-labels, RFC 5890), without a name or a path.
    """
    parts = _web(url)
    if parts is None or parts.scheme.lower() != "https":
        return None
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    if not _HOST.fullmatch(host):
        return None
    return f"https://{host}" + (f":{parts.port}" if parts.port is not None else "")


def _web(url: str) -> SplitResult | None:
    if len(url) > LONGEST_URL or _STRAY.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    named = _NAMED.fullmatch(host) is not None and "." in host.strip(".") and "@" not in parts.netloc
    return parts if named and parts.scheme.lower() in ("http", "https") else None
