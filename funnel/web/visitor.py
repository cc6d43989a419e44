"""What a request reveals about its sender, and how little of that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from urllib.parse import urlsplit

from flask import Request

from funnel.tracking.actors import is_machine

_TELLING = {
    "HTTP_PURPOSE": "Purpose",
    "HTTP_SEC_PURPOSE": "Sec-Purpose",
    "HTTP_SEC_FETCH_SITE": "Sec-Fetch-Site",
    "HTTP_SEC_FETCH_MODE": "Sec-Fetch-Mode",
    "HTTP_SEC_FETCH_DEST": "Sec-Fetch-Dest",
    "HTTP_SEC_FETCH_USER": "Sec-Fetch-User",
    "HTTP_ACCEPT": "Accept",
    "HTTP_X_MOZ": "X-Moz",
}
USER_AGENT_LENGTH = 300
# ::ffff:0:0/96, an IPv4 address as an IPv6 socket sees it (RFC 4291, section 2.5.5.2).
_MAPPED = bytes(10) + b"\xff\xff"
_ZERO = b"\0"
_HEADER_LENGTH = 200
_LONGEST_HOST = 100


def network(address: str | None) -> str:
    """The network part of an address: /24 of IPv4, /48 of IPv6; empty where it is no address."""
    return _cut(address, 24, 48)


def limit_key(address: str | None) -> str:
    """Whom a rate limit counts: one IPv4 address, or the /56 of IPv6 that one customer has.

    An IPv4 address stands for many people already (RFC 6269, section 4), and its neighbours are somebody else's. Of
    IPv6 a household gets a /56 (RIPE-690, section 4.2), so a /64 would be 256 limits for one stranger. Nothing keeps
    what this gives back: limits are kept by keyed digests (`web.budgets`).
    """
    return _cut(address, 32, 56) or "unknown"


def telling_headers(environ: Mapping[str, object]) -> dict[str, str]:
    """The few headers that tell a prefetch or a machine from a person, each at most 200 characters."""
    return {name: str(environ[key])[:_HEADER_LENGTH] for key, name in _TELLING.items() if key in environ}


def user_agent(environ: Mapping[str, object]) -> str:
    """The user agent, at most 300 characters."""
    return str(environ.get("HTTP_USER_AGENT", ""))[:USER_AGENT_LENGTH]


def is_visit(request: Request) -> bool:
    """Whether a person is probably looking: a GET that is no prefetch, from nothing that says it is a machine."""
    prefetch = " ".join(request.headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Moz")).lower()
    if request.method != "GET" or "prefetch" in prefetch or "prerender" in prefetch or "preview" in prefetch:
        return False
    return not is_machine(user_agent(request.environ))


def comes_from_elsewhere(request: Request, site_url: str) -> bool:
    """Whether a browser says that another site sent this form.

    Visitors carry no cookie, so there is no session to bind a form to; the browser's own word is enough. Programs
    send neither header. `Origin: null` is what our own pages send, because they forbid referrers (Fetch, section 3.2).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin not in (None, "null", request.host_url.rstrip("/"), _origin(site_url))


def referring_site(request: Request, site_url: str) -> str:
    """The host of the page whose link led here, as its browser says; "" where it says none, and for our own pages."""
    try:
        host = urlsplit(request.headers.get("Referer", "")).hostname or ""
    except ValueError:
        return ""
    own = (request.host.partition(":")[0], urlsplit(site_url).hostname)
    return host if host not in own and len(host) <= _LONGEST_HOST and host.isascii() and host.isprintable() else ""


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _cut(address: str | None, four: int, six: int) -> str:
    text = (address or "").partition("%")[0]
    # By the C library: `ipaddress` takes ten times as long, of what every hit waits for.
    try:
        packed = inet_pton(AF_INET6 if ":" in text else AF_INET, text)
    except (OSError, ValueError):
        return ""
    if packed.startswith(_MAPPED):
        packed = packed[len(_MAPPED) :]
    family, bits = (AF_INET, four) if len(packed) == 4 else (AF_INET6, six)
    kept = packed[: bits // 8]
    return f"{inet_ntop(family, kept.ljust(len(packed), _ZERO))}/{bits}"
